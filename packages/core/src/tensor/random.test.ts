import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { seededRandom } from "./random.ts";

const seeds = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });

describe("seededRandom", () => {
  test("gives these numbers on every platform", () => {
    const random = seededRandom(42);
    expect(Array.from({ length: 3 }, () => random.integer(2 ** 32))).toMatchInlineSnapshot(`
      [
        3165409311,
        1505989994,
        3401665482,
      ]
    `);
    expect(random.next()).toMatchInlineSnapshot(`0.7812718963048001`);
    expect([random.normal(), random.normal(), random.normal()]).toMatchInlineSnapshot(`
      [
        -0.290593108197186,
        0.2651739287173094,
        0.11735969748610403,
      ]
    `);
    expect([...random.permutation(8)]).toMatchInlineSnapshot(`
      [
        6,
        2,
        3,
        1,
        0,
        7,
        5,
        4,
      ]
    `);
    expect(random.fork("noise").next()).toMatchInlineSnapshot(`0.7676852617731627`);
  });

  test.prop([seeds])("the same seed gives the same stream", (seed) => {
    const draw = (): number[] => {
      const random = seededRandom(seed);
      return [random.next(), random.integer(10), random.normal(), ...random.permutation(5), random.fork("a").next()];
    };
    expect(draw()).toEqual(draw());
  });

  test.prop([fc.uniqueArray(seeds, { minLength: 2, maxLength: 2 })])("other seeds give other streams", ([a, b]) => {
    expect(seededRandom(a!).next()).not.toBe(seededRandom(b!).next());
  });

  test.prop([seeds, fc.string(), fc.nat(20)])(
    "a fork does not depend on what was drawn before, and takes nothing away",
    (seed, label, drawn) => {
      const fresh = seededRandom(seed);
      const used = seededRandom(seed);
      for (let i = 0; i < drawn; i++) used.normal();
      expect(used.fork(label).next()).toBe(fresh.fork(label).next());
      const alone = seededRandom(seed);
      expect(fresh.next()).toBe(alone.next());
    },
  );

  test.prop([seeds, fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 2 })])(
    "forks of two labels differ",
    (seed, [a, b]) => {
      const random = seededRandom(seed);
      expect(random.fork(a!).next()).not.toBe(random.fork(b!).next());
      expect(random.fork(a!).fork(b!).next()).not.toBe(random.fork(a! + b!).next());
    },
  );

  test.prop([seeds, fc.integer({ min: 0, max: 200 })])("a permutation holds every number once", (seed, n) => {
    expect([...seededRandom(seed).permutation(n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
  });

  test("numbers are uniform: chi-square over 64 classes and over all orders of four", () => {
    const random = seededRandom(7);
    const classes = new Array<number>(64).fill(0);
    for (let i = 0; i < 64_000; i++) classes[Math.floor(random.next() * 64)]!++;
    expect(chiSquare(classes, 1000)).toBeLessThan(120);
    const counts = new Array<number>(48).fill(0);
    for (let i = 0; i < 48_000; i++) counts[random.integer(48)]!++;
    expect(chiSquare(counts, 1000)).toBeLessThan(100);
    const orders = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const key = random.permutation(4).join("");
      orders.set(key, (orders.get(key) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    expect(chiSquare([...orders.values()], 1000)).toBeLessThan(60);
  });

  test("normal numbers have the moments of the normal distribution", () => {
    const random = seededRandom(3);
    const n = 100_000;
    const moments = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      for (let k = 0; k < 4; k++) moments[k]! += x ** (k + 1) / n;
    }
    for (const [k, expected] of [0, 1, 0, 3].entries()) expect(Math.abs(moments[k]! - expected)).toBeLessThan(0.06);
  });

  test("seeds and bounds that are no whole numbers are refused", () => {
    for (const seed of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])
      expect(() => seededRandom(seed)).toThrow("seed must be a whole number");
    const random = seededRandom(1);
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 33]) expect(() => random.integer(n)).toThrow(InvalidArgumentError);
    for (const n of [-1, 1.5, Number.NaN]) expect(() => random.permutation(n)).toThrow(InvalidArgumentError);
    expect(random.integer(1)).toBe(0);
  });
});

function chiSquare(counts: readonly number[], expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
