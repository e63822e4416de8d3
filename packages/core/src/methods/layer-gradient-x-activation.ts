import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { assertDifferentiableGraphModel } from "../model/assert-model.ts";
import type { DifferentiableGraphModel } from "../model/differentiable.ts";
import { layerValue } from "../model/layer-value.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { MultiplyByInputs } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a {@link LayerGradientXActivation} is made with, beside the model. */
export interface LayerGradientXActivationSettings extends MultiplyByInputs {
  /** Names of the values to attribute to: one, or several that are differentiated by in the same pass. */
  readonly layer: string | readonly string[];
}

/**
 * The value of a layer times the gradient of the output by it, under the layer's name; without `multiplyByInputs` the gradient alone.
 *
 * One row an example and explained number. Inputs may be integers.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { LayerGradientXActivation } from "@attr/core";
 * import { digits } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", digits));
 * const row = (y: number) => Array.from({ length: 28 }, (_, x) => (x === 14 && y > 4 && y < 24 ? 1 : 0));
 * const image = [[Array.from({ length: 28 }, (_, y) => row(y))]]; // a stroke: a one
 * const { attributions } = await new LayerGradientXActivation(model, { layer: "dense1" }).attribute({ image }, { target: 1 });
 * console.log(attributions["dense1"]?.shape); // [1, 64]
 * ```
 */
export class LayerGradientXActivation implements TensorMethod<DifferentiableGraphModel> {
  readonly name = "LayerGradientXActivation";
  readonly model: DifferentiableGraphModel;
  readonly layer: readonly string[];
  readonly multiplyByInputs: boolean;

  /** @throws UnsupportedError for a model without gradients or inner values, InvalidArgumentError for a name it does not have. */
  constructor(model: DifferentiableGraphModel, settings: LayerGradientXActivationSettings) {
    assertDifferentiableGraphModel(model, "model");
    this.model = model;
    this.layer = typeof settings.layer === "string" ? [settings.layer] : settings.layer;
    this.multiplyByInputs = settings.multiplyByInputs ?? true;
    for (const layer of this.layer) layerValue(model, layer);
  }

  /** @throws InvalidArgumentError for inputs or a target that do not fit the model. */
  async attribute(inputs: Inputs, options: TargetOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options, { inner: true });
    const fetches = this.multiplyByInputs ? this.layer : [];
    const { sums, fetched, value } = await explanation.single({ wrt: this.layer, fetches });
    for (const name of fetches) {
      const { data } = sums[name]!;
      const activation = fetched[name]!.data;
      for (let i = 0; i < data.length; i++) data[i]! *= activation[i]!;
    }
    return explanation.result(explanation.tensors(sums), { value });
  }

  over(model: DifferentiableGraphModel): LayerGradientXActivation {
    return new LayerGradientXActivation(model, this);
  }
}
