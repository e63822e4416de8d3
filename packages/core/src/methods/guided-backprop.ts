import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/**
 * The gradient with what flows back through a rectifier cut off where it is negative, on top of where its input was: only paths that raise the output at every step.
 * In a model without rectifiers it is the gradient.
 *
 * One row an example and explained number. Springenberg, Dosovitskiy, Brox and Riedmiller, "Striving for simplicity", 2015.
 */
export class GuidedBackprop implements TensorMethod<DifferentiableModel> {
  readonly name = "GuidedBackprop";
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
    const { sums, value } = await explanation.single({ wrt: explanation.names, rules: { kind: "guided" } });
    return explanation.result(explanation.tensors(sums), { value });
  }

  over(model: DifferentiableModel): GuidedBackprop {
    return new GuidedBackprop(model);
  }
}
