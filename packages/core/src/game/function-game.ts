import { checkWhole } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { AbortSignalLike } from "../signal.ts";
import type { BitMatrix } from "./bit-matrix.ts";
import type { Game } from "./game.ts";

/** What a coalition is worth: one number, or one number an output. */
export type CharacteristicFunction = (
  coalition: ReadonlySet<number>,
  signal?: AbortSignalLike,
) => number | ArrayLike<number> | Promise<number | ArrayLike<number>>;

/** How a function is asked as a game. */
export interface FunctionGameOptions {
  /** Coalitions evaluated at the same time, for functions that wait for something. @defaultValue 1 */
  readonly batchSize?: number | undefined;
}

/**
 * A game of a characteristic function of one's own: players are `0 .. players − 1`, and the function gets the set of those
 * present.
 *
 * @example
 * ```ts
 * import { exactShapley, functionGame } from "@attr/core";
 *
 * const gloves = functionGame(3, (coalition) => (coalition.has(0) && coalition.size > 1 ? 1 : 0));
 * for await (const estimate of exactShapley(gloves)) console.log(estimate.values); // 2/3, 1/6, 1/6
 * ```
 */
export function functionGame(players: number, worth: CharacteristicFunction, options: FunctionGameOptions = {}): Game {
  checkWhole("players", players, 0);
  const batchSize = options.batchSize ?? 1;
  if (!(batchSize >= 1)) throw new InvalidArgumentError(`batchSize must be at least 1, got ${batchSize}`);
  let outputs: number | undefined;

  async function evaluate(coalitions: BitMatrix, row: number, signal: AbortSignalLike | undefined): Promise<Float64Array> {
    const present = new Set<number>();
    for (let player = 0; player < players; player++) if (coalitions.get(row, player)) present.add(player);
    const value = await worth(present, signal);
    const numbers = typeof value === "number" ? Float64Array.of(value) : Float64Array.from(value);
    outputs ??= numbers.length;
    if (numbers.length !== outputs)
      throw new InvalidArgumentError(
        `the characteristic function must give as many numbers for every coalition, got ${outputs} and then ${numbers.length}`,
      );
    return numbers;
  }

  return {
    players,
    batchSize,
    async *value(coalitions, signal) {
      for (let start = 0; start < coalitions.rows; start += batchSize) {
        signal?.throwIfAborted();
        const end = Math.min(coalitions.rows, start + batchSize);
        const running: Promise<Float64Array>[] = [];
        for (let row = start; row < end; row++) running.push(evaluate(coalitions, row, signal));
        yield* await Promise.all(running);
      }
    },
  };
}
