import { checkWhole } from "../check-number.ts";
import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { noise, readStdev, type Stdev } from "../gradient/noise.ts";
import { explainByDraws } from "../gradient/sampled-differences.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import { seededRandom } from "../tensor/random.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { BaselineOptions, MultiplyByInputs } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a call of {@link GradientShap} takes, beside the inputs. */
export interface GradientShapOptions extends BaselineOptions {
  /** Draws an example. @defaultValue 5 */
  readonly samples?: number | undefined;
  /** Standard deviation of the noise added to the inputs, for all of them or by input name. @defaultValue 0 */
  readonly stdev?: Stdev | undefined;
  /** Starts the stream of random numbers. @defaultValue 0 */
  readonly seed?: number | undefined;
}

/**
 * The mean over random baselines and random points between them and the (noisy) input of `(x − b) · ∂f/∂x`: expected gradients, where
 * there is no noise. It approximates SHAP values where the model is nearly linear and the features are independent. `ExpectedGradients`
 * spreads its draws evenly instead, so that as many of them come nearer.
 *
 * Every row of the baselines is one of a distribution, and a draw takes the same row of every input, the same point and the same noise
 * for all examples, so that an example's result does not depend on the others. `samples` rows an example and explained number.
 * `standardErrors` are of the sampling. Erion, Janizek, Sturmfels, Lundberg and Lee, "Improving performance of deep learning models with
 * axiomatic attribution priors and expected gradients", 2021.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { GradientShap } from "@attr/core";
 * import { penguins } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", penguins));
 * const x = [[39.1, 18.7, 181, 3750, 0, 0, 1, 0, 1]]; // a bill, a flipper, a weight, an island, a sex
 * const others = [[49.3, 15.7, 217, 5850, 1, 0, 0, 0, 1], [46.5, 17.9, 192, 3500, 0, 1, 0, 1, 0]];
 * const result = await new GradientShap(model).attribute({ x }, { target: 0, baselines: { x: others }, samples: 20, seed: 1 });
 * console.log(result.attributions["x"]?.toArray(), result.standardErrors?.["x"]?.toArray());
 * ```
 */
export class GradientShap implements TensorMethod<DifferentiableModel, GradientShapOptions> {
  readonly name = "GradientShap";
  readonly baselineRows = "distribution";
  readonly model: DifferentiableModel;
  readonly multiplyByInputs: boolean;

  /** @throws UnsupportedError for a model without gradients. */
  constructor(model: DifferentiableModel, settings: MultiplyByInputs = {}) {
    assertDifferentiableModel(model, "model");
    this.model = model;
    this.multiplyByInputs = settings.multiplyByInputs ?? true;
  }

  /** @throws InvalidArgumentError for what does not fit the model, for integer inputs, and for samples or a deviation out of range. */
  async attribute(inputs: Inputs, options: GradientShapOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { samples = 5, seed = 0 } = options;
    checkWhole("samples", samples, 1);
    const random = seededRandom(seed);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options, { distribution: true });
    const { distribution } = explanation;
    const stdev = readStdev(options.stdev ?? 0, explanation.names);
    const draws = Array.from({ length: samples }, (_, sample) => {
      const own = random.fork(`draw ${sample}`);
      return { baseline: own.integer(distribution.length), alpha: own.next() };
    });
    const addNoise = noise(random, stdev, explanation.values);
    return await explainByDraws(explanation, draws, { multiplyByInputs: this.multiplyByInputs, addNoise });
  }

  over(model: DifferentiableModel): GradientShap {
    return new GradientShap(model, this);
  }
}
