import { checkWhole } from "../check-number.ts";
import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { explainByDraws, type PathDraw } from "../gradient/sampled-differences.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import { type Random, seededRandom } from "../tensor/random.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { BaselineOptions, MultiplyByInputs } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a call of {@link ExpectedGradients} takes, beside the inputs. */
export interface ExpectedGradientsOptions extends BaselineOptions {
  /** Draws an example; best a multiple of the number of baselines. @defaultValue 200 */
  readonly samples?: number | undefined;
  /** Starts the stream of random numbers. @defaultValue 0 */
  readonly seed?: number | undefined;
}

/**
 * Integrated gradients from many baselines at once: the expectation of `(x − b) · ∂f/∂x (b + α (x − b))` over baselines `b` and points `α`
 * of the way. Attributions sum up to `f(x)` less the mean of `f` over the baselines, in expectation; how far they are from it, with the baselines
 * as often as they were drawn, is the result's `delta`.
 *
 * Every row of the baselines is one of a distribution. The draws are spread evenly: every baseline is taken as often as any other (within
 * one), and its draws are one point from each of as many equal parts of its way. Each draw by itself is uniform, so the mean is unbiased,
 * and it varies less than that of as many independent draws, which `GradientShap` with no noise takes; `standardErrors` are what those
 * would have.
 * `samples` rows an example and explained number that go backward.
 *
 * Erion, Janizek, Sturmfels, Lundberg and Lee, "Improving performance of deep learning models with axiomatic attribution priors and
 * expected gradients", 2021.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { ExpectedGradients } from "@attr/core";
 * import { penguins } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", penguins));
 * const x = [[39.1, 18.7, 181, 3750, 0, 0, 1, 0, 1]]; // a bill, a flipper, a weight, an island, a sex
 * const others = [[49.3, 15.7, 217, 5850, 1, 0, 0, 0, 1], [46.5, 17.9, 192, 3500, 0, 1, 0, 1, 0]];
 * const result = await new ExpectedGradients(model).attribute({ x }, { target: 0, baselines: { x: others }, samples: 40 });
 * console.log(result.attributions["x"]?.toArray(), result.baseValue?.toArray()); // against the mean of the others
 * ```
 */
export class ExpectedGradients implements TensorMethod<DifferentiableModel, ExpectedGradientsOptions> {
  readonly name = "ExpectedGradients";
  readonly baselineRows = "distribution";
  readonly model: DifferentiableModel;
  readonly multiplyByInputs: boolean;

  /** @throws UnsupportedError for a model without gradients. */
  constructor(model: DifferentiableModel, settings: MultiplyByInputs = {}) {
    assertDifferentiableModel(model, "model");
    this.model = model;
    this.multiplyByInputs = settings.multiplyByInputs ?? true;
  }

  /** @throws InvalidArgumentError for what does not fit the model, for integer inputs, and for samples out of range. */
  async attribute(inputs: Inputs, options: ExpectedGradientsOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { samples = 200, seed = 0 } = options;
    checkWhole("samples", samples, 1);
    const random = seededRandom(seed);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options, { distribution: true });
    const draws = evenDraws(random, samples, explanation.distribution.length);
    return await explainByDraws(explanation, draws, this);
  }

  over(model: DifferentiableModel): ExpectedGradients {
    return new ExpectedGradients(model, this);
  }
}

/** Draws of baselines and points, the same for all examples. */
function evenDraws(random: Random, samples: number, baselines: number): readonly PathDraw[] {
  const points = random.fork("points");
  // Which baselines have a draw more than others is left to chance.
  return [...random.fork("baselines").permutation(baselines)].flatMap((baseline, turn) => {
    const count = Math.floor(samples / baselines) + (turn < samples % baselines ? 1 : 0);
    return Array.from({ length: count }, (_, part) => ({ baseline, alpha: (part + points.next()) / count }));
  });
}
