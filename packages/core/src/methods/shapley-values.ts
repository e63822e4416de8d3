import { type ExactShapleyOptions, exactShapley } from "../game/exact-shapley.ts";
import type { Estimate, EstimatorOptions, Game } from "../game/game.ts";
import { assertExplainable } from "../model/assert-model.ts";
import type { Model } from "../model/model.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { Explainable, GameMethod } from "./method.ts";
import type { Inputs, PerturbationOptions } from "./options.ts";
import { lastResult, methodScope, TensorExplanation } from "./tensor-explanation.ts";

export interface ShapleyValuesOptions extends PerturbationOptions, Pick<ExactShapleyOptions, "maxPlayers"> {}

/**
 * Exact Shapley values: what a feature adds to the output, averaged over all sets of other features that may be present. They sum to
 * `f(x) − f(baseline)`.
 *
 * Every one of the `2^M` sets is evaluated once, so `M` is held to `maxPlayers` (16): group features with `featureMask`, or use
 * `ShapleyValueSampling` or `KernelShap`. Shapley, "A value for n-person games", 1953.
 *
 * @example
 * ```ts
 * import { functionModel, ShapleyValues } from "@attr/core";
 *
 * const rent = functionModel<"flat">(({ flat }) =>
 *   Array.from({ length: flat.shape[0] ?? 0 }, (_, n) => Number(flat.data[2 * n]) * (9 - 0.05 * Number(flat.data[2 * n + 1]))),
 * );
 * const result = await new ShapleyValues(rent).attribute({ flat: [[72, 38]] }, { baselines: { flat: [[60, 50]] } });
 * console.log(result.attributions["flat"]?.toArray(), result.delta?.toArray()); // they add up: 0
 * ```
 */
export class ShapleyValues<M extends Explainable> implements GameMethod<M, Pick<ExactShapleyOptions, "maxPlayers">> {
  readonly name = "ShapleyValues";
  readonly model: M;

  constructor(model: M) {
    assertExplainable(model, "model");
    this.model = model;
  }

  /** @throws InvalidArgumentError for more features than `maxPlayers`, and for what does not fit the model. */
  async attribute(this: ShapleyValues<Model>, inputs: Inputs, options: ShapleyValuesOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await TensorExplanation.ofFeatures(this.name, this.model, inputs, options);
    return await lastResult(explanation, this.estimate(explanation.game, options));
  }

  estimate(
    game: Game,
    options: Pick<ExactShapleyOptions, "maxPlayers"> & EstimatorOptions = {},
  ): AsyncGenerator<Estimate, void, void> {
    return exactShapley(game, options);
  }

  /** The same method over another model. */
  over(model: M): ShapleyValues<M> {
    return new ShapleyValues(model);
  }
}
