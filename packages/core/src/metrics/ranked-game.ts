import { InvalidArgumentError } from "../errors.ts";
import type { Game } from "../game/game.ts";
import { type MemoisedGame, memoise } from "../game/memoise.ts";

/**
 * A game whose players stand in the order an explanation gives them: what `deletionCurve`, `insertionCurve`, `comprehensiveness` and
 * `sufficiency` measure. No coalition is evaluated twice, whichever of them ask for it. Made by {@link rankPlayers} of any game, by
 * `rankFeatures` of a model's inputs; dispose of it, as in `using ranked = …`, to free what it holds on a device.
 */
export interface RankedGame extends Disposable {
  readonly game: MemoisedGame;
  /** The players, those that are said to raise the output most first. */
  readonly order: Int32Array;
  /** The output that is measured; absent where all are, which then share the order. */
  readonly output?: number | undefined;
  /** Name of the method that ranked them. */
  readonly method?: string | undefined;
  /** Calls and rows of the model so far, where there is one. */
  readonly cost?: (() => ModelCost) | undefined;
}

/** What a measure cost: calls of the model, and the rows they held. */
export interface ModelCost {
  readonly calls: number;
  readonly rows: number;
}

/** How the scores of an explanation become an order. */
export interface RankOptions {
  /** Ranks by magnitude, not by sign: for attributions whose sign tells nothing of what raises the output. @defaultValue false */
  readonly abs?: boolean | undefined;
}

/** How a {@link RankedGame} is made of any game. */
export interface RankPlayersOptions extends RankOptions, Pick<RankedGame, "method" | "cost"> {
  /** The output that `scores` are of. @defaultValue 0 */
  readonly output?: number | undefined;
}

/**
 * A game with its players ranked by scores, one a player: an `Estimate`'s `values`, or an explanation of anyone's.
 *
 * @throws InvalidArgumentError where there is not one score a player.
 */
export function rankPlayers(game: Game, scores: ArrayLike<number>, options: RankPlayersOptions = {}): RankedGame {
  if (scores.length !== game.players)
    throw new InvalidArgumentError(`scores must hold one number for each of the ${game.players} players, got ${scores.length}`);
  const { output = 0, abs, method, cost } = options;
  return { game: memoise(game), order: strongestFirst(scores, abs), output, method, cost, [Symbol.dispose]() {} };
}

/** Indices of scores, largest first; equal ones stay in order, and NaN comes last. */
export function strongestFirst(scores: ArrayLike<number>, abs = false): Int32Array {
  const keys = Float64Array.from(scores, (score) =>
    Number.isNaN(score) ? Number.NEGATIVE_INFINITY : abs ? Math.abs(score) : score,
  );
  return Int32Array.from(keys.keys()).sort((a, b) => (keys[a] === keys[b] ? a - b : keys[b]! > keys[a]! ? 1 : -1));
}
