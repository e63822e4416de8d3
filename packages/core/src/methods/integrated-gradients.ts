import { InvalidArgumentError } from "../errors.ts";
import { adaptivePath } from "../gradient/adaptive-path.ts";
import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { interpolateRow } from "../gradient/host-values.ts";
import { quadratureRule } from "../gradient/quadrature.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { MultiplyByInputs, PathOptions } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a call of {@link IntegratedGradients} takes, beside the inputs. */
export interface IntegratedGradientsOptions extends PathOptions {
  /**
   * Refines the path until the attributions of every example sum up to the change of the output within this, in the output's unit.
   * `steps` is where it starts.
   * @defaultValue no refinement
   */
  readonly tolerance?: number | undefined;
  /** Steps an example and explained number may take when it is refined. @defaultValue 2000 */
  readonly maxSteps?: number | undefined;
}

/** Whether {@link IntegratedGradients} multiplies by the distance from the baseline. */
export type IntegratedGradientsSettings = MultiplyByInputs;

/**
 * The gradient along the straight way from the baseline to the input, `(x − b) · ∫ ∂f/∂x (b + α (x − b)) dα`. Attributions sum up to
 * `f(x) − f(b)`; how far they are from that is the result's `delta`.
 *
 * `steps` rows an example and explained number that go backward, and two an example that do not, packed into as few calls as
 * `model.maxBatchSize` allows. Over `fromLayer` the way is straight in the layer's values.
 *
 * Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", 2017.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { IntegratedGradients } from "@attr/core";
 * import { penguins } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", penguins));
 * const x = [[39.1, 18.7, 181, 3750, 0, 0, 1, 0, 1]]; // a bill, a flipper, a weight, an island, a sex
 * const usual = [[43.9, 17.2, 201, 4202, 0.5, 0.4, 0.1, 0.5, 0.5]];
 * const result = await new IntegratedGradients(model).attribute({ x }, { target: 0, baselines: { x: usual }, steps: 50 });
 * console.log(result.attributions["x"]?.toArray(), result.delta?.toArray()); // what makes it an Adelie, and what is missing
 * ```
 */
export class IntegratedGradients implements TensorMethod<DifferentiableModel, IntegratedGradientsOptions> {
  readonly name = "IntegratedGradients";
  readonly baselineRows = "examples";
  readonly model: DifferentiableModel;
  readonly multiplyByInputs: boolean;

  /** @throws UnsupportedError for a model without gradients. */
  constructor(model: DifferentiableModel, settings: IntegratedGradientsSettings = {}) {
    assertDifferentiableModel(model, "model");
    this.model = model;
    this.multiplyByInputs = settings.multiplyByInputs ?? true;
  }

  /** @throws InvalidArgumentError for what does not fit the model, for integer inputs, and for steps or a tolerance out of range. */
  async attribute(inputs: Inputs, options: IntegratedGradientsOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { steps = 50, quadrature = "gauss-legendre", tolerance, maxSteps = 2000 } = options;
    const rule = quadratureRule(quadrature, steps);
    if (tolerance !== undefined && !(tolerance > 0))
      throw new InvalidArgumentError(`tolerance must be a number above 0, got ${String(tolerance)}`);
    if (!(maxSteps >= 1)) throw new InvalidArgumentError(`maxSteps must be a number from 1 up, got ${String(maxSteps)}`);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options);
    const { values, baselines, names } = explanation;
    const ends = this.multiplyByInputs || tolerance !== undefined ? await explanation.ends() : undefined;
    const warnings: string[] = [];
    let sums: Awaited<ReturnType<typeof explanation.sums>>;
    if (tolerance === undefined || ends === undefined) {
      const units = explanation.rows(steps);
      const feed: Parameters<typeof explanation.sums>[0]["feed"] = (name, row, out, offset) =>
        interpolateRow(
          values[name]!,
          baselines[name]!,
          explanation.exampleOf(units[row]!),
          rule.nodes[row % steps]!,
          out,
          offset,
        );
      sums = await explanation.sums({ units, wrt: names, feed }, (row) => rule.weights[row % steps]!);
    } else {
      const path = await adaptivePath(explanation, ends, { rule, tolerance, maxSteps });
      sums = path.sums;
      if (path.left.length > 0)
        warnings.push(
          `${path.left.length} of ${explanation.units} paths are still over the tolerance ${tolerance} after ${maxSteps} steps: ` +
            "allow more with maxSteps, or see in delta how far they are",
        );
    }
    if (!this.multiplyByInputs) return explanation.result(explanation.tensors(sums), { ...ends, warnings });
    explanation.timesDifference(sums);
    const attributions = explanation.tensors(sums);
    const delta = explanation.gap(attributions, ends!.value, ends!.baseValue);
    return explanation.result(attributions, { ...ends, delta, warnings });
  }

  over(model: DifferentiableModel): IntegratedGradients {
    return new IntegratedGradients(model, this);
  }
}
