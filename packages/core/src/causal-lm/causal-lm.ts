import type { WorkOptions } from "../signal.ts";

/** A continuation to score: how likely the model finds `continuation` after `prefix`, both token ids. */
export interface Continuation {
  /** At least one token (the BOS token, where nothing else stands before the answer). */
  readonly prefix: readonly number[];
  /** At least one token. */
  readonly continuation: readonly number[];
}

/** The scores of one continuation, one number a token of it. */
export interface ContinuationScore {
  /** `log P(token | prefix, tokens before it)`, natural logarithm. */
  readonly logProbabilities: Float64Array;
  /** The token's raw logit at its position. */
  readonly logits: Float64Array;
}

export interface GenerateOptions extends WorkOptions {
  /** @defaultValue 25 */
  readonly maxNewTokens?: number | undefined;
  /** Ids after which generation stops. @defaultValue the model's own end-of-text ids */
  readonly stopTokens?: readonly number[] | undefined;
  /** 0 picks the likeliest token at each step (greedy); above 0 samples. @defaultValue 0 */
  readonly temperature?: number | undefined;
  /** Samples only from the likeliest tokens that make up this share of the probability. @defaultValue 1 */
  readonly topP?: number | undefined;
  /** Samples only from this many likeliest tokens; 0 means all. @defaultValue 0 */
  readonly topK?: number | undefined;
  /** Makes sampling repeatable. @defaultValue 0 */
  readonly seed?: number | undefined;
}

/** What a language model answered: its tokens, how likely each was, and why it stopped. */
export interface Generation {
  /** The new tokens, without the prompt and without the stop token. */
  readonly tokens: readonly number[];
  /** The log-probability of each of them, of the model's own distribution (temperature 1). */
  readonly logProbabilities: Float64Array;
  readonly stopReason: "stop-token" | "length";
}

/** What a language model did so far; differences of two readings are the cost of what lies between. */
export interface CausalLmCost {
  /** Calls of the runtime. */
  readonly calls: number;
  /** Sequences (rows) those calls held. */
  readonly rows: number;
  /** Token positions computed, padding included. */
  readonly tokens: number;
}

/**
 * A decoder-only language model over token ids. It knows nothing of text: tokenizers are `@attr/llm`'s. Any backend can implement
 * it; {@link modelCausalLm} makes one of a `Model` whose output is logits.
 */
export interface CausalLm extends AsyncDisposable {
  readonly kind: "causal-lm";
  readonly vocabularySize: number;
  /** Tokens a sequence may hold; absent where the model does not say. */
  readonly contextLength?: number | undefined;
  /** Ids that end a text, from the model's configuration. */
  readonly endTokens: readonly number[];
  readonly cost: CausalLmCost;
  /**
   * Scores continuations in the order given. The whole continuation is scored in one pass; rows are batched, and a row's numbers do
   * not depend on what else is in the batch (beyond rounding).
   */
  score(continuations: readonly Continuation[], options?: WorkOptions): AsyncIterable<ContinuationScore>;
  /** The tokens that the model puts after the prompt, greedily or drawn with a seed. */
  generate(prompt: readonly number[], options?: GenerateOptions): Promise<Generation>;
}
