import { fc } from "@fast-check/vitest";
import { BitMatrix } from "./bit-matrix.ts";
import type { Estimate, Game } from "./game.ts";

/** A game given by a table of worths, `[2^players][outputs]`, that counts what it was asked. */
export interface TableGame extends Game {
  readonly table: readonly Float64Array[];
  /** The coalitions asked for, as numbers, in order. */
  readonly asked: number[];
  /** How many coalitions each request held. */
  readonly requests: number[];
}

export function tableGame(table: readonly (readonly number[] | Float64Array)[], batchSize = 4): TableGame {
  const players = Math.log2(table.length);
  const asked: number[] = [];
  const requests: number[] = [];
  return {
    players,
    batchSize,
    table: table.map((row) => Float64Array.from(row)),
    asked,
    requests,
    async *value(coalitions, signal) {
      requests.push(coalitions.rows);
      for (let row = 0; row < coalitions.rows; row++) {
        signal?.throwIfAborted();
        const coalition = coalitions.words[row]!;
        asked.push(coalition);
        yield Float64Array.from(table[coalition]!);
      }
    },
  };
}

/** Random games of few players with worths of moderate size. */
export function arbitraryGame({ players = 6, outputs = 3 } = {}): fc.Arbitrary<TableGame> {
  const worth = fc.double({ min: -100, max: 100, noNaN: true });
  return fc
    .tuple(fc.integer({ min: 1, max: players }), fc.integer({ min: 1, max: outputs }), fc.integer({ min: 1, max: 9 }))
    .chain(([count, width, batch]) =>
      fc
        .array(fc.array(worth, { minLength: width, maxLength: width }), { minLength: 2 ** count, maxLength: 2 ** count })
        .map((table) => tableGame(table, batch)),
    );
}

/** Shapley values by all orders of the players: the definition, written down naively. `[outputs][players]`. */
export function shapleyByOrders(table: readonly Float64Array[]): Float64Array {
  const players = Math.log2(table.length);
  const outputs = table[0]!.length;
  const values = new Float64Array(players * outputs);
  let count = 0;
  const walk = (order: number[]): void => {
    if (order.length === players) {
      count++;
      let coalition = 0;
      for (const player of order) {
        const next = coalition | (1 << player);
        for (let output = 0; output < outputs; output++)
          values[output * players + player]! += table[next]![output]! - table[coalition]![output]!;
        coalition = next;
      }
      return;
    }
    for (let player = 0; player < players; player++) if (!order.includes(player)) walk([...order, player]);
  };
  walk([]);
  return values.map((value) => value / count);
}

export async function last(estimates: AsyncIterable<Estimate>): Promise<Estimate> {
  let final: Estimate | undefined;
  for await (const estimate of estimates) final = estimate;
  if (!final) throw new Error("no estimate was yielded");
  return final;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export function coalitionsOf(players: number, numbers: readonly number[]): BitMatrix {
  const matrix = new BitMatrix(numbers.length, players);
  numbers.forEach((bits, row) => {
    matrix.words[row] = bits;
  });
  return matrix;
}

/** The largest absolute difference of two arrays of equal length. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

/** An additive game plus pairwise interactions over many players, with its Shapley values in closed form. */
export function pairwiseGame(players: number, seed: number, batchSize = 64): Game & { readonly shapley: Float64Array } {
  const single = Float64Array.from({ length: players }, (_, i) => Math.sin(seed + 3 * i));
  const pairs: [number, number, number][] = [];
  for (let i = 0; i < players; i++) pairs.push([i, (i * 7 + 3) % players, Math.cos(seed * 5 + i)]);
  const shapley = Float64Array.from(single);
  for (const [a, b, strength] of pairs) {
    if (a === b) shapley[a]! += strength;
    else {
      shapley[a]! += strength / 2;
      shapley[b]! += strength / 2;
    }
  }
  return {
    players,
    batchSize,
    shapley,
    async *value(coalitions) {
      for (let row = 0; row < coalitions.rows; row++) {
        let worth = 5;
        for (let player = 0; player < players; player++) if (coalitions.get(row, player)) worth += single[player]!;
        for (const [a, b, strength] of pairs) if (coalitions.get(row, a) && coalitions.get(row, b)) worth += strength;
        yield Float64Array.of(worth);
      }
    },
  };
}

/** A game of many players whose worth is a product of bounded terms: interactions of every order. */
export function smoothGame(players: number, seed: number): Game {
  return {
    players,
    batchSize: 64,
    async *value(coalitions) {
      for (let row = 0; row < coalitions.rows; row++) {
        let sum = -1;
        for (let player = 0; player < players; player++) if (coalitions.get(row, player)) sum += Math.sin(seed + 3 * player);
        yield Float64Array.of(Math.tanh(sum), 3 * sum);
      }
    },
  };
}
