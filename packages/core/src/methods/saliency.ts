import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a {@link Saliency} is made with, beside the model. */
export interface SaliencySettings {
  /** Gives the gradient's size without its sign. @defaultValue true */
  readonly abs?: boolean | undefined;
}

/**
 * The gradient of the output by the inputs, `∂f/∂x`, or its absolute value: how fast the output changes with each element.
 *
 * One row an example and explained number. Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks", 2014.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { Saliency } from "@attr/core";
 * import { penguins } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", penguins));
 * const x = [[39.1, 18.7, 181, 3750, 0, 0, 1, 0, 1]]; // a bill, a flipper, a weight, an island, a sex
 * const { attributions } = await new Saliency(model).attribute({ x }, { target: 0 });
 * console.log(attributions["x"]?.toArray()); // logits a millimetre, a gram, …
 * ```
 */
export class Saliency implements TensorMethod<DifferentiableModel> {
  readonly name = "Saliency";
  readonly model: DifferentiableModel;
  readonly abs: boolean;

  /** @throws UnsupportedError for a model without gradients. */
  constructor(model: DifferentiableModel, settings: SaliencySettings = {}) {
    assertDifferentiableModel(model, "model");
    this.model = model;
    this.abs = settings.abs ?? true;
  }

  /** @throws InvalidArgumentError for inputs or a target that do not fit the model, and for integer inputs. */
  async attribute(inputs: Inputs, options: TargetOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options);
    const { sums, value } = await explanation.single({ wrt: explanation.names });
    if (this.abs) for (const { data } of Object.values(sums)) for (let i = 0; i < data.length; i++) data[i] = Math.abs(data[i]!);
    return explanation.result(explanation.tensors(sums), { value });
  }

  over(model: DifferentiableModel): Saliency {
    return new Saliency(model, this);
  }
}
