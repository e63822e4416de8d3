import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { functionModel } from "../model/function-model.ts";
import type { Model } from "../model/model.ts";
import type { AttributionResult } from "./attribution-result.ts";
import { FeaturePermutation } from "./feature-permutation.ts";

/** The product of two columns: what a column is worth depends on the row it comes to. */
function product(seen: number[][] = []): Model {
  return functionModel<"x">(
    ({ x }) =>
      Array.from({ length: x.shape[0]! }, (_, row) => {
        const values = [...x.data.slice(2 * row, 2 * row + 2)].map(Number);
        seen.push(values);
        return values[0]! * values[1]!;
      }),
    { inputs: ["x"] },
  );
}

const examples = (count: number): number[][] => Array.from({ length: count }, (_, i) => [i + 1, 10 * (i + 1)]);

describe("FeaturePermutation", () => {
  test.prop([fc.integer({ min: 2, max: 7 }), fc.integer({ min: 1, max: 6 }), fc.nat()])(
    "moves a feature between examples, never to where it was for all, and runs the inputs once",
    async (count, samples, seed) => {
      const seen: number[][] = [];
      const { evaluations } = await new FeaturePermutation(product(seen)).attribute({ x: examples(count) }, { samples, seed });
      let orders = 1;
      for (let i = 2; i <= count; i++) orders *= i;
      const permutations = Math.min(samples, orders - 1);
      expect(evaluations.rows).toBe((2 * permutations + 1) * count);
      expect(seen.slice(0, count)).toEqual(examples(count));
      const passes = Array.from({ length: 2 * permutations }, (_, pass) => seen.slice((pass + 1) * count, (pass + 2) * count));
      for (const [pass, rows] of passes.entries()) {
        const moved = pass % 2; // features take turns
        expect(rows.map((row) => row[1 - moved])).toEqual(examples(count).map((row) => row[1 - moved]));
        expect(rows.map((row) => row[moved]).toSorted((a, b) => a! - b!)).toEqual(examples(count).map((row) => row[moved]));
        expect(rows).not.toEqual(examples(count));
      }
      expect(new Set(passes.map((rows) => JSON.stringify(rows))).size).toBe(2 * permutations);
    },
  );

  test("where all orders are within the samples the mean is over all of them, without error", async () => {
    const x = examples(3);
    const { attributions, standardErrors } = await new FeaturePermutation(product()).attribute({ x }, { samples: 5 });
    // Over the 5 orders of three that are not their own, each other example stands at a place twice and the own one once.
    x.forEach((row, i) => {
      const others = x.reduce((sum, other) => sum + 2 * other[0]!, 0) - row[0]!;
      expect(Number(attributions["x"]!.data[2 * i])).toBeCloseTo((row[0]! - others / 5) * row[1]!, 5);
    });
    expect([...standardErrors!["x"]!.data]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("standard errors are of the size of the differences between seeds", async () => {
    const x = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(2 * i)]);
    const values: number[] = [];
    let claimed = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { attributions, standardErrors } = await new FeaturePermutation(product()).attribute({ x }, { samples: 8, seed });
      values.push(Number(attributions["x"]!.data[2]));
      claimed += Number(standardErrors!["x"]!.data[2]) ** 2 / 60;
    }
    const mean = values.reduce((a, b) => a + b) / 60;
    const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 59;
    expect(Math.sqrt(spread / claimed)).toBeGreaterThan(0.7);
    expect(Math.sqrt(spread / claimed)).toBeLessThan(1.4);
  });

  test("a stream has a result after every permutation, and its last is what attribute gives", async () => {
    const x = examples(6);
    const results: AttributionResult[] = [];
    for await (const result of new FeaturePermutation(product()).stream({ x }, { samples: 4 })) results.push(result);
    expect(results.map(({ evaluations }) => evaluations.coalitions)).toEqual([3, 5, 7, 9]);
    expect(results.map(({ standardErrors }) => standardErrors !== undefined)).toEqual([false, true, true, true]);
    expect(results.at(-1)).toEqual(await new FeaturePermutation(product()).attribute({ x }, { samples: 4 }));
  });

  test("a permutation of one's own is used as it is", async () => {
    const shift = new FeaturePermutation(product(), {
      permute: (count) => Array.from({ length: count }, (_, i) => (i + 1) % count),
    });
    const { attributions, standardErrors } = await shift.attribute({ x: examples(3) }, { samples: 1 });
    expect([...attributions["x"]!.data]).toEqual([10 - 20, 10 - 20, 40 - 60, 40 - 60, 90 - 30, 90 - 30]);
    expect(standardErrors).toBeUndefined();
  });

  test("permutations that are none are refused with a sentence", async () => {
    const x = examples(3);
    await expect(new FeaturePermutation(product(), { permute: () => [0, 1] }).attribute({ x })).rejects.toThrow(
      "permute must give one entry for each of the 3 examples, got 2",
    );
    await expect(new FeaturePermutation(product(), { permute: () => [0, 1, 3] }).attribute({ x })).rejects.toThrow(
      "permute must give numbers of examples, 0 to 2, got 3",
    );
    await expect(new FeaturePermutation(product()).attribute({ x }, { samples: 0 })).rejects.toThrow(
      "samples must be a whole number from 1 up, got 0",
    );
  });
});
