import type { AbortSignalLike } from "../signal.ts";
import type { BitMatrix } from "./bit-matrix.ts";
import { CoalitionCache } from "./coalition-cache.ts";
import { ask, requestSize } from "./evaluate.ts";
import type { Game } from "./game.ts";

/** A game that remembers what coalitions are worth. */
export interface MemoisedGame extends Game {
  /** Coalitions the game underneath was asked for so far, each counted once. */
  readonly evaluated: number;
}

/** How much a game may remember. */
export interface MemoiseOptions {
  /** Memory the answers may hold; beyond it the oldest are forgotten. @defaultValue no bound */
  readonly maxBytes?: number | undefined;
}

/**
 * The same game, asked for no coalition twice: repeats within a request, across requests and across requests that run at the
 * same time are answered from memory. Answers are kept as long as the returned game is.
 */
export function memoise(game: Game, options: MemoiseOptions = {}): MemoisedGame {
  const cache = new CoalitionCache(options.maxBytes);
  const underway = new Map<string, Promise<void>>();
  let evaluated = 0;

  async function fetch(
    coalitions: BitMatrix,
    keys: readonly string[],
    signal: AbortSignalLike | undefined,
  ): Promise<Float64Array[]> {
    const worths: Float64Array[] = [];
    for await (const worth of ask(game, coalitions, signal)) {
      cache.set(keys[worths.length]!, worth);
      worths.push(worth);
      evaluated++;
    }
    return worths;
  }

  async function* value(coalitions: BitMatrix, signal?: AbortSignalLike): AsyncGenerator<Float64Array, void, void> {
    const size = requestSize(game);
    // Answers of this request are held here too: a bounded cache may forget them before they are handed out.
    const answers = new Map<string, Float64Array>();
    let next = 0;
    while (next < coalitions.rows) {
      signal?.throwIfAborted();
      const rows: number[] = [];
      const keys: string[] = [];
      const claimed = new Set<string>();
      const others: Promise<void>[] = [];
      for (let row = next; row < coalitions.rows && rows.length < size; row++) {
        const key = coalitions.key(row);
        if (answers.has(key) || claimed.has(key)) continue;
        const known = cache.get(key);
        if (known) {
          answers.set(key, known);
          continue;
        }
        const running = underway.get(key);
        if (running !== undefined) {
          others.push(running);
          continue;
        }
        claimed.add(key);
        rows.push(row);
        keys.push(key);
      }
      if (rows.length > 0) {
        // Run to its end whether or not the answers are taken one by one, so that no one who waits for it can wait for ever.
        const work = fetch(coalitions.select(rows), keys, signal);
        const settled = work.then(ignore, ignore);
        for (const key of keys) underway.set(key, settled);
        try {
          const worths = await work;
          for (let i = 0; i < keys.length; i++) answers.set(keys[i]!, worths[i]!);
        } finally {
          for (const key of keys) underway.delete(key);
        }
      } else if (others.length > 0) await Promise.all(others); // whoever ran them may have failed: the next round looks again
      for (; next < coalitions.rows; next++) {
        const key = coalitions.key(next);
        const worth = answers.get(key) ?? cache.get(key);
        if (!worth) break;
        yield worth;
      }
    }
  }

  return {
    players: game.players,
    batchSize: game.batchSize,
    get evaluated() {
      return evaluated;
    },
    value,
    ...(game.distances && { distances: game.distances.bind(game) }),
  };
}

function ignore(): void {}
