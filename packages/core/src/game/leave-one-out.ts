import { evaluate } from "./evaluate.ts";
import type { Estimate, EstimatorOptions, Game } from "./game.ts";

/**
 * What every player adds to all others: `v(N) − v(N \ {i})`. Asks for `players + 1` coalitions: the full one once, then all but
 * one each. Yields once, at the end.
 */
export async function* leaveOneOut(game: Game, options: EstimatorOptions = {}): AsyncGenerator<Estimate, void, void> {
  const { players } = game;
  let full = new Float64Array(0);
  let values = new Float64Array(0);
  let index = 0;
  const rows = evaluate(
    game,
    players + 1,
    (coalitions, row, at) => {
      coalitions.fillRow(row);
      if (at > 0) coalitions.set(row, at - 1, false);
    },
    options,
  );
  for await (const worth of rows) {
    if (index === 0) {
      full = Float64Array.from(worth);
      values = new Float64Array(full.length * players);
    } else
      for (let output = 0; output < full.length; output++) values[output * players + index - 1] = full[output]! - worth[output]!;
    index++;
  }
  yield {
    values,
    players,
    outputs: full.length,
    full,
    ...(players === 0 && { empty: full }),
    coalitions: index,
    warnings: [],
  };
}
