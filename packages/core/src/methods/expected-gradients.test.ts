import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { affine } from "../../../testing/src/host/host-graph.ts";
import { ExpectedGradients } from "./expected-gradients.ts";
import { graph, smoothNetwork } from "./gradient-models.fixture.ts";
import { GradientShap } from "./gradient-shap.ts";
import { IntegratedGradients } from "./integrated-gradients.ts";
import { arbitraryInputs } from "./random-models.fixture.ts";

const seeds = fc.integer({ min: 0, max: 10_000 });
const few = { numRuns: 6 };
const baselines = { a: [[0, 0, 0], [1, -1, 0.5], [0.2, 2, -1]], b: [[0, 1], [1, 1], [-1, 0.3]] }; // biome-ignore format: matrices

describe("ExpectedGradients", () => {
  test.prop([seeds, arbitraryInputs], few)(
    "comes near the mean of integrated gradients over the baselines",
    async (seed, inputs) => {
      const model = smoothNetwork(seed);
      const { attributions } = await new ExpectedGradients(model).attribute(inputs, { baselines, samples: 300, seed });
      const single = await Promise.all(
        [0, 1, 2].map(
          async (row) =>
            await new IntegratedGradients(model).attribute(inputs, {
              baselines: { a: [baselines.a[row]!], b: [baselines.b[row]!] },
              steps: 60,
            }),
        ),
      );
      for (const name of ["a", "b"]) {
        const largest = Math.max(
          1,
          ...single.flatMap((one) => [...one.attributions[name]!.data].map((x) => Math.abs(Number(x)))),
        );
        attributions[name]!.data.forEach((value, i) => {
          const mean = single.reduce((sum, one) => sum + Number(one.attributions[name]!.data[i]) / 3, 0);
          expect(Math.abs(Number(value) - mean)).toBeLessThan(0.02 * largest);
        });
      }
    },
  );

  test("is nearer completeness than as many independent draws, and says how near", async () => {
    const inputs = { a: [[0.4, -0.3, 0.8], [1, 0.5, -1]], b: [[0.2, 0.5], [-1, 2]] }; // biome-ignore format: matrices
    const missing = async (method: ExpectedGradients | GradientShap): Promise<number> => {
      let sum = 0;
      for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
        const { delta, baseValue, value } = await method.attribute(inputs, { baselines, samples: 60, seed });
        expect(baseValue!.shape).toEqual(value!.shape);
        for (const gap of delta!.data) sum += Number(gap) ** 2;
      }
      return sum;
    };
    for (const seed of [3, 4, 5]) {
      const model = smoothNetwork(seed);
      const [even, independent] = [await missing(new ExpectedGradients(model)), await missing(new GradientShap(model))];
      expect(even).toBeLessThan(0.5 * independent);
      expect(even).toBeGreaterThan(0);
    }
  });

  test.prop([seeds, fc.integer({ min: 1, max: 9 })], few)(
    "is the same for the same seed, and takes every baseline as often as any other",
    async (seed, times) => {
      // x · b of the baselines is the gradient's share: with a linear model the draws' baselines alone are left.
      const model = graph(["x"], [affine("out", "x", 1)], "out");
      const of = { x: [[2]] }; // biome-ignore format: a matrix
      const rows = { x: [[0], [4], [16]] }; // biome-ignore format: a matrix
      const ask = async (samples: number): Promise<number[]> =>
        [...(await new ExpectedGradients(model).attribute(of, { baselines: rows, samples, seed })).attributions["x"]!.data].map(
          Number,
        );
      expect(await ask(7)).toEqual(await ask(7));
      expect((await ask(3 * times))[0]).toBeCloseTo(2 - 20 / 3, 9);
    },
  );

  test("refuses samples that are no number of draws", async () => {
    const method = new ExpectedGradients(smoothNetwork(1));
    await expect(method.attribute({ a: [[1, 2, 3]], b: [[1, 2]] }, { samples: 0 })).rejects.toThrow(
      "samples must be a whole number from 1 up, got 0",
    );
  });
});
