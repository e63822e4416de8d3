import type { Estimate, EstimatorOptions, Game } from "../game/game.ts";
import { leaveOneOut } from "../game/leave-one-out.ts";
import { assertExplainable } from "../model/assert-model.ts";
import type { Model } from "../model/model.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { Explainable, GameMethod } from "./method.ts";
import type { Inputs, PerturbationOptions } from "./options.ts";
import { lastResult, methodScope, TensorExplanation } from "./tensor-explanation.ts";

/** What {@link FeatureAblation} is asked: the target, the baselines, and which elements are one feature. */
export type FeatureAblationOptions = PerturbationOptions;

/**
 * How much the output falls when a feature is replaced by its baseline: `f(x) − f(x without the feature)`, every feature by itself.
 *
 * `M` features take `M + 1` rows an example, packed into as few model calls as `model.maxBatchSize` allows.
 *
 * @example
 * ```ts
 * import { FeatureAblation, functionModel, hostBackend } from "@attr/core";
 *
 * const model = functionModel<"x">(({ x }) => hostBackend.sum(x, [1]), { inputs: ["x"] });
 * const { attributions } = await new FeatureAblation(model).attribute({ x: [[1, 2, 3]] });
 * console.log(attributions["x"]?.toArray()); // [[1, 2, 3]]
 * ```
 */
export class FeatureAblation<M extends Explainable> implements GameMethod<M> {
  readonly name = "FeatureAblation";
  readonly model: M;

  constructor(model: M) {
    assertExplainable(model, "model");
    this.model = model;
  }

  /**
   * Attributions of the shape of every input (`[n, ...output, ...input]` without a target where the output is more than one number).
   *
   * @throws InvalidArgumentError for inputs, a target, baselines or masks that do not fit the model.
   */
  async attribute(
    this: FeatureAblation<Model>,
    inputs: Inputs,
    options: FeatureAblationOptions = {},
  ): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await TensorExplanation.ofFeatures(this.name, this.model, inputs, options);
    return await lastResult(explanation, this.estimate(explanation.game, options));
  }

  estimate(game: Game, options: EstimatorOptions = {}): AsyncGenerator<Estimate, void, void> {
    return leaveOneOut(game, options);
  }

  /** The same method over another model. */
  over(model: M): FeatureAblation<M> {
    return new FeatureAblation(model);
  }
}
