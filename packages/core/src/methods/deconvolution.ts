import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/**
 * The gradient with what flows back through a rectifier cut off where it is negative, whatever the rectifier's input was.
 * In a model without rectifiers it is the gradient.
 *
 * One row an example and explained number. Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { Deconvolution } from "@attr/core";
 * import { digits } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", digits));
 * const row = (y: number) => Array.from({ length: 28 }, (_, x) => (x === 14 && y > 4 && y < 24 ? 1 : 0));
 * const image = [[Array.from({ length: 28 }, (_, y) => row(y))]]; // a stroke: a one
 * const { attributions } = await new Deconvolution(model).attribute({ image }, { target: 1 });
 * console.log(attributions["image"]?.shape); // [1, 1, 28, 28]
 * ```
 */
export class Deconvolution implements TensorMethod<DifferentiableModel> {
  readonly name = "Deconvolution";
  readonly model: DifferentiableModel;

  /** @throws UnsupportedError for a model without gradients. */
  constructor(model: DifferentiableModel) {
    assertDifferentiableModel(model, "model");
    this.model = model;
  }

  /** @throws InvalidArgumentError for inputs or a target that do not fit the model, and for integer inputs. */
  async attribute(inputs: Inputs, options: TargetOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options);
    const { sums, value } = await explanation.single({ wrt: explanation.names, rules: { kind: "deconvolution" } });
    return explanation.result(explanation.tensors(sums), { value });
  }

  over(model: DifferentiableModel): Deconvolution {
    return new Deconvolution(model);
  }
}
