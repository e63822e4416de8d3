import { assertGraphModel } from "../model/assert-model.ts";
import { layerValue } from "../model/layer-value.ts";
import type { GraphModel } from "../model/model.ts";
import { pick } from "../model/names.ts";
import { runInBatches } from "../model/rows.ts";
import type { WorkOptions } from "../signal.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { AttributionResult } from "./attribution-result.ts";
import type { Inputs } from "./options.ts";
import { countedInputs, methodScope } from "./tensor-explanation.ts";

/** Which values of the model {@link LayerActivation} reads. */
export interface LayerActivationSettings {
  /** Names of the values to read: one, or several that are read in the same calls. */
  readonly layer: string | readonly string[];
}

/**
 * The values of layers at the inputs, as the model computes them, under the layers' names.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { LayerActivation } from "@attr/core";
 * import { digits } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", digits));
 * const row = (y: number) => Array.from({ length: 28 }, (_, x) => (x === 14 && y > 4 && y < 24 ? 1 : 0));
 * const image = [[Array.from({ length: 28 }, (_, y) => row(y))]]; // a stroke: a one
 * const { attributions } = await new LayerActivation(model, { layer: ["conv1", "dense1"] }).attribute({ image });
 * console.log(attributions["conv1"]?.shape, attributions["dense1"]?.shape); // [1, 16, 28, 28] [1, 64]
 * ```
 */
export class LayerActivation<M extends GraphModel = GraphModel> {
  readonly name = "LayerActivation";
  readonly model: M;
  readonly layers: readonly string[];

  /** @throws UnsupportedError for a model without inner values, InvalidArgumentError for a name it does not have. */
  constructor(model: M, settings: LayerActivationSettings) {
    assertGraphModel(model, "model");
    this.model = model;
    this.layers = typeof settings.layer === "string" ? [settings.layer] : settings.layer;
    for (const layer of this.layers) layerValue(model, layer);
  }

  /** The values at the inputs, `[n, ...]` of every layer. @throws InvalidArgumentError for inputs that do not fit the model. */
  async attribute(inputs: Inputs, options: WorkOptions = {}): Promise<AttributionResult> {
    const { signal } = options;
    using _scope = methodScope(this.name, this.model);
    const { resolved, cost } = await countedInputs(this.model, inputs, signal);
    const { model } = resolved;
    assertGraphModel(model, "model"); // views of graph models are graph models
    // Of inputs those that lead to the layers; a layer view's value stands in front of them.
    const feeds = resolved.at === undefined ? pick(resolved.values, model.required([], this.layers), "input") : resolved.values;
    const fetched = await runInBatches(model, { feeds, fetches: this.layers, signal });
    const attributions: Record<string, HostTensor> = {};
    for (const layer of this.layers) {
      const { data, shape, dtype } = await model.backend.read(fetched[layer]!);
      attributions[layer] = new HostTensor(data, shape, dtype);
    }
    return new AttributionResult({
      method: this.name,
      attributions,
      evaluations: cost,
      warnings: this.model.notes ?? [],
    });
  }
}
