import { InvalidArgumentError } from "../errors.ts";
import { evaluate } from "./evaluate.ts";
import type { Estimate, EstimatorOptions, Game } from "./game.ts";

/** Which neighbours {@link leaveWindowsOut} leaves out together. */
export interface LeaveWindowsOutOptions extends EstimatorOptions {
  /** Neighbouring players that are left out together. @defaultValue 1 */
  readonly window?: number | undefined;
  /** Players from the start of a window to the start of the next; at most `window`. @defaultValue 1 */
  readonly stride?: number | undefined;
}

/**
 * Occlusion over a game whose players stand in a row (the tokens of a text): a window of neighbours is left out at a time, and a
 * player gets the mean of what the windows over it cost. The full coalition is asked for once, every window once. Yields once.
 */
export async function* leaveWindowsOut(game: Game, options: LeaveWindowsOutOptions = {}): AsyncGenerator<Estimate, void, void> {
  const { players } = game;
  const window = options.window ?? 1;
  const stride = options.stride ?? 1;
  if (!Number.isInteger(window) || window < 1 || (window > players && players > 0))
    throw new InvalidArgumentError(`window must be a whole number from 1 to the ${players} features, got ${window}`);
  if (!Number.isInteger(stride) || stride < 1 || (stride > window && window < players))
    throw new InvalidArgumentError(`stride must be a whole number from 1 to the window's ${window}, got ${stride}`);
  const windows = players === 0 ? 0 : Math.ceil((players - window) / stride) + 1;
  const covered = new Float64Array(players);
  let full: Float64Array = new Float64Array(0);
  let values = new Float64Array(0);
  let index = 0;
  const rows = evaluate(
    game,
    windows + 1,
    (coalitions, row, at) => {
      coalitions.fillRow(row);
      if (at === 0) return;
      const begin = (at - 1) * stride;
      for (let player = begin; player < Math.min(players, begin + window); player++) coalitions.set(row, player, false);
    },
    options,
  );
  for await (const worth of rows) {
    const at = index++;
    if (at === 0) {
      full = Float64Array.from(worth);
      values = new Float64Array(full.length * players);
      continue;
    }
    const begin = (at - 1) * stride;
    for (let player = begin; player < Math.min(players, begin + window); player++) {
      covered[player]!++;
      for (let output = 0; output < full.length; output++) values[output * players + player]! += full[output]! - worth[output]!;
    }
  }
  for (let i = 0; i < values.length; i++) values[i]! /= covered[i % players]!;
  yield { values, players, outputs: full.length, full, coalitions: index, warnings: [] };
}
