import { assertGraphModel } from "./assert-model.ts";
import { layerValue } from "./layer-value.ts";
import type { GraphModel } from "./model.ts";
import { derive, throughLayers, type ViewOf } from "./view.ts";

/**
 * The model with a layer's value as its only output: what is explained is then the layer, a neuron of it with `target` (Captum's
 * neuron methods).
 *
 * @throws InvalidArgumentError where the model has no value of that name.
 */
export function upToLayer<M extends GraphModel>(model: M, layer: string): ViewOf<M>;
export function upToLayer(model: GraphModel, layer: string): GraphModel {
  assertGraphModel(model, "model");
  const view = throughLayers(model, (inner) => {
    assertGraphModel(inner, "model");
    return derive(inner, { outputs: [layerValue(inner, layer)] });
  });
  assertGraphModel(view, "model");
  return view;
}
