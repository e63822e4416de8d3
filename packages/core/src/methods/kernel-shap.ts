import type { Estimate, EstimatorOptions, Game } from "../game/game.ts";
import { type KernelShapOptions, kernelShap } from "../game/kernel-shap.ts";
import { assertExplainable } from "../model/assert-model.ts";
import type { Model } from "../model/model.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { Explainable, GameMethod } from "./method.ts";
import type { Inputs, PerturbationOptions } from "./options.ts";
import { lastResult, methodScope, resultStream, TensorExplanation } from "./tensor-explanation.ts";

/** What {@link KernelShap} takes besides the inputs. */
export interface KernelShapAttributeOptions extends PerturbationOptions, Omit<KernelShapOptions, keyof EstimatorOptions> {}

/**
 * Shapley values by a weighted linear regression over sets of features: at most `samples` rows an example (`2 · M + 2048`), exact where
 * all `2^M` sets are within that. They sum to `f(x) − f(baseline)`. Adds `coefficients`, one number a feature.
 *
 * Lundberg and Lee, "A unified approach to interpreting model predictions", 2017.
 *
 * @example
 * ```ts
 * import { functionModel, KernelShap } from "@attr/core";
 *
 * const rent = functionModel<"flat">(({ flat }) =>
 *   Array.from({ length: flat.shape[0] ?? 0 }, (_, n) => Number(flat.data[2 * n]) * (9 - 0.05 * Number(flat.data[2 * n + 1]))),
 * );
 * const result = await new KernelShap(rent).attribute({ flat: [[72, 38]] }, { baselines: { flat: [[60, 50]] } });
 * console.log(result.attributions["flat"]?.toArray(), result.value?.toArray(), result.baseValue?.toArray());
 * ```
 */
export class KernelShap<M extends Explainable> implements GameMethod<M, Omit<KernelShapOptions, keyof EstimatorOptions>> {
  readonly name = "KernelShap";
  readonly model: M;

  constructor(model: M) {
    assertExplainable(model, "model");
    this.model = model;
  }

  /** @throws InvalidArgumentError for options out of range, and for what does not fit the model. */
  async attribute(this: KernelShap<Model>, inputs: Inputs, options: KernelShapAttributeOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await TensorExplanation.ofFeatures(this.name, this.model, inputs, options);
    return await lastResult(explanation, this.estimate(explanation.game, options), { isLinearModel: true });
  }

  /** Better and better results; the last one is what `attribute` gives. */
  async *stream(
    this: KernelShap<Model>,
    inputs: Inputs,
    options: KernelShapAttributeOptions = {},
  ): AsyncGenerator<AttributionResult, void, void> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await TensorExplanation.ofFeatures(this.name, this.model, inputs, options);
    yield* resultStream(explanation, this.estimate(explanation.game, options), { isLinearModel: true });
  }

  estimate(game: Game, options: KernelShapOptions = {}): AsyncGenerator<Estimate, void, void> {
    return kernelShap(game, options);
  }

  /** The same method over another model. */
  over(model: M): KernelShap<M> {
    return new KernelShap(model);
  }
}
