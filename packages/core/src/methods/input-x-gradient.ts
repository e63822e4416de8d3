import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/**
 * The input times the gradient of the output by it, `x · ∂f/∂x`: what the output would lose without each element, were the model linear.
 *
 * One row an example and explained number. Shrikumar, Greenside, Shcherbina and Kundaje, "Not just a black box", 2016.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { InputXGradient } from "@attr/core";
 * import { penguins } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", penguins));
 * const x = [[39.1, 18.7, 181, 3750, 0, 0, 1, 0, 1]]; // a bill, a flipper, a weight, an island, a sex
 * const { attributions } = await new InputXGradient(model).attribute({ x }, { target: 0 });
 * console.log(attributions["x"]?.toArray());
 * ```
 */
export class InputXGradient implements TensorMethod<DifferentiableModel> {
  readonly name = "InputXGradient";
  readonly model: DifferentiableModel;

  /** @throws UnsupportedError for a model without gradients. */
  constructor(model: DifferentiableModel) {
    assertDifferentiableModel(model, "model");
    this.model = model;
  }

  /** @throws InvalidArgumentError for inputs or a target that do not fit the model, and for integer inputs. */
  async attribute(inputs: Inputs, options: TargetOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, { ...options, baselines: undefined });
    const { sums, value } = await explanation.single({ wrt: explanation.names });
    explanation.timesDifference(sums); // there are no baselines, so the difference is from 0
    return explanation.result(explanation.tensors(sums), { value });
  }

  over(model: DifferentiableModel): InputXGradient {
    return new InputXGradient(model);
  }
}
