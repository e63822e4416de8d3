import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { symmetricSolver } from "./cholesky.ts";

const entry = fc.double({ min: -2, max: 2, noNaN: true });

/** `A = B Bᵀ` of random `B`, row-major, with `rank` columns. */
function gram(b: readonly (readonly number[])[]): Float64Array {
  const size = b.length;
  return Float64Array.from({ length: size * size }, (_, at) => {
    const row = b[Math.floor(at / size)]!;
    const other = b[at % size]!;
    return row.reduce((sum, value, k) => sum + value * other[k]!, 0);
  });
}

function times(matrix: Float64Array, size: number, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) y[i]! += matrix[i * size + j]! * x[j]!;
  return y;
}

const matrices = (rank: (size: number) => number) =>
  fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.record({
      b: fc.array(fc.array(entry, { minLength: rank(size), maxLength: rank(size) }), { minLength: size, maxLength: size }),
      x: fc.array(entry, { minLength: size, maxLength: size }),
    }),
  );

describe("symmetricSolver", () => {
  test.prop([matrices((size) => size + 4)])("solves what it multiplies", ({ b, x }) => {
    const size = b.length;
    const matrix = gram(b);
    for (let i = 0; i < size; i++) matrix[i * size + i]! += 0.1;
    const solver = symmetricSolver(matrix, size);
    const solution = times(matrix, size, x);
    solver.solve(solution);
    expect(solver.singular).toBe(false);
    for (let i = 0; i < size; i++) expect(solution[i]).toBeCloseTo(x[i]!, 8);
  });

  test.prop([matrices((size) => Math.ceil(size / 2))])("a singular system gets a finite answer that solves it", ({ b, x }) => {
    const size = b.length;
    const matrix = gram(b);
    const right = times(matrix, size, x);
    const solution = Float64Array.from(right);
    symmetricSolver(matrix, size).solve(solution);
    expect(solution.every(Number.isFinite)).toBe(true);
    const back = times(matrix, size, solution);
    for (let i = 0; i < size; i++) expect(back[i]).toBeCloseTo(right[i]!, 5);
  });

  test("of the answers to a singular system it is the one of least norm", () => {
    const solver = symmetricSolver(Float64Array.of(1, 1, 0, 1, 1, 0, 0, 0, 0), 3);
    const x = Float64Array.of(3, 3, 0);
    solver.solve(x);
    expect(solver.singular).toBe(true);
    expect(x[0]).toBeCloseTo(1.5, 6);
    expect(x[1]).toBeCloseTo(1.5, 6);
    expect(x[2]).toBe(0);
  });

  test("the empty and the zero matrix have finite answers", () => {
    symmetricSolver(new Float64Array(0), 0).solve(new Float64Array(0));
    const x = Float64Array.of(0, 0);
    symmetricSolver(new Float64Array(4), 2).solve(x);
    expect([...x]).toEqual([0, 0]);
  });

  test("a matrix of next to nothing is as good as zero", () => {
    const x = Float64Array.of(0, 0);
    symmetricSolver(Float64Array.of(0, 0, 0, 5e-324), 2).solve(x);
    expect([...x]).toEqual([0, 0]);
  });
});
