import { formatShape, InvalidArgumentError, UnsupportedError } from "@attr/core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { mostElements } from "../loading/sane-sizes.ts";

export type Layer = LayersModel["layers"][number];

/** One call of a layer. */
export interface LayerCall {
  readonly layer: Layer;
  readonly name: string;
  /** How messages call it: `layer "conv1" (Conv2D)`. */
  readonly what: string;
  readonly inputs: readonly LayerValue[];
  readonly outputs: readonly LayerValue[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** The order in which calls can be made. */
  readonly position: number;
}

/** A tensor of the model. */
export interface LayerValue {
  readonly name: string;
  readonly shape: readonly (number | null)[];
  readonly dtype: string;
  /** What makes it, and which of its outputs it is; absent for an input. */
  readonly call: LayerCall | undefined;
  readonly at: number;
  /** True where a mask of padded steps comes with it. */
  readonly masked: boolean;
}

/** A layers model without models inside models: calls of layers, in order. */
export interface LayersGraph {
  readonly inputs: readonly LayerValue[];
  readonly outputs: readonly LayerValue[];
  readonly calls: readonly LayerCall[];
  readonly values: ReadonlyMap<string, LayerValue>;
}

/** A layer that is a model itself: its calls take the place of its own. */
type Container = Layer & Pick<LayersModel, "inputs" | "outputs" | "layers">;

/** What names are made of: models around, from the outside in, each with a slash. */
type Prefix = string;

/**
 * The graph of a live layers model. A value has the name of its layer, output k of several `name:k`, the second call of a shared layer
 * `name@2`; what lies in a model inside has that one's name and a slash before its own.
 *
 * @throws InvalidArgumentError for a model that is not built; UnsupportedError for layers that keep a state from call to call.
 */
export function layersGraph(model: LayersModel): LayersGraph {
  const root = model as unknown as Container; // a model is a layer
  if (!Array.isArray(root.inputs) || !Array.isArray(root.outputs) || root.inputs.length === 0)
    throw new InvalidArgumentError(
      `the model "${model.name}" is not built: give its first layer an inputShape, so that its inputs are known`,
    );
  const calls: LayerCall[] = [];
  const values = new Map<string, LayerValue>();
  const counts = new Map<string, number>();

  const add = (value: LayerValue): LayerValue => {
    values.set(value.name, value);
    return value;
  };
  const unique = (name: string): string => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const numbered = count === 1 ? name : `${name}@${count}`;
    return count > 1 && counts.has(numbered) ? unique(name) : numbered;
  };

  const walk = (container: Container, prefix: Prefix, bound: Map<number, LayerValue>): readonly LayerValue[] => {
    /** Made in the order of an explicit stack: models are deeper than calls can nest. */
    const stack: SymbolicTensor[] = [...container.outputs].reverse();
    while (stack.length > 0) {
      const tensor = stack.at(-1)!;
      if (bound.has(tensor.id)) {
        stack.pop();
        continue;
      }
      const node = nodeOf(tensor);
      const missing = node.inputTensors.filter(({ id }) => !bound.has(id));
      if (missing.length > 0) {
        stack.push(...missing.reverse());
        continue;
      }
      stack.pop();
      const inputs = node.inputTensors.map(({ id }) => bound.get(id)!);
      const { sourceLayer } = tensor;
      const name = unique(prefix + sourceLayer.name);
      const made = isContainer(sourceLayer)
        ? walk(sourceLayer, `${name}/`, new Map(sourceLayer.inputs.map(({ id }, i) => [id, inputs[i]!])))
        : call(sourceLayer, name, inputs, node.outputTensors, node.callArgs ?? {});
      node.outputTensors.forEach(({ id }, i) => {
        bound.set(id, made[i]!);
      });
    }
    return container.outputs.map(({ id }) => bound.get(id)!);
  };

  const call = (
    layer: Layer,
    name: string,
    inputs: readonly LayerValue[],
    tensors: readonly SymbolicTensor[],
    kwargs: Readonly<Record<string, unknown>>,
  ): readonly LayerValue[] => {
    const what = `layer "${name}" (${layer.getClassName()})`;
    if (inputs.length === 0)
      throw new InvalidArgumentError(`${what} of "${model.name}" is reached from the outputs, but is no input`);
    if (layer.stateful)
      throw new UnsupportedError(
        `${what} is stateful: its result depends on what was run before; build the model with stateful: false`,
      );
    const outputs: LayerValue[] = [];
    const made: LayerCall = { layer, name, what, inputs, outputs, kwargs, position: calls.length };
    const masks = maskedOutputs(layer, inputs, tensors.length);
    tensors.forEach((tensor, at) => {
      checkSize(what, tensor.shape);
      outputs.push(
        add({
          name: tensors.length === 1 ? name : `${name}:${at}`,
          shape: tensor.shape,
          dtype: tensor.dtype,
          call: made,
          at,
          masked: masks[at]!,
        }),
      );
    });
    calls.push(made);
    return outputs;
  };

  const bound = new Map<number, LayerValue>();
  const inputs = root.inputs.map((tensor) => {
    const value = add({
      name: unique(tensor.sourceLayer.name),
      shape: tensor.shape,
      dtype: tensor.dtype,
      call: undefined,
      at: 0,
      masked: false,
    });
    bound.set(tensor.id, value);
    return value;
  });
  const outputs = walk(root, "", bound);
  return { inputs, outputs, calls, values };
}

function checkSize(what: string, shape: readonly (number | null)[]): void {
  const size = shape.slice(1).reduce<number>((product, length) => product * (length ?? 1), 1);
  if (!(size <= mostElements))
    throw new InvalidArgumentError(
      `${what} gives ${formatShape(shape)}, ${size} elements a row, which is more than ${mostElements}: its settings cannot be meant`,
    );
}

function nodeOf(tensor: SymbolicTensor): Layer["inboundNodes"][number] {
  const node = tensor.sourceLayer.inboundNodes[tensor.nodeIndex];
  if (node === undefined)
    throw new InvalidArgumentError(`layer "${tensor.sourceLayer.name}" has no call ${tensor.nodeIndex}: the model is not whole`);
  return node;
}

function isContainer(layer: Layer): layer is Container {
  // A recurrent cell of several has neither; a wrapper has one layer.
  return "layers" in layer && "inputs" in layer && "outputs" in layer;
}

/** Whether masks come out with the outputs, as the layers' `computeMask` would tell, but without numbers. */
function maskedOutputs(layer: Layer, inputs: readonly LayerValue[], outputs: number): readonly boolean[] {
  const none = new Array<boolean>(outputs).fill(false);
  if (!layer.supportsMasking) return none;
  // Fields of the classes that make masks or end them.
  const { maskZero, returnSequences, cell, mergeMode } = layer as unknown as Readonly<Record<string, unknown>>;
  const className = layer.getClassName();
  if (className === "Embedding") return none.fill(maskZero === true);
  if (className === "Masking") return none.fill(true);
  if (className === "Dot") return none;
  const masked = inputs.some((input) => input.masked);
  const isRecurrent = cell !== undefined || (mergeMode !== undefined && returnSequences !== undefined);
  if (!isRecurrent) return none.fill(masked);
  return none.map((_, at) => masked && returnSequences === true && (at === 0 || (mergeMode === null && at === 1)));
}
