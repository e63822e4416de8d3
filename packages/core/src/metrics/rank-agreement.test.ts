import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { rankCorrelation, topAgreement } from "./rank-agreement.ts";

// Few different numbers, so that many are equal.
const scores = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 }));
const pairs = fc.array(fc.tuple(scores, scores), { maxLength: 12 });
const split = (list: readonly (readonly [number, number])[]): [number[], number[]] => [
  list.map(([a]) => a),
  list.map(([, b]) => b),
];

/** Spearman's correlation as textbooks write it: Pearson's, of the mean of all places that a number could take. */
function slowCorrelation(one: readonly number[], other: readonly number[]): number {
  const rank = (numbers: readonly number[]): number[] =>
    numbers.map((number) => {
      const below = numbers.filter((another) => another < number).length;
      const equal = numbers.filter((another) => another === number).length;
      return below + (equal - 1) / 2;
    });
  const [a, b] = [rank(one), rank(other)];
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = a.reduce((sum, x, i) => sum + (x - ma) * (b[i]! - mb), 0);
  const spread = (numbers: readonly number[], m: number): number => numbers.reduce((sum, x) => sum + (x - m) ** 2, 0);
  return covariance / Math.sqrt(spread(a, ma) * spread(b, mb));
}

describe("rankCorrelation", () => {
  test.prop([pairs])("is Pearson's correlation of the ranks", (list) => {
    const [one, other] = split(list);
    const expected = slowCorrelation(one, other);
    if (Number.isNaN(expected)) expect(rankCorrelation(one, other)).toBeNaN();
    else expect(rankCorrelation(one, other)).toBeCloseTo(expected, 10);
  });

  test.prop([pairs])("knows neither direction nor scale: it is symmetric, and rising functions change nothing", (list) => {
    const [one, other] = split(list);
    expect(rankCorrelation(other, one)).toEqual(rankCorrelation(one, other));
    // Exact, so that no two numbers become equal.
    const risen = rankCorrelation(
      one.map((score) => 8 * score),
      other,
    );
    expect(risen).toEqual(rankCorrelation(one, other));
  });

  test("is 1 for the same order, -1 for the opposite one, and what is NaN does not count", () => {
    expect(rankCorrelation([1, 2, 30], [-5, 0, 0.1])).toBe(1);
    expect(rankCorrelation([1, 2, 30], [5, 4, -1])).toBe(-1);
    expect(rankCorrelation([1, Number.NaN, 2, 30], [-5, 9, 0, Number.POSITIVE_INFINITY])).toBe(1);
    expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBeNaN();
    expect(rankCorrelation([1], [1])).toBeNaN();
    expect(() => rankCorrelation([1], [1, 2])).toThrow("the two lists must be over the same features, got 1 and 2 numbers");
  });
});

describe("topAgreement", () => {
  test.prop([pairs, fc.integer({ min: 1, max: 6 })])("counts what the lists of strongest features share", (list, count) => {
    const [one, other] = split(list);
    const top = (numbers: readonly number[]): number[] =>
      numbers
        .map((_, index) => index)
        .filter((index) => numbers[index] !== 0)
        .sort((i, j) => Math.abs(numbers[j]!) - Math.abs(numbers[i]!) || i - j)
        .slice(0, count);
    const shared = top(one).filter((index) => top(other).includes(index));
    const found = topAgreement(one, other, count);
    expect(found.of).toBe(Math.max(top(one).length, top(other).length));
    expect(found.shared).toBe(shared.length);
    expect(found.sameSign).toBe(shared.filter((index) => one[index]! > 0 === other[index]! > 0).length);
    expect(topAgreement(other, one, count)).toEqual(found);
  });

  test("with itself it is whole, with its opposite no sign is the same", () => {
    const one = [3, -2, 0, 0.5, Number.NaN];
    const opposite = one.map((score) => -score);
    expect(topAgreement(one, one, 2)).toEqual({ of: 2, shared: 2, sameSign: 2 });
    expect(topAgreement(one, opposite, 9)).toEqual({ of: 3, shared: 3, sameSign: 0 });
    expect(() => topAgreement(one, one, 0)).toThrow("count must be a whole number from 1 up, got 0");
  });
});
