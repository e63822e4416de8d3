import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { copyRow } from "../gradient/host-values.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { BaselineOptions, MultiplyByInputs } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a {@link DeepLift} is made with, beside the model. */
export interface DeepLiftSettings extends MultiplyByInputs {
  /** Where an operation's input differs from its reference by less than this, the gradient passes. @defaultValue 1e-10 */
  readonly epsilon?: number | undefined;
}

/**
 * DeepLIFT with the rescale rule: every operation passes back how much its output changes for the change of its input from the baseline
 * to the example, `Δout / Δin`, in place of its derivative. Attributions sum up to `f(x) − f(b)`.
 *
 * One row an example and explained number that goes backward (and forward twice), and two an example that do not. Shrikumar, Greenside
 * and Kundaje, "Learning important features through propagating activation differences", 2017.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { DeepLift } from "@attr/core";
 * import { penguins } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", penguins));
 * const x = [[39.1, 18.7, 181, 3750, 0, 0, 1, 0, 1]]; // a bill, a flipper, a weight, an island, a sex
 * const usual = [[43.9, 17.2, 201, 4202, 0.5, 0.4, 0.1, 0.5, 0.5]];
 * const result = await new DeepLift(model).attribute({ x }, { target: 0, baselines: { x: usual } });
 * console.log(result.attributions["x"]?.toArray(), result.delta?.toArray());
 * ```
 */
export class DeepLift implements TensorMethod<DifferentiableModel, BaselineOptions> {
  readonly name = "DeepLift";
  readonly baselineRows = "examples";
  readonly model: DifferentiableModel;
  readonly multiplyByInputs: boolean;
  readonly epsilon: number;

  /** @throws UnsupportedError for a model without gradients. */
  constructor(model: DifferentiableModel, settings: DeepLiftSettings = {}) {
    assertDifferentiableModel(model, "model");
    this.model = model;
    this.multiplyByInputs = settings.multiplyByInputs ?? true;
    this.epsilon = settings.epsilon ?? 1e-10;
  }

  /** @throws InvalidArgumentError for what does not fit the model, and for integer inputs. */
  async attribute(inputs: Inputs, options: BaselineOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options);
    const units = explanation.rows();
    const sums = await explanation.sums(
      {
        units,
        wrt: explanation.names,
        rules: { kind: "deepLift", reference: {}, epsilon: this.epsilon },
        reference: (name, row, out, offset) =>
          copyRow(explanation.baselines[name]!, explanation.exampleOf(units[row]!), out, offset),
      },
      () => 1,
    );
    if (!this.multiplyByInputs) return explanation.result(explanation.tensors(sums));
    explanation.timesDifference(sums);
    const attributions = explanation.tensors(sums);
    const ends = await explanation.ends();
    return explanation.result(attributions, { ...ends, delta: explanation.gap(attributions, ends.value, ends.baseValue) });
  }

  over(model: DifferentiableModel): DeepLift {
    return new DeepLift(model, this);
  }
}
