import type { CausalLm } from "../causal-lm/causal-lm.ts";
import type { Estimate, EstimatorOptions, Game } from "../game/game.ts";
import type { Model } from "../model/model.ts";

/** What a perturbation method can be made over: a model, or a language model that `LLMAttribution` then turns into a game. */
export type Explainable = Model | CausalLm;

/**
 * A perturbation method seen from outside tensors: an estimator over any game. `LLMAttribution` and `MultipleChoice` take one of
 * these and hand it the game of a prompt.
 */
export interface GameMethod<M extends Explainable, Options extends object = object> {
  /** The method's name, as in the literature: "FeatureAblation". */
  readonly name: string;
  readonly model: M;
  estimate(game: Game, options?: Options & EstimatorOptions): AsyncGenerator<Estimate, void, void>;
}
