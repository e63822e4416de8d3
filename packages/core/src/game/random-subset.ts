import type { Random } from "../tensor/random.ts";
import type { BitMatrix } from "./bit-matrix.ts";

/** Draws subsets of a given size uniformly, in time proportional to the size (Floyd's method). */
export function addRandomSubset(matrix: BitMatrix, row: number, size: number, random: Random): void {
  const { columns } = matrix;
  for (let last = columns - size; last < columns; last++) {
    const pick = random.integer(last + 1);
    matrix.set(row, matrix.get(row, pick) ? last : pick, true);
  }
}

/** Calls `visit` with every way to pick `size` of `0 .. count − 1`, ascending, in lexicographic order. The array is reused. */
export function eachSubset(count: number, size: number, visit: (picked: Int32Array) => void): void {
  if (size > count) return;
  const picked = Int32Array.from({ length: size }, (_, i) => i);
  for (;;) {
    visit(picked);
    let at = size - 1;
    while (at >= 0 && picked[at] === count - size + at) at--;
    if (at < 0) return;
    picked[at]!++;
    for (let i = at + 1; i < size; i++) picked[i] = picked[i - 1]! + 1;
  }
}
