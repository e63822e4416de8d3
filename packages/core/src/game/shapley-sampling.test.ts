import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { functionGame } from "./function-game.ts";
import type { Game } from "./game.ts";
import { all, arbitraryGame, distance, last, pairwiseGame, shapleyByOrders, smoothGame } from "./games.fixture.ts";
import { shapleySampling } from "./shapley-sampling.ts";

describe("shapleySampling", () => {
  test.prop([arbitraryGame(), fc.integer({ min: 1, max: 12 }), fc.nat()])(
    "sums to full less empty after every permutation and evaluates no coalition twice",
    async (game, samples, seed) => {
      let estimates = 0;
      for await (const { values, full, empty, outputs, players } of shapleySampling(game, { samples, seed, tolerance: 0 })) {
        estimates++;
        for (let output = 0; output < outputs; output++) {
          let sum = 0;
          for (let player = 0; player < players; player++) sum += values[output * players + player]!;
          expect(sum).toBeCloseTo(full![output]! - empty![output]!, 8);
        }
      }
      expect(estimates).toBeGreaterThan(0);
      expect(new Set(game.asked).size).toBe(game.asked.length);
      expect(game.asked.length).toBeLessThanOrEqual(2 + samples * (game.players - 1));
    },
  );

  test.prop([arbitraryGame({ players: 4 })])("is exact, with no error left, where all coalitions cost no more", async (game) => {
    const estimate = await last(shapleySampling(game, { samples: 25 }));
    expect(distance(estimate.values, shapleyByOrders(game.table))).toBeLessThan(1e-10);
    expect(estimate.standardErrors).toEqual(new Float64Array(estimate.values.length));
    expect(game.asked).toHaveLength(game.table.length);
  });

  test("one antithetic pair is exact for pairwise interactions", async () => {
    const game = pairwiseGame(40, 3);
    expect(distance((await last(shapleySampling(game, { samples: 2 }))).values, game.shapley)).toBeLessThan(1e-12);
    const independent = await last(shapleySampling(game, { samples: 2, antithetic: false }));
    expect(distance(independent.values, game.shapley)).toBeGreaterThan(0.01);
  });

  test("is unbiased, and its standard errors are of the size of its errors", async () => {
    // tanh of a sum of 12: the reference is the mean of many permutations.
    const game = smoothGame(12, 1);
    const reference = (await last(shapleySampling(game, { samples: 8000, seed: 99, tolerance: 0 }))).values;
    let squared = 0;
    let claimed = 0;
    for (let seed = 0; seed < 40; seed++) {
      const { values, standardErrors } = await last(shapleySampling(game, { samples: 40, seed }));
      for (let i = 0; i < 12; i++) {
        squared += (values[i]! - reference[i]!) ** 2;
        claimed += standardErrors![i]! ** 2;
      }
    }
    expect(Math.sqrt(squared / claimed)).toBeGreaterThan(0.8);
    expect(Math.sqrt(squared / claimed)).toBeLessThan(1.25);
  });

  test("antithetic pairs have less variance than independent permutations", async () => {
    const game = smoothGame(12, 1);
    const errors = async (antithetic: boolean): Promise<number> =>
      Math.hypot(...(await last(shapleySampling(game, { samples: 300, antithetic }))).standardErrors!.subarray(0, 12));
    expect(await errors(true)).toBeLessThan(0.8 * (await errors(false)));
  });

  test("the same seed gives the same values and another seed others", async () => {
    const run = async (seed: number): Promise<Float64Array> =>
      (await last(shapleySampling(smoothGame(20, 2), { samples: 6, seed }))).values;
    expect(await run(4)).toEqual(await run(4));
    expect(distance(await run(4), await run(5))).toBeGreaterThan(1e-6);
  });

  test("how many coalitions a request holds changes nothing but the requests", async () => {
    const run = async (batchSize: number): Promise<Float64Array> =>
      (await last(shapleySampling({ ...smoothGame(20, 2), batchSize }, { samples: 7 }))).values;
    const whole = await run(1000);
    for (const batchSize of [1, 3, 19, 64, Number.POSITIVE_INFINITY]) expect(await run(batchSize)).toEqual(whole);
  });

  test("requests are full although permutations repeat coalitions", async () => {
    const requests: number[] = [];
    const inner = smoothGame(9, 1);
    const game: Game = {
      ...inner,
      batchSize: 10,
      value(coalitions, signal) {
        requests.push(coalitions.rows);
        return inner.value(coalitions, signal);
      },
    };
    await all(shapleySampling(game, { samples: 50 }));
    expect(requests.slice(0, -1).every((rows) => rows === 10)).toBe(true);
  });

  test("stops when the largest standard error is within the tolerance", async () => {
    const game = smoothGame(14, 3);
    const estimate = await last(shapleySampling(game, { samples: 100_000, tolerance: 0.05 }));
    expect(Math.max(...estimate.standardErrors!)).toBeLessThanOrEqual(0.05);
    expect(estimate.coalitions).toBeLessThan(5000);
  });

  test("stays within a budget of evaluations", async () => {
    const estimate = await last(shapleySampling(smoothGame(30, 3), { samples: 1000, maxEvaluations: 200 }));
    expect(estimate.coalitions).toBeLessThanOrEqual(200);
    expect(estimate.coalitions).toBeGreaterThan(150);
    await expect(all(shapleySampling(smoothGame(30, 3), { maxEvaluations: 20 }))).rejects.toThrow(
      "one permutation of 30 features, 31 evaluations, got 20",
    );
  });

  test("an odd number of permutations counts all of them, without an error from the last", async () => {
    const asked: number[] = [];
    const estimates = await all(
      shapleySampling(smoothGame(30, 3), { samples: 5, onProgress: ({ done, total }) => asked.push(done, total) }),
    );
    expect(estimates).toHaveLength(3);
    expect(estimates[0]!.standardErrors).toBeUndefined();
    expect(estimates[2]!.standardErrors).toEqual(estimates[1]!.standardErrors);
    expect(distance(estimates[2]!.values, estimates[1]!.values)).toBeGreaterThan(0);
    expect(asked.slice(-2)).toEqual([2 + 5 * 29, 2 + 5 * 29]);
  });

  test.each([0, 1])("%i players take every coalition once", async (players) => {
    for (const tolerance of [undefined, 0.1]) {
      const estimate = await last(
        shapleySampling(
          functionGame(players, (coalition) => 3 + coalition.size),
          { tolerance },
        ),
      );
      expect([...estimate.values]).toEqual(players === 1 ? [1] : []);
      expect(estimate.coalitions).toBe(2 ** players);
    }
  });

  test("bad options are refused with a sentence", async () => {
    const game = functionGame(2, () => 0);
    await expect(all(shapleySampling(game, { samples: 0 }))).rejects.toThrow("samples must be a whole number from 1 up, got 0");
    await expect(all(shapleySampling(game, { tolerance: -1 }))).rejects.toThrow("tolerance must be at least 0, got -1");
  });

  test("rejects with the signal's reason", async () => {
    const controller = new AbortController();
    const estimates = shapleySampling(smoothGame(30, 3), { samples: 1000, signal: controller.signal });
    expect((await estimates.next()).done).toBe(false);
    controller.abort(new Error("enough"));
    await expect(all(estimates)).rejects.toThrow("enough");
  });
});
