import { AttributionError } from "../errors.ts";
import type { AbortSignalLike } from "../signal.ts";
import { BitMatrix } from "./bit-matrix.ts";
import type { CoalitionCache } from "./coalition-cache.ts";
import type { EstimatorOptions, Game } from "./game.ts";

/** Writes coalition number `index` of an estimator's plan into an empty row. Called once for every index, in order. */
export type FillRow = (coalitions: BitMatrix, row: number, index: number) => void;

const requestBytes = 1 << 24;

/** Coalitions to ask a game for at a time: its batch size, held within a request of 16 MiB of bits. */
export function requestSize(game: Game): number {
  const wanted = Number.isFinite(game.batchSize) ? Math.max(1, Math.floor(game.batchSize)) : 1024;
  const rowBytes = 4 * Math.max(1, Math.ceil(game.players / 32));
  return Math.max(1, Math.min(wanted, Math.floor(requestBytes / rowBytes)));
}

/** The worth of `count` coalitions, in order, asked for in requests of the game's batch size. */
export async function* evaluate(
  game: Game,
  count: number,
  fill: FillRow,
  options: EstimatorOptions,
): AsyncGenerator<Float64Array, void, void> {
  const size = requestSize(game);
  let done = 0;
  for (let start = 0; start < count; start += size) {
    const coalitions = new BitMatrix(Math.min(size, count - start), game.players);
    for (let row = 0; row < coalitions.rows; row++) fill(coalitions, row, start + row);
    for await (const worth of ask(game, coalitions, options.signal)) {
      options.onProgress?.({ done: ++done, total: count, unit: "coalitions" });
      yield worth;
    }
  }
}

/** How many coalitions {@link evaluateDistinct} has asked the game for. */
export interface DistinctCount {
  evaluated: number;
}

/**
 * The worth of `count` coalitions, in order, where some may be equal: each is asked for once. Requests are filled across repeats,
 * so that a game's batches are full whatever the plan repeats.
 */
export async function* evaluateDistinct(
  game: Game,
  cache: CoalitionCache,
  tally: DistinctCount,
  count: number,
  fill: FillRow,
  options: EstimatorOptions,
): AsyncGenerator<Float64Array, void, void> {
  const size = requestSize(game);
  const longestQueue = 16 * size;
  let queue: Slot[] = [];
  let request = new BitMatrix(size, game.players);
  let wanted = new Map<string, Slot>();
  let done = 0;
  for (let index = 0; index < count; index++) {
    // The row is written where the request would take it, and wiped when the coalition turns out to be known.
    const row = wanted.size;
    fill(request, row, index);
    const key = request.key(row);
    const known = cache.get(key);
    const pending = wanted.get(key);
    const slot: Slot = known ? { worth: known } : (pending ?? { worth: undefined });
    if (known || pending) request.words.fill(0, row * request.stride, (row + 1) * request.stride);
    else wanted.set(key, slot);
    queue.push(slot);
    const isLast = index === count - 1;
    if (wanted.size === size || queue.length >= longestQueue || (isLast && wanted.size > 0)) {
      const asked = wanted.size === size ? request : new BitMatrix(wanted.size, game.players, head(request, wanted.size));
      const slots = wanted.entries();
      for await (const worth of ask(game, asked, options.signal)) {
        // `ask` yields exactly one worth for every row, and there is one entry a row.
        const [wantedKey, wantedSlot] = slots.next().value as [string, Slot];
        wantedSlot.worth = worth;
        cache.set(wantedKey, worth);
        tally.evaluated++;
      }
      request = new BitMatrix(size, game.players);
      wanted = new Map();
    }
    if (wanted.size === 0) {
      for (const { worth } of queue) {
        options.onProgress?.({ done: ++done, total: count, unit: "coalitions" });
        yield worth!; // nothing is pending, so every slot is filled
      }
      queue = [];
    }
  }
}

interface Slot {
  worth: Float64Array | undefined;
}

function head(matrix: BitMatrix, rows: number): Uint32Array {
  return matrix.words.slice(0, rows * matrix.stride);
}

/** One request to a game, checked: as many answers as rows, all of one length, and a stop between two of them when aborted. */
export async function* ask(
  game: Game,
  coalitions: BitMatrix,
  signal: AbortSignalLike | undefined,
): AsyncGenerator<Float64Array, void, void> {
  signal?.throwIfAborted();
  let answers = 0;
  for await (const worth of game.value(coalitions, signal)) {
    signal?.throwIfAborted();
    if (++answers > coalitions.rows) break;
    yield worth;
  }
  if (answers !== coalitions.rows)
    throw new AttributionError(
      `the game's value() must yield one array for each of the ${coalitions.rows} coalitions asked for, got ${answers > coalitions.rows ? "more" : answers}`,
    );
}
