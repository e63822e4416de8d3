import type { AbortSignalLike } from "../signal.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { assertGraphModel } from "./assert-model.ts";
import { bind } from "./bind.ts";
import { exampleCount } from "./example-count.ts";
import { layerValue } from "./layer-value.ts";
import type { GraphModel, NamedTensors, ResolvedInputs, ValueInfo } from "./model.ts";
import { namesOf, pick } from "./names.ts";
import { layerAt, unstacked } from "./stacked-layer.ts";
import { derive, markLayerView, type ViewOf } from "./view.ts";

/**
 * The model with a layer in place of its inputs: a method attributes to the layer's value (Captum's layer methods). The user still
 * hands over the model's inputs; the layer's value at them is computed once, and the model goes on from there. A layer with several rows
 * for an example is attributed to as `[examples, rows, ...]`; one more call, of two rows and up to the layer, finds out whether those of an
 * example lie next to each other, and where they do not, an example has a call of its own. Inputs that reach the output past the layer
 * are passed along, example by example.
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
  const { value, stack } = await layerAt(model, layer.name, inputs, examples, signal);
  const rest = model.required([layer.name], namesOf(model.outputs));
  const beside = model.inputs.filter((input) => rest.includes(input.name) && input.name !== layer.name);
  const onward = derive(stack === undefined ? model : unstacked(model, layer.name, stack), {
    inputs: [stack === undefined ? layer : { name: layer.name, dtype: layer.dtype }, ...beside],
  });
  return {
    values: { [layer.name]: value },
    model: bind(onward, pick(inputs, rest, "input")),
    async at(others) {
      // As many rows as there are examples, also where one would do: bound inputs below may differ from example to example.
      const needed = pick(others, model.required([], [layer.name]), "input");
      const rows = Object.fromEntries(Object.entries(needed).map(([name, tensor]) => [name, repeat(model, tensor, examples)]));
      return { [layer.name]: (await layerAt(model, layer.name, rows, examples, signal, stack)).value };
    },
  };
}

function repeat(model: GraphModel, tensor: Tensor, rows: number): Tensor {
  return tensor.shape[0] === rows ? tensor : model.backend.broadcastTo(tensor, [rows, ...tensor.shape.slice(1)]);
}
