import { InvalidArgumentError } from "../errors.ts";
import type { AbortSignalLike } from "../signal.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { assertGraphModel } from "./assert-model.ts";
import { bind } from "./bind.ts";
import { isDifferentiableModel } from "./capabilities.ts";
import type { GradientRequest, GradientResult } from "./differentiable.ts";
import { exampleCount } from "./example-count.ts";
import { layerValue } from "./layer-value.ts";
import type { GraphModel, NamedTensors, ResolvedInputs, ValueInfo } from "./model.ts";
import { namesOf, pick } from "./names.ts";
import { originOf, type RowsRequest, runInBatches, sliceRows } from "./rows.ts";
import { derive, markLayerView, type ViewOf } from "./view.ts";

/**
 * The model with a layer in place of its inputs: a method attributes to the layer's value (Captum's layer methods). The user still
 * hands over the model's inputs; the layer's value at them is computed once, and the model goes on from there. A layer with several rows
 * for an example is attributed to as `[examples, rows, ...]`, one example a call. Inputs that reach the
 * output past the layer are passed along, example by example.
 *
 * Baselines and feature masks are given for the layer, under its name; baselines may be given for the inputs instead, and stand for
 * the layer's value at them.
 *
 * @throws InvalidArgumentError where the model has no value of that name, or it has not one row an example.
 */
export function fromLayer<M extends GraphModel>(model: M, layer: string): ViewOf<M>;
export function fromLayer(model: GraphModel, layer: string): GraphModel {
  assertGraphModel(model, "model");
  const info = layerValue(model, layer);
  const view = derive(model, { resolve: (inputs, signal) => resolveLayer(model, info, inputs, signal) });
  markLayerView(view, (through) => {
    const below = through(model);
    assertGraphModel(below, "model");
    return fromLayer(below, layer);
  });
  return view;
}

async function resolveLayer(
  model: GraphModel,
  layer: ValueInfo,
  inputs: NamedTensors,
  signal: AbortSignalLike | undefined,
): Promise<ResolvedInputs> {
  const examples = exampleCount(inputs);
  const { value, isStack } = await layerAt(model, layer.name, inputs, examples, signal);
  const rest = model.required([layer.name], namesOf(model.outputs));
  const beside = model.inputs.filter((input) => rest.includes(input.name) && input.name !== layer.name);
  const onward = derive(isStack ? unstacked(model, layer.name) : model, {
    inputs: [isStack ? { name: layer.name, dtype: layer.dtype } : layer, ...beside],
  });
  return {
    values: { [layer.name]: value },
    model: bind(onward, pick(inputs, rest, "input")),
    async at(others) {
      // As many rows as there are examples, also where one would do: bound inputs below may differ from example to example.
      const needed = pick(others, model.required([], [layer.name]), "input");
      const rows = Object.fromEntries(Object.entries(needed).map(([name, tensor]) => [name, repeat(model, tensor, examples)]));
      return { [layer.name]: (await layerAt(model, layer.name, rows, examples, signal)).value };
    },
  };
}

interface LayerAt {
  /** One row an example. */
  readonly value: Tensor;
  /** Every row is a stack of the layer's own rows. */
  readonly isStack: boolean;
}

async function layerAt(
  model: GraphModel,
  layer: string,
  inputs: NamedTensors,
  examples: number,
  signal: AbortSignalLike | undefined,
): Promise<LayerAt> {
  const feeds = pick(inputs, model.required([], [layer]), "input");
  const value = (await runInBatches(model, { feeds, fetches: [layer], signal }))[layer]!;
  if (value.shape[0] === examples) return { value, isStack: false };
  return { value: await stackAt(model, layer, feeds, examples, value, signal), isStack: true };
}

/**
 * A layer that has several rows for an example (all choices of a question go through an encoder as rows of their own) is taken example by
 * example: `[examples, rows, ...]`.
 */
async function stackAt(
  model: GraphModel,
  layer: string,
  feeds: NamedTensors,
  examples: number,
  together: Tensor,
  signal: AbortSignalLike | undefined,
): Promise<Tensor> {
  const { backend } = model;
  const stacks: Tensor[] = [];
  let rows = 0;
  if ((together.shape[0] ?? 0) > 0 && together.shape[0]! % examples === 0)
    for (let example = 0; example < examples; example++) {
      signal?.throwIfAborted();
      const alone = Object.fromEntries(
        Object.entries(feeds).map(([name, tensor]) => [name, sliceRows(backend, tensor, example, example + 1)]),
      );
      const origin = { examples: Int32Array.of(example), count: examples };
      const value = (await model.run({ feeds: alone, fetches: [layer], origin, signal }))[layer]!;
      rows += value.shape[0] ?? 0;
      stacks.push(backend.reshape(value, [1, ...value.shape]));
    }
  if (rows === 0 || rows !== together.shape[0])
    throw new InvalidArgumentError(
      `layer "${layer}" has shape ${formatShape(together.shape)} for ${examples} examples: it has not one row an example, so nothing can be attributed to it`,
    );
  return stacks.length === 1 ? stacks[0]! : backend.concat(stacks, 0);
}

/** The model from a layer on that is fed one example's stack at a time: the layer's own rows are no rows of the batch. */
function unstacked(model: GraphModel, layer: string): GraphModel {
  const { backend } = model;
  const open = <R extends RowsRequest>(request: R): R => {
    const stack = request.feeds[layer];
    if (stack === undefined) return request;
    const feeds = { ...request.feeds, [layer]: backend.reshape(stack, stack.shape.slice(1)) };
    return { ...request, feeds, shared: [...(request.shared ?? []), layer], origin: originOf(request) };
  };
  const close = (tensors: NamedTensors): NamedTensors => {
    const value = tensors[layer];
    return value === undefined ? tensors : { ...tensors, [layer]: backend.reshape(value, [1, ...value.shape]) };
  };
  return derive(model, {
    maxBatchSize: 1,
    run: async (request) => close(await model.run(open(request))),
    ...(isDifferentiableModel(model) && {
      async gradient(request: GradientRequest): Promise<GradientResult> {
        const { rules } = request;
        const reference = rules?.kind === "deepLift" ? open({ ...request, feeds: rules.reference }).feeds : undefined;
        const result = await model.gradient({
          ...open(request),
          rules: rules?.kind === "deepLift" ? { ...rules, reference: reference! } : rules,
        });
        return { gradients: close(result.gradients), values: close(result.values) };
      },
    }),
  });
}

function repeat(model: GraphModel, tensor: Tensor, rows: number): Tensor {
  return tensor.shape[0] === rows ? tensor : model.backend.broadcastTo(tensor, [rows, ...tensor.shape.slice(1)]);
}
