import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { linear } from "../../../testing/src/host/host-graph.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import { limitBatch } from "../model/limit-batch.ts";
import { tensor } from "../tensor/from.ts";
import { graph, rl, smoothNetwork } from "./gradient-models.fixture.ts";
import { GuidedIntegratedGradients } from "./guided-integrated-gradients.ts";
import { IntegratedGradients } from "./integrated-gradients.ts";
import { arbitraryInputs } from "./random-models.fixture.ts";

const seeds = fc.integer({ min: 0, max: 10_000 });
const few = { numRuns: 6 };

interface NaiveOptions {
  readonly steps: number;
  readonly fraction: number;
  readonly maxDistance: number;
}

/** The published procedure, one example and one number of the output at a time. */
async function naive(
  gradientAt: (x: readonly number[]) => Promise<number[]>,
  input: readonly number[],
  baseline: readonly number[],
  { steps, fraction, maxDistance }: NaiveOptions,
): Promise<number[]> {
  const at = (alpha: number): number[] => input.map((value, i) => baseline[i]! + (value - baseline[i]!) * alpha);
  const distance = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + Math.abs(value - y[i]!), 0);
  const whole = distance(input, baseline);
  let x = [...baseline];
  const attributions = input.map(() => 0);
  for (let step = 0; step < steps; step++) {
    const actual = await gradientAt(x);
    const gradient = [...actual];
    const alpha = (step + 1) / steps;
    const [least, most] = [Math.max(alpha - maxDistance, 0), Math.min(alpha + maxDistance, 1)];
    const [xLeast, xMost] = [at(least), at(most)];
    const target = whole * (1 - alpha);
    for (let gamma = Number.POSITIVE_INFINITY; gamma > 1; ) {
      const old = [...x];
      x = x.map((value, i) => {
        const share = (value - baseline[i]!) / (input[i]! - baseline[i]!);
        return (Number.isNaN(share) ? most : share) < least ? xLeast[i]! : value;
      });
      const current = distance(x, input);
      const close = Math.abs(current - target) <= 1e-12 * Math.max(1, whole);
      const free = x.map((value, i) => value !== xMost[i]);
      if (!close && free.includes(true)) {
        x.forEach((_, i) => {
          if (!free[i]) gradient[i] = Number.POSITIVE_INFINITY;
        });
        const sorted = gradient.map(Math.abs).sort((a, b) => a - b);
        const threshold = sorted[Math.floor(fraction * (sorted.length - 1))]!;
        const chosen = gradient.map((value, i) => free[i]! && Math.abs(value) <= threshold);
        const reach = x.reduce((sum, value, i) => sum + (chosen[i] ? Math.abs(value - xMost[i]!) : 0), 0);
        gamma = reach > 0 ? (current - target) / reach : Number.POSITIVE_INFINITY;
        const part = Math.min(1, gamma);
        x = x.map((value, i) => (chosen[i] ? (part === 1 ? xMost[i]! : value + part * (xMost[i]! - value)) : value));
      } else gamma = 0;
      x.forEach((value, i) => {
        attributions[i]! += (value - old[i]!) * actual[i]!;
      });
    }
  }
  return attributions;
}

function gradientOf(model: DifferentiableModel, target: number): (x: readonly number[]) => Promise<number[]> {
  return async (x) => {
    const feeds = { a: tensor([x.slice(0, 3)], "float64"), b: tensor([x.slice(3)], "float64") };
    const { gradients } = await model.gradient({ feeds, objective: { value: "out", index: [[target]] }, wrt: ["a", "b"] });
    const read = async (name: string): Promise<number[]> => [...(await model.backend.read(gradients[name]!)).data].map(Number);
    return [...(await read("a")), ...(await read("b"))];
  };
}

describe("GuidedIntegratedGradients", () => {
  const settings = fc.record({
    steps: fc.integer({ min: 1, max: 15 }),
    fraction: fc.constantFrom(0.1, 0.25, 0.5, 1),
    maxDistance: fc.constantFrom(0, 0.02, 0.3, 1),
  });
  test.prop([seeds, arbitraryInputs, settings], { numRuns: 40 })(
    "is the published procedure, one example and number of the output at a time",
    async (seed, inputs, options) => {
      const model = smoothNetwork(seed);
      const baselines = { a: [[0.5, -1, 0.25]], b: [[1, 0.125]] };
      const { attributions } = await new GuidedIntegratedGradients(model).attribute(inputs, { ...options, baselines });
      for (const [row, a] of inputs.a.entries())
        for (const target of [0, 1]) {
          const expected = await naive(
            gradientOf(model, target),
            [...a, ...inputs.b[row]!],
            [...baselines.a[0]!, ...baselines.b[0]!],
            options,
          );
          const part = (name: string, width: number): number[] =>
            [...attributions[name]!.data].slice((2 * row + target) * width, (2 * row + target + 1) * width).map(Number);
          for (const [i, value] of [...part("a", 3), ...part("b", 2)].entries()) expect(value).toBeCloseTo(expected[i]!, 7);
        }
    },
  );

  test.prop([seeds, arbitraryInputs], few)(
    "comes near the change of the output as the steps become many",
    async (seed, inputs) => {
      const model = smoothNetwork(seed);
      const gaps = async (steps: number): Promise<number> => {
        const { delta } = await new GuidedIntegratedGradients(model).attribute(inputs, { steps });
        return Math.max(...[...delta!.data].map((gap) => Math.abs(Number(gap))));
      };
      expect(await gaps(400)).toBeLessThan(0.1 + 0.3 * (await gaps(15)));
    },
  );

  test.prop([seeds, arbitraryInputs, fc.integer({ min: 1, max: 20 })], few)(
    "with no distance from it follows the straight way",
    async (seed, inputs, steps) => {
      const model = smoothNetwork(seed);
      const guided = await new GuidedIntegratedGradients(model).attribute(inputs, { steps, maxDistance: 0 });
      const straight = await new IntegratedGradients(model).attribute(inputs, { steps, quadrature: "riemann-left" });
      for (const name of ["a", "b"])
        guided.attributions[name]!.data.forEach((value, i) => {
          expect(Number(value)).toBeCloseTo(Number(straight.attributions[name]!.data[i]), 8);
        });
    },
  );

  test("of a linear model is its weights times the distance, also where nothing is to be moved", async () => {
    const model = graph(["x"], [linear("out", "x", [[2], [-1], [3], [0]])], "out");
    const result = await new GuidedIntegratedGradients(model).attribute(
      { x: [[1, 2, 0.5, 4]] },
      { baselines: { x: [[0, 2, 1, 1]] }, steps: 5 },
    );
    [2, 0, -1.5, 0].forEach((value, i) => {
      expect(Number(result.attributions["x"]!.data[i])).toBeCloseTo(value, 12);
    });
    const still = await new GuidedIntegratedGradients(model).attribute(
      { x: [[1, 2, 3, 4]] },
      { baselines: { x: [[1, 2, 3, 4]] }, steps: 3 },
    );
    expect([...still.attributions["x"]!.data].map(Number)).toEqual([0, 0, 0, 0]);
  });

  test("makes a call a step for all examples, and tells how many rows are done of all", async () => {
    const seen: (readonly [number, number])[] = [];
    const inputs = { x1: [[1, 2, 3], [0, 1, 0]], x2: [[1, 0, 1], [2, 2, 2]] }; // biome-ignore format: matrices
    const result = await new GuidedIntegratedGradients(limitBatch(rl, 8)).attribute(inputs, {
      steps: 4,
      onProgress: ({ done, total }) => seen.push([done, total]),
    });
    expect(result.evaluations.gradients).toBe(4);
    expect(seen).toEqual([[2, 8], [4, 8], [6, 8], [8, 8]]); // biome-ignore format: one line
  });

  test.each([
    [{ steps: 0 }, "steps must be a whole number from 1 up, got 0"],
    [{ fraction: 0 }, "fraction must be a number above 0 up to 1, got 0"],
    [{ maxDistance: 2 }, "maxDistance must be a number from 0 to 1, got 2"],
  ])("refuses %j", async (options, sentence) => {
    await expect(new GuidedIntegratedGradients(rl).attribute({ x1: [[1, 2, 3]], x2: [[1, 2, 3]] }, options)).rejects.toThrow(
      sentence,
    );
  });
});
