import type { HostData } from "../tensor/tensor.ts";
import type { CausalLmCacheEntry } from "./causal-lm-layout.ts";

type Floats = Float32Array | Float64Array;

/** Keys and values of one row's first `length` tokens: one array a cache entry, laid out as the entry without its batch axis. */
export interface KeptCache {
  readonly length: number;
  readonly entries: readonly Floats[];
}

/** A row that goes on from the first `start` tokens of a kept cache (of none where `start` is 0). */
export interface PastOfRow {
  readonly start: number;
  readonly kept: KeptCache | undefined;
}

/** Sizes before and after the axis that grows. */
function around(entry: CausalLmCacheEntry): { readonly outer: number; readonly inner: number } {
  const axis = entry.shape.indexOf("past");
  const product = (sizes: readonly (number | "past")[]): number => sizes.reduce<number>((total, size) => total * Number(size), 1);
  return { outer: product(entry.shape.slice(0, axis)), inner: product(entry.shape.slice(axis + 1)) };
}

/** The shape of an entry for `rows` rows of `length` tokens. */
export function cacheShape(entry: CausalLmCacheEntry, rows: number, length: number): number[] {
  return [rows, ...entry.shape.map((size) => (size === "past" ? length : size))];
}

/** Bytes that the keys and values of one token take. */
export function cacheBytesPerToken(cache: readonly CausalLmCacheEntry[], bytesPerElement: number): number {
  return cache.reduce((total, entry) => total + around(entry).outer * around(entry).inner * bytesPerElement, 0);
}

/** Copies `count` tokens' keys and values, from token `from` on, out of row `row` of what a call gave. */
export function keepRow(
  cache: readonly CausalLmCacheEntry[],
  present: readonly HostData[],
  row: number,
  from: number,
  count: number,
): KeptCache {
  const entries = cache.map((entry, index) => {
    const { outer, inner } = around(entry);
    // The shape was checked when the call came back, so the row's block is there; the dtype was checked with the layout.
    const data = present[index]!.data as Floats;
    const total = present[index]!.shape[1 + entry.shape.indexOf("past")]!;
    const kept = data instanceof Float64Array ? new Float64Array(outer * count * inner) : new Float32Array(outer * count * inner);
    for (let block = 0; block < outer; block++) {
      const start = ((row * outer + block) * total + from) * inner;
      kept.set(data.subarray(start, start + count * inner), block * count * inner);
    }
    return kept;
  });
  return { length: count, entries };
}

/**
 * Puts the pasts of several rows into one entry of `length` tokens. Shorter pasts stand at the end of it, next to the new tokens, so that
 * the distance between two tokens of a row is what it is without padding.
 */
export function joinPasts(
  entry: CausalLmCacheEntry,
  index: number,
  rows: readonly PastOfRow[],
  length: number,
  dtype: "float32" | "float64",
): HostData {
  const { outer, inner } = around(entry);
  const size = rows.length * outer * length * inner;
  const data = dtype === "float64" ? new Float64Array(size) : new Float32Array(size);
  for (const [row, { start, kept }] of rows.entries()) {
    if (kept === undefined || start === 0) continue;
    const from = kept.entries[index]!;
    for (let block = 0; block < outer; block++) {
      const source = block * kept.length * inner;
      const target = ((row * outer + block) * length + length - start) * inner;
      data.set(from.subarray(source, source + start * inner), target);
    }
  }
  return { data, shape: cacheShape(entry, rows.length, length), dtype };
}
