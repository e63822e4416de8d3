import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { lasso } from "./lasso.ts";

const entry = fc.double({ min: -2, max: 2, noNaN: true });
const problems = fc.integer({ min: 1, max: 6 }).chain((size) =>
  fc.record({
    b: fc.array(fc.array(entry, { minLength: size + 3, maxLength: size + 3 }), { minLength: size, maxLength: size }),
    c: fc.array(entry, { minLength: size, maxLength: size }),
    alpha: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);

function objective(matrix: Float64Array, c: readonly number[], alpha: number, x: ArrayLike<number>): number {
  const size = c.length;
  let value = 0;
  for (let i = 0; i < size; i++) {
    value += alpha * Math.abs(x[i]!) - c[i]! * x[i]!;
    for (let j = 0; j < size; j++) value += 0.5 * matrix[i * size + j]! * x[i]! * x[j]!;
  }
  return value;
}

function covariance(b: readonly (readonly number[])[]): Float64Array {
  const size = b.length;
  const matrix = Float64Array.from({ length: size * size }, (_, at) =>
    b[Math.floor(at / size)]!.reduce((sum, value, k) => sum + value * b[at % size]![k]!, 0),
  );
  for (let i = 0; i < size; i++) matrix[i * size + i]! += 0.1;
  return matrix;
}

describe("lasso", () => {
  test.prop([problems])("meets the conditions of the minimum", ({ b, c, alpha }) => {
    const size = c.length;
    const matrix = covariance(b);
    const x = new Float64Array(size);
    lasso(matrix, size, Float64Array.from(c), alpha, x);
    for (let i = 0; i < size; i++) {
      let gradient = c[i]!;
      for (let j = 0; j < size; j++) gradient -= matrix[i * size + j]! * x[j]!;
      if (x[i] === 0) expect(Math.abs(gradient)).toBeLessThanOrEqual(alpha + 1e-6);
      else expect(gradient).toBeCloseTo(Math.sign(x[i]!) * alpha, 5);
    }
  });

  test.prop([problems, fc.array(entry, { minLength: 6, maxLength: 6 })])("no other point is better", ({ b, c, alpha }, move) => {
    const size = c.length;
    const matrix = covariance(b);
    const x = new Float64Array(size);
    lasso(matrix, size, Float64Array.from(c), alpha, x);
    const other = x.map((value, i) => value + move[i]! / 10);
    expect(objective(matrix, c, alpha, x)).toBeLessThanOrEqual(objective(matrix, c, alpha, other) + 1e-9);
  });

  test("one feature is the soft threshold", () => {
    const x = new Float64Array(1);
    lasso(Float64Array.of(2), 1, Float64Array.of(3), 1, x);
    expect(x[0]).toBe(1);
    lasso(Float64Array.of(2), 1, Float64Array.of(-0.5), 1, x);
    expect(x[0]).toBe(0);
  });

  test("features without variance stay at zero and numbers that are none end the descent", () => {
    const x = new Float64Array(2);
    lasso(Float64Array.of(0, 0, 0, 1), 2, Float64Array.of(5, Number.NaN), 0, x);
    expect([...x]).toEqual([0, 0]);
  });
});
