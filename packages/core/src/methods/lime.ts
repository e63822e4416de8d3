import type { Estimate, EstimatorOptions, Game } from "../game/game.ts";
import { type LimeOptions, lime } from "../game/lime.ts";
import { assertExplainable } from "../model/assert-model.ts";
import type { Model } from "../model/model.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { Explainable, GameMethod } from "./method.ts";
import type { Inputs, PerturbationOptions } from "./options.ts";
import { lastResult, methodScope, resultStream, TensorExplanation } from "./tensor-explanation.ts";

/** What {@link Lime} takes besides the inputs. */
export interface LimeAttributeOptions extends PerturbationOptions, Omit<LimeOptions, keyof EstimatorOptions> {}

/**
 * The coefficients of a linear model fitted to the output around the input: sets of features are drawn, weighted by how near they
 * leave the input, and regressed on (Lasso with `alpha` 0.01 by default). Adds `coefficients`, `intercept` and `rSquared`.
 *
 * Distances are those of the inputs themselves, all of an example taken together. Ribeiro, Singh and Guestrin, "Why should I trust
 * you?", 2016.
 *
 * @example
 * ```ts
 * import { functionModel, Lime } from "@attr/core";
 *
 * const rent = functionModel<"flat">(({ flat }) =>
 *   Array.from({ length: flat.shape[0] ?? 0 }, (_, n) => Number(flat.data[2 * n]) * (9 - 0.05 * Number(flat.data[2 * n + 1]))),
 * );
 * const result = await new Lime(rent).attribute({ flat: [[72, 38]] }, { samples: 100, seed: 1 });
 * console.log(result.attributions["flat"]?.toArray(), result.rSquared?.toArray());
 * ```
 */
export class Lime<M extends Explainable> implements GameMethod<M, Omit<LimeOptions, keyof EstimatorOptions>> {
  readonly name = "Lime";
  readonly model: M;

  constructor(model: M) {
    assertExplainable(model, "model");
    this.model = model;
  }

  /** @throws InvalidArgumentError for options out of range, and for what does not fit the model. */
  async attribute(this: Lime<Model>, inputs: Inputs, options: LimeAttributeOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await TensorExplanation.ofFeatures(this.name, this.model, inputs, options);
    return await lastResult(explanation, this.estimate(explanation.game, options), { isLinearModel: true });
  }

  /** Better and better results; the last one is what `attribute` gives. */
  async *stream(
    this: Lime<Model>,
    inputs: Inputs,
    options: LimeAttributeOptions = {},
  ): AsyncGenerator<AttributionResult, void, void> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await TensorExplanation.ofFeatures(this.name, this.model, inputs, options);
    yield* resultStream(explanation, this.estimate(explanation.game, options), { isLinearModel: true });
  }

  estimate(game: Game, options: LimeOptions = {}): AsyncGenerator<Estimate, void, void> {
    return lime(game, options);
  }

  /** The same method over another model. */
  over(model: M): Lime<M> {
    return new Lime(model);
  }
}
