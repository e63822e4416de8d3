import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { seededRandom } from "../tensor/random.ts";
import { exactShapley } from "./exact-shapley.ts";
import { functionGame } from "./function-game.ts";
import type { Game } from "./game.ts";
import { all, arbitraryGame, distance, last, pairwiseGame, shapleyByOrders, smoothGame } from "./games.fixture.ts";
import { kernelShap } from "./kernel-shap.ts";
import { planKernelShap } from "./kernel-shap-plan.ts";

function counting(game: Game): { game: Game; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    game: {
      ...game,
      value(coalitions, signal) {
        for (let row = 0; row < coalitions.rows; row++) asked.push(coalitions.key(row));
        return game.value(coalitions, signal);
      },
    },
  };
}

describe("kernelShap", () => {
  test.prop([arbitraryGame()])("is the exact Shapley values where all coalitions are within the budget", async (game) => {
    const estimate = await last(kernelShap(game, { samples: game.table.length + 2 }));
    expect(distance(estimate.values, shapleyByOrders(game.table))).toBeLessThan(1e-10);
    expect(estimate.standardErrors).toEqual(new Float64Array(estimate.values.length));
    expect(game.asked).toHaveLength(game.table.length);
  });

  test.prop([fc.integer({ min: 2, max: 40 }), fc.integer({ min: 2, max: 400 }), fc.nat()])(
    "sums to full less empty, stays within the budget and asks for no coalition twice",
    async (players, samples, seed) => {
      const { game, asked } = counting(smoothGame(players, 1));
      for await (const { values, full, empty, standardErrors } of kernelShap(game, { samples, seed })) {
        for (let output = 0; output < 2; output++) {
          const sum = values.subarray(output * players, (output + 1) * players).reduce((a, b) => a + b, 0);
          expect(sum).toBeCloseTo(full![output]! - empty![output]!, 8);
        }
        expect(values.every(Number.isFinite)).toBe(true);
        expect(standardErrors?.every((error) => error >= 0 && Number.isFinite(error)) ?? true).toBe(true);
      }
      expect(asked.length).toBeLessThanOrEqual(samples);
      expect(new Set(asked).size).toBe(asked.length);
    },
  );

  test.prop([fc.integer({ min: 3, max: 30 }), fc.nat()])(
    "an additive game is fitted exactly once the design determines it",
    async (players, seed) => {
      const weights = Array.from({ length: players }, (_, i) => Math.sin(i + seed));
      const game = functionGame(players, (coalition) => [...coalition].reduce((sum, player) => sum + weights[player]!, 3));
      const estimate = await last(kernelShap(game, { samples: 6 * players + 2, seed }));
      expect(estimate.warnings).toEqual([]);
      expect(distance(estimate.values, weights)).toBeLessThan(1e-8);
    },
  );

  test("pairwise interactions over many players are found from whole sizes and pairs", async () => {
    const game = pairwiseGame(60, 2);
    const estimate = await last(kernelShap(game, { samples: 4000 }));
    expect(distance(estimate.values, game.shapley)).toBeLessThan(1e-8);
    expect(Math.max(...estimate.standardErrors!)).toBeLessThan(1e-8);
  });

  test("standard errors are of the size of the errors", async () => {
    const game = smoothGame(12, 1);
    const exact = (await last(exactShapley(game))).values;
    let squared = 0;
    let claimed = 0;
    for (let seed = 0; seed < 30; seed++) {
      const { values, standardErrors } = await last(kernelShap(game, { samples: 500, seed }));
      for (let i = 0; i < 12; i++) {
        squared += (values[i]! - exact[i]!) ** 2;
        claimed += standardErrors![i]! ** 2;
      }
    }
    // Drawing without repeats from a small population makes the true error somewhat smaller than claimed.
    expect(Math.sqrt(squared / claimed)).toBeGreaterThan(0.6);
    expect(Math.sqrt(squared / claimed)).toBeLessThan(1.25);
  });

  test("later estimates are nearer and the last one is near", async () => {
    const game = smoothGame(16, 5);
    const exact = (await last(exactShapley(game))).values.subarray(0, 16);
    const errors = (await all(kernelShap(game, { samples: 8000 }))).map(({ values }) => distance(values.subarray(0, 16), exact));
    expect(errors.length).toBeGreaterThan(3);
    expect(errors.at(-1)!).toBeLessThan(0.01);
    expect(errors.at(-1)!).toBeLessThan(errors[0]!);
  });

  test("fewer samples than features + 2 warn and give a finite answer that sums up", async () => {
    const estimate = await last(kernelShap(smoothGame(50, 1), { samples: 25 }));
    expect(estimate.warnings).toEqual([expect.stringContaining("samples 25 are fewer than features + 2 = 52")]);
    expect(estimate.standardErrors).toBeUndefined();
    expect(estimate.values.every(Number.isFinite)).toBe(true);
  });

  test("with nothing but the end points the difference is split equally", async () => {
    const game = functionGame(4, (coalition) => coalition.size * 2 + (coalition.has(0) ? 4 : 0));
    const estimate = await last(kernelShap(game, { samples: 2 }));
    expect(distance(estimate.values, [3, 3, 3, 3])).toBeLessThan(1e-12);
    expect(estimate.warnings).toHaveLength(1);
  });

  test("a single player gets the whole difference", async () => {
    const estimate = await last(kernelShap(functionGame(1, (coalition) => 2 + 5 * coalition.size)));
    expect([...estimate.values]).toEqual([5]);
    expect(estimate.coalitions).toBe(2);
  });

  test("the same seed gives the same values and another seed others", async () => {
    const run = async (seed: number): Promise<Float64Array> =>
      (await last(kernelShap(smoothGame(20, 2), { samples: 300, seed }))).values;
    expect(await run(4)).toEqual(await run(4));
    expect(distance(await run(4), await run(5))).toBeGreaterThan(1e-6);
  });

  test("bad options are refused with a sentence", async () => {
    await expect(all(kernelShap(smoothGame(3, 1), { samples: 1 }))).rejects.toThrow("samples must be a whole number from 2");
    await expect(all(kernelShap(smoothGame(5000, 1)))).rejects.toThrow("at most 4096 features, got 5000");
  });
});

describe("planKernelShap", () => {
  test.prop([fc.integer({ min: 2, max: 24 }), fc.integer({ min: 0, max: 500 }), fc.nat()])(
    "holds different pairs, none beyond the budget, the whole kernel's mass",
    (players, budget, seed) => {
      const plan = planKernelShap(players, budget, seededRandom(seed));
      expect(2 * plan.sides.rows).toBeLessThanOrEqual(budget);
      const keys = new Set<string>();
      let mass = plan.drawnMass;
      for (let pair = 0; pair < plan.sides.rows; pair++) {
        const size = plan.sides.count(pair);
        expect(size).toBeGreaterThan(0);
        expect(2 * size).toBeLessThanOrEqual(players);
        keys.add(plan.sides.key(pair));
        plan.sides.complementRow(pair);
        keys.add(plan.sides.key(pair));
        if (pair < plan.enumerated) mass += plan.weights[pair]!;
      }
      expect(keys.size).toBe(2 * plan.sides.rows);
      if (plan.sides.rows > plan.enumerated) expect(mass).toBeCloseTo(1, 9);
    },
  );

  test("single players and all-but-one come first, whole", () => {
    const plan = planKernelShap(20, 200, seededRandom(1));
    expect(plan.enumerated).toBeGreaterThanOrEqual(20);
    expect(Array.from({ length: 20 }, (_, pair) => plan.sides.columnsOf(pair)[0])).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
  });
});
