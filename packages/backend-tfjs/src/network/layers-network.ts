import { InvalidArgumentError, type ValueInfo } from "@attr/core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { settingTexts } from "../inspect/setting-text.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { type Layer, type LayerCall, type LayersGraph, type LayerValue, layersGraph } from "./layers-graph.ts";
import type { Execution, Network } from "./network.ts";
import { toldNow } from "./told.ts";
import { applyUnfused } from "./unfused-layers.ts";
import { valueInfo } from "./value-info.ts";

/** A live layers model as a network. Layers run as in `predict`: not as in training, and with the masks of padded steps. */
export class LayersNetwork implements Network {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly values: readonly string[];
  readonly notes: readonly string[] = [];
  readonly #tf: TensorFlow;
  readonly #graph: LayersGraph;
  readonly #plans = new Map<string, Plan>();

  constructor(tf: TensorFlow, model: LayersModel) {
    this.#tf = tf;
    this.#graph = layersGraph(model);
    this.inputs = this.#graph.inputs.map(infoOf);
    this.outputs = this.#graph.outputs.map(infoOf);
    this.values = [...this.#graph.values.keys()];
  }

  value(name: string): ValueInfo | undefined {
    const value = this.#graph.values.get(name);
    return value && infoOf(value);
  }

  describe(): ReturnType<Network["describe"]> {
    const layers = new Set(this.#graph.calls.map(({ layer }) => layer));
    const nodes = this.#graph.calls.map(({ layer, name, inputs, outputs }) => ({
      name,
      operator: layer.getClassName(),
      inputs: inputs.map((input) => input.name),
      outputs: outputs.map((output) => output.name),
      attributes: settingTexts(settingsOf(layer)),
      parameters: parametersOf(layer),
    }));
    const parameters = [...layers].reduce((sum, layer) => sum + parametersOf(layer), 0);
    return { format: "layers-model", parameters, nodes };
  }

  required(fed: readonly string[], fetches: readonly string[]): readonly string[] {
    const { inputs } = this.#plan(fed, fetches);
    return this.#graph.inputs.filter((input) => inputs.has(input)).map(({ name }) => name);
  }

  execute(feeds: ReadonlyMap<string, TfTensor>, fetches: readonly string[], execution: Execution): readonly TfTensor[] {
    const plan = this.#plan([...feeds.keys()], fetches);
    const tensors = new Map<LayerValue, TfTensor>();
    const masks = new Map<LayerValue, TfTensor | null>();
    for (const [name, tensor] of feeds) tensors.set(this.#graph.values.get(name)!, tensor);
    for (const input of plan.inputs)
      if (!tensors.has(input)) throw new InvalidArgumentError(`input "${input.name}" is missing; given: ${listNames(feeds)}`);
    for (const { call, value, mask } of plan.steps) {
      execution.entering?.(
        call.what,
        call.outputs.map(({ name }) => name),
      );
      const inputs = call.inputs.map((input) => tensors.get(input)!);
      const inputMasks = call.inputs.map((input) => masks.get(input) ?? null);
      if (value) {
        const outputs = toldNow(call.what, () => this.#apply(call, inputs, inputMasks, execution));
        call.outputs.forEach((output, i) => {
          if (!tensors.has(output)) tensors.set(output, outputs[i]!);
        });
      }
      if (mask) {
        // Null where there is none.
        const made = toldNow(call.what, () => list(call.layer.computeMask(one(inputs), one(inputMasks as TfTensor[]))));
        call.outputs.forEach((output, i) => {
          masks.set(output, made[i] ?? null);
        });
      }
    }
    return fetches.map((name) => tensors.get(this.#graph.values.get(name)!)!);
  }

  #apply(call: LayerCall, inputs: TfTensor[], masks: readonly (TfTensor | null)[], execution: Execution): readonly TfTensor[] {
    if (execution.unfused && inputs.length === 1) {
      const single = applyUnfused(this.#tf, call.layer, inputs[0]!);
      if (single !== undefined) return [single];
    }
    const kwargs: Record<string, unknown> = { ...call.kwargs, training: false };
    // As TensorFlow.js hands them over: that of the first input, which is the sequence.
    if (masks.some((mask) => mask !== null)) kwargs["mask"] = masks[0];
    const outputs = list(call.layer.apply(one(inputs), kwargs) as TfTensor | TfTensor[]); // tensors make tensors
    // A recurrent layer's last step is its state, and part of its sequence: as values they are told apart.
    return execution.unfused && outputs.length > 1 ? outputs.map((output) => this.#tf.clone(output)) : outputs;
  }

  #plan(fed: readonly string[], fetches: readonly string[]): Plan {
    const key = JSON.stringify([[...fed].sort(), fetches]);
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      const value = (name: string): LayerValue => this.#graph.values.get(name)!;
      plan = planCalls(fed.map(value), fetches.map(value));
      if (this.#plans.size >= mostPlans) this.#plans.clear();
      this.#plans.set(key, plan);
    }
    return plan;
  }
}

const mostPlans = 256;

/** The calls that lead from some values to others. */
interface Plan {
  readonly inputs: ReadonlySet<LayerValue>;
  readonly steps: readonly { readonly call: LayerCall; readonly value: boolean; readonly mask: boolean }[];
}

/** A fed value stands for itself alone: the mask that belongs to it still comes from where it came from. */
function planCalls(fed: readonly LayerValue[], fetches: readonly LayerValue[]): Plan {
  const given = new Set(fed);
  const wanted: { readonly value: LayerValue; readonly as: "value" | "mask" }[] = fetches.map((value) => ({
    value,
    as: "value",
  }));
  const inputs = new Set<LayerValue>();
  const calls = new Map<LayerCall, { value: boolean; mask: boolean }>();
  while (wanted.length > 0) {
    const { value, as } = wanted.pop()!;
    if (as === "value" ? given.has(value) : !value.masked) continue;
    const { call } = value;
    if (call === undefined) {
      if (as === "value") inputs.add(value);
      continue;
    }
    const step = calls.get(call) ?? { value: false, mask: false };
    calls.set(call, step);
    if (step[as]) continue;
    step[as] = true;
    for (const input of call.inputs) {
      // Whether a mask is computed from the values or from their masks is the layer's own affair, save where there are none.
      if (as === "value" || makesMask(call)) wanted.push({ value: input, as: "value" });
      wanted.push({ value: input, as: "mask" });
    }
  }
  const steps = [...calls].map(([call, step]) => ({ call, ...step })).sort((a, b) => a.call.position - b.call.position);
  return { inputs, steps };
}

/** True for layers whose mask comes from their input's numbers; all others pass on or join the masks of their inputs. */
function makesMask({ layer, inputs }: LayerCall): boolean {
  const className = layer.getClassName();
  return className === "Embedding" || className === "Masking" || inputs.length > 1;
}

function parametersOf(layer: Layer): number {
  return layer.weights.reduce((sum, { shape }) => sum + shape.reduce<number>((size, length) => size * (length ?? 1), 1), 0);
}

/** What people set of a layer: not how its weights were drawn or trained. A class of the user's own may tell nothing of itself. */
function settingsOf(layer: Layer): Readonly<Record<string, unknown>> {
  let config: Readonly<Record<string, unknown>>;
  try {
    config = layer.getConfig();
  } catch {
    return {};
  }
  const untold = /^(name|trainable|dtype|batchInputShape)$|(Initializer|Regularizer|Constraint)$/;
  return Object.fromEntries(Object.entries(config).filter(([name]) => !untold.test(name)));
}

function infoOf({ name, shape, dtype }: LayerValue): ValueInfo {
  return valueInfo(name, dtype, shape.length === 0 ? undefined : [null, ...shape.slice(1)]);
}

function listNames(feeds: ReadonlyMap<string, unknown>): string {
  return feeds.size === 0 ? "none" : [...feeds.keys()].map((name) => `"${name}"`).join(", ");
}

function list<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}

function one<T>(values: T[]): T | T[] {
  return values.length === 1 ? values[0]! : values;
}
