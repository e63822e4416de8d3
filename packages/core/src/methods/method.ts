import type { CausalLm } from "../causal-lm/causal-lm.ts";
import type { Estimate, EstimatorOptions, Game } from "../game/game.ts";
import type { Model } from "../model/model.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { Inputs, TargetOptions } from "./options.ts";

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
  /** Better and better estimates of what each player of the game contributes; the last one is the result. */
  estimate(game: Game, options?: Options & EstimatorOptions): AsyncGenerator<Estimate, void, void>;
}

/** An attribution method over tensors, seen from a method that wraps it. */
export interface TensorMethod<M extends Model = Model, Options extends TargetOptions = TargetOptions> {
  readonly name: string;
  readonly model: M;
  /** Attributions at the inputs, of the shapes of what is attributed to. */
  attribute(inputs: Inputs, options?: Options): Promise<AttributionResult>;
  /** The same method with the same settings over another model. */
  over?(model: M): TensorMethod<M, Options>;
  /**
   * What the rows of its baselines are: one an example, or a distribution of which every row stands beside every example. Absent where it
   * has none.
   */
  readonly baselineRows?: "examples" | "distribution" | undefined;
  /** What it says of an example depends on the others, so that no copies of examples may stand beside them. @defaultValue false */
  readonly mixesExamples?: boolean | undefined;
}
