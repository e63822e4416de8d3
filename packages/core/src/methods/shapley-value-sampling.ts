import type { Estimate, EstimatorOptions, Game } from "../game/game.ts";
import { type ShapleySamplingOptions, shapleySampling } from "../game/shapley-sampling.ts";
import { assertExplainable } from "../model/assert-model.ts";
import type { Model } from "../model/model.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { Explainable, GameMethod } from "./method.ts";
import type { Inputs, PerturbationOptions } from "./options.ts";
import { lastResult, methodScope, resultStream, TensorExplanation } from "./tensor-explanation.ts";

/** What {@link ShapleyValueSampling} takes besides the inputs. */
export interface ShapleyValueSamplingAttributeOptions
  extends PerturbationOptions,
    Omit<ShapleySamplingOptions, keyof EstimatorOptions> {}

/**
 * Shapley values by sampling orders of the features: what a feature adds to those before it, averaged over `samples` orders (25), which
 * come in antithetic pairs. They sum to `f(x) − f(baseline)` after every order, and have standard errors.
 *
 * A model sees at most `2 + samples · (M − 1)` rows an example, no set of features twice. Castro, Gómez and Tejada, "Polynomial
 * calculation of the Shapley value based on sampling", 2009.
 *
 * @example
 * ```ts
 * import { functionModel, ShapleyValueSampling } from "@attr/core";
 *
 * const rent = functionModel<"flat">(({ flat }) =>
 *   Array.from({ length: flat.shape[0] ?? 0 }, (_, n) => Number(flat.data[2 * n]) * (9 - 0.05 * Number(flat.data[2 * n + 1]))),
 * );
 * const result = await new ShapleyValueSampling(rent).attribute({ flat: [[72, 38]] }, { samples: 10, seed: 1 });
 * console.log(result.attributions["flat"]?.toArray(), result.standardErrors?.["flat"]?.toArray());
 * ```
 */
export class ShapleyValueSampling<M extends Explainable>
  implements GameMethod<M, Omit<ShapleySamplingOptions, keyof EstimatorOptions>>
{
  readonly name = "ShapleyValueSampling";
  readonly model: M;

  constructor(model: M) {
    assertExplainable(model, "model");
    this.model = model;
  }

  /** @throws InvalidArgumentError for options out of range, and for what does not fit the model. */
  async attribute(
    this: ShapleyValueSampling<Model>,
    inputs: Inputs,
    options: ShapleyValueSamplingAttributeOptions = {},
  ): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await TensorExplanation.ofFeatures(this.name, this.model, inputs, options);
    return await lastResult(explanation, this.estimate(explanation.game, options));
  }

  /** Better and better results; the last one is what `attribute` gives. */
  async *stream(
    this: ShapleyValueSampling<Model>,
    inputs: Inputs,
    options: ShapleyValueSamplingAttributeOptions = {},
  ): AsyncGenerator<AttributionResult, void, void> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await TensorExplanation.ofFeatures(this.name, this.model, inputs, options);
    yield* resultStream(explanation, this.estimate(explanation.game, options));
  }

  estimate(game: Game, options: ShapleySamplingOptions = {}): AsyncGenerator<Estimate, void, void> {
    return shapleySampling(game, options);
  }

  /** The same method over another model. */
  over(model: M): ShapleyValueSampling<M> {
    return new ShapleyValueSampling(model);
  }
}
