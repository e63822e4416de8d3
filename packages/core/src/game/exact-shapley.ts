import { InvalidArgumentError } from "../errors.ts";
import { evaluate } from "./evaluate.ts";
import type { Estimate, EstimatorOptions, Game } from "./game.ts";

/** How far {@link exactShapley} may go. */
export interface ExactShapleyOptions extends EstimatorOptions {
  /** Players a game may have; every one more doubles the work. At most 30. @defaultValue 16 */
  readonly maxPlayers?: number | undefined;
}

/** A 32-bit word numbers the coalitions. */
const mostPlayers = 30;

/**
 * Shapley values by their definition: every one of the `2^M` coalitions is evaluated once, and a player's value is the mean, over
 * the sizes of coalitions and over those of a size, of what it adds. Values sum to `v(N) − v(∅)`. Yields once, at the end.
 * Memory does not grow with the number of coalitions.
 *
 * Shapley, "A value for n-person games", 1953.
 */
export async function* exactShapley(game: Game, options: ExactShapleyOptions = {}): AsyncGenerator<Estimate, void, void> {
  const { players } = game;
  checkPlayers(players, options.maxPlayers ?? 16);
  const count = 2 ** players;
  // A coalition of size s holds v(S) · joined[s] for each of its players, and v(S) · left[s] against each of the others. With
  // `left` taken from everyone alike, only the players of a coalition need to be visited.
  const left = new Float64Array(players + 1);
  const joined = new Float64Array(players + 1);
  for (let size = 0; size < players; size++) left[size] = 1 / (players * binomial(players - 1, size));
  for (let size = 1; size <= players; size++) joined[size] = 1 / (players * binomial(players - 1, size - 1)) + left[size]!;

  let empty = new Float64Array(0);
  let full = empty;
  let values = empty;
  let common = empty;
  let index = 0;
  const rows = evaluate(
    game,
    count,
    (coalitions, row, at) => {
      coalitions.words[row * coalitions.stride] = at;
    },
    options,
  );
  for await (const worth of rows) {
    if (index === 0) {
      empty = Float64Array.from(worth);
      values = new Float64Array(empty.length * players);
      common = new Float64Array(empty.length);
    }
    if (index === count - 1) full = Float64Array.from(worth);
    const size = popcount(index);
    for (let output = 0; output < empty.length; output++) {
      const gain = worth[output]! - empty[output]!;
      common[output]! += left[size]! * gain;
      const share = joined[size]! * gain;
      const start = output * players;
      for (let player = 0, bits = index; bits !== 0; player++, bits >>>= 1) if (bits & 1) values[start + player]! += share;
    }
    index++;
  }
  for (let output = 0; output < empty.length; output++)
    for (let player = 0; player < players; player++) values[output * players + player]! -= common[output]!;
  yield { values, players, outputs: empty.length, full, empty, coalitions: count, warnings: [] };
}

function checkPlayers(players: number, maxPlayers: number): void {
  if (!Number.isInteger(maxPlayers) || maxPlayers < 0 || maxPlayers > mostPlayers)
    throw new InvalidArgumentError(`maxPlayers must be a whole number from 0 to ${mostPlayers}, got ${maxPlayers}`);
  if (players <= maxPlayers) return;
  const count = players <= 64 ? `2^${players} = ${2n ** BigInt(players)}` : `2^${players}`;
  const raise = players <= mostPlayers ? `, or raise maxPlayers` : "";
  throw new InvalidArgumentError(
    `exact Shapley values of ${players} features take ${count} evaluations, more than maxPlayers ${maxPlayers} allows: ` +
      `use ShapleyValueSampling or KernelShap, group features with a feature mask${raise}`,
  );
}

/** How many subsets of size `k` a set of `n` has; exact as long as it fits a double. */
export function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) result = Math.round((result * (n - i + 1)) / i);
  return result;
}

function popcount(bits: number): number {
  let total = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) total++;
  return total;
}
