import type { AbortSignalLike } from "../signal.ts";
import type { BitMatrix } from "./bit-matrix.ts";

/**
 * Players that are present or absent, and what a coalition of them is worth. Every perturbation method is an estimator over a
 * game; a game may have many outputs (one for every example, class or token), and every estimator treats each on its own.
 */
export interface Game {
  /** How many players there are. */
  readonly players: number;
  /**
   * Coalitions the game likes to be asked for at a time: as many as fill whole model calls. A request may be of any size; of this
   * size (or a multiple) none of the calls is left part empty.
   */
  readonly batchSize: number;
  /** The worth of every coalition (a row of bits, 1 = present), in order: one array of outputs each, of the same length for all. */
  value(coalitions: BitMatrix, signal?: AbortSignalLike): AsyncIterable<Float64Array>;
  /**
   * How far every coalition is from the full one, one number an output: LIME's kernel weight is made of it. Absent where the game
   * knows no distance in its own space; the distance between the rows of bits then serves: with `k` of `M` players present
   * `1 − √(k / M)` (cosine) or `√(M − k)` (euclidean).
   */
  distances?(coalitions: BitMatrix, metric: "cosine" | "euclidean"): AsyncIterable<Float64Array>;
}

/** What an estimator knows of every player so far. Streams yield better and better ones; the last is the result. */
export interface Estimate {
  /** `[outputs][players]`, row-major. */
  readonly values: Float64Array;
  readonly players: number;
  readonly outputs: number;
  /** Worth of the coalition of all players, where it was evaluated: one number an output. */
  readonly full?: Float64Array | undefined;
  /** Worth of the empty coalition, where it was evaluated. */
  readonly empty?: Float64Array | undefined;
  /** Standard error of every value, `[outputs][players]`, where the method is sampled. */
  readonly standardErrors?: Float64Array | undefined;
  /** Coalitions evaluated so far, each counted once. */
  readonly coalitions: number;
  /** What a linear surrogate adds, one number an output. */
  readonly intercept?: Float64Array | undefined;
  readonly rSquared?: Float64Array | undefined;
  /** Sentences a user should read: too few samples, a singular design. */
  readonly warnings: readonly string[];
}

/** Turns a game into one number a player and output. */
export type Estimator<Options> = (game: Game, options: Options & EstimatorOptions) => AsyncGenerator<Estimate, void, void>;

/** What every estimator over a game takes. */
export interface EstimatorOptions {
  /** Stops the work between two evaluations; the estimator throws the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
  /** Coalitions done of all that will be asked for. */
  readonly onProgress?: ((progress: { done: number; total: number; unit: string }) => void) | undefined;
}
