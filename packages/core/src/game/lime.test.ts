import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { functionGame } from "./function-game.ts";
import type { Game } from "./game.ts";
import { all, arbitraryGame, distance, last, smoothGame, type TableGame } from "./games.fixture.ts";
import { type LimeOptions, lime } from "./lime.ts";

const linear = { kind: "linear" } as const;

/** The weighted objective of a fit, from its definition, over every coalition of a table. */
function loss(
  game: TableGame,
  output: number,
  weights: readonly number[],
  intercept: number,
  coefficients: ArrayLike<number>,
): number {
  let total = 0;
  game.table.forEach((worth, coalition) => {
    let fitted = intercept;
    for (let player = 0; player < game.players; player++) if ((coalition >> player) & 1) fitted += coefficients[player]!;
    total += weights[coalition]! * (worth[output]! - fitted) ** 2;
  });
  return total;
}

function cosineWeights(players: number): number[] {
  return Array.from({ length: 2 ** players }, (_, coalition) => {
    let present = 0;
    for (let player = 0; player < players; player++) present += (coalition >> player) & 1;
    return Math.exp(-((1 - Math.sqrt(present / players)) ** 2) / 2);
  });
}

/** The game with distances of its own: every output's are its number times the share of absent players. */
function withDistances<G extends Game>(game: G, factor: (output: number) => number, outputs: number): G {
  return {
    ...game,
    async *distances(coalitions) {
      for (let row = 0; row < coalitions.rows; row++)
        yield Float64Array.from({ length: outputs }, (_, output) => factor(output) * (1 - coalitions.count(row) / game.players));
    },
  };
}

describe("lime", () => {
  const regressors: LimeOptions["regressor"][] = [linear, { kind: "ridge", alpha: 0.7 }, { kind: "lasso", alpha: 0.3 }];

  test.prop([
    arbitraryGame({ players: 4 }),
    fc.constantFrom(...regressors),
    fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
  ])("no other coefficients or intercept have a lower objective", async (game, regressor, move) => {
    const { values, intercept, rSquared, outputs, players } = await last(lime(game, { regressor }));
    const weights = cosineWeights(players);
    const total = weights.reduce((a, b) => a + b);
    const penalised = (output: number, at: number, coefficients: ArrayLike<number>): number => {
      const error = loss(game, output, weights, at, coefficients);
      const sizes = Array.from({ length: players }, (_, i) => coefficients[i]!);
      if (regressor?.kind === "lasso")
        return error / (2 * total) + regressor.alpha * sizes.reduce((sum, value) => sum + Math.abs(value), 0);
      return error + (regressor?.kind === "ridge" ? regressor.alpha * sizes.reduce((sum, value) => sum + value * value, 0) : 0);
    };
    for (let output = 0; output < outputs; output++) {
      const own = values.subarray(output * players, (output + 1) * players);
      const moved = own.map((value, i) => value + move[i]!);
      const best = penalised(output, intercept![output]!, own);
      expect(best).toBeLessThanOrEqual(penalised(output, intercept![output]! + move[4]!, moved) * (1 + 1e-9) + 1e-9);
      const mean = game.table.reduce((sum, worth, i) => sum + weights[i]! * worth[output]!, 0) / total;
      const spread = loss(game, output, weights, mean, new Float64Array(players));
      if (spread > 1e-6)
        expect(rSquared![output]).toBeCloseTo(1 - loss(game, output, weights, intercept![output]!, own) / spread, 6);
    }
    expect(game.asked).toHaveLength(game.table.length);
  });

  test.prop([fc.integer({ min: 1, max: 20 }), fc.nat(), fc.constantFrom("bernoulli", "uniform-size")])(
    "a linear game is found exactly by a linear regression, with R² 1 and no error",
    async (players, seed, sampler) => {
      const weights = Array.from({ length: players }, (_, i) => Math.sin(i + seed));
      const game = functionGame(players, (coalition) => [...coalition].reduce((sum, player) => sum + weights[player]!, 3));
      const { values, intercept, rSquared, standardErrors } = await last(
        lime(game, { samples: 400, seed, sampler, regressor: linear }),
      );
      expect(distance(values, weights)).toBeLessThan(1e-8);
      expect(intercept![0]).toBeCloseTo(3, 8);
      expect(rSquared![0]).toBeCloseTo(1, 8);
      expect(Math.max(...standardErrors!)).toBeLessThan(1e-7);
    },
  );

  test.prop([arbitraryGame({ players: 5, outputs: 3 })])(
    "outputs with distances of their own are fitted each by itself",
    async (game) => {
      const outputs = game.table[0]!.length;
      const factor = (output: number): number => (output === 1 ? 5 : 2);
      const together = await last(lime(withDistances(game, factor, outputs), { regressor: linear }));
      for (let output = 0; output < outputs; output++) {
        const alone: Game = {
          players: game.players,
          batchSize: 3,
          async *value(coalitions) {
            for (let row = 0; row < coalitions.rows; row++) yield Float64Array.of(game.table[coalitions.words[row]!]![output]!);
          },
        };
        const single = await last(
          lime(
            withDistances(alone, () => factor(output), 1),
            { regressor: linear },
          ),
        );
        const own = together.values.subarray(output * game.players, (output + 1) * game.players);
        expect(distance(own, single.values)).toBeLessThan(1e-7);
        expect(together.intercept![output]).toBeCloseTo(single.intercept![0]!, 7);
      }
    },
  );

  test("a coalition drawn twice is evaluated once and counts twice", async () => {
    let asked = 0;
    const game = functionGame(3, (coalition) => {
      asked++;
      return coalition.size ** 2;
    });
    const few = await last(lime(game, { samples: 7, seed: 3 }));
    expect(asked).toBe(few.coalitions);
    expect(asked).toBeLessThan(7);
  });

  test("standard errors are of the size of the differences between seeds", async () => {
    const game = smoothGame(14, 1);
    const runs: Float64Array[] = [];
    let claimed = 0;
    for (let seed = 0; seed < 30; seed++) {
      const { values, standardErrors } = await last(lime(game, { samples: 600, seed, regressor: linear }));
      runs.push(values);
      for (let i = 0; i < 14; i++) claimed += standardErrors![i]! ** 2 / 30;
    }
    let spread = 0;
    for (let i = 0; i < 14; i++) {
      const mean = runs.reduce((sum, run) => sum + run[i]!, 0) / runs.length;
      spread += runs.reduce((sum, run) => sum + (run[i]! - mean) ** 2, 0) / (runs.length - 1);
    }
    expect(Math.sqrt(spread / claimed)).toBeGreaterThan(0.75);
    expect(Math.sqrt(spread / claimed)).toBeLessThan(1.3);
  });

  test("partial estimates come as draws double and the last is over all", async () => {
    const estimates = await all(lime(smoothGame(20, 2), { samples: 1000 }));
    expect(estimates.length).toBeGreaterThan(3);
    expect(estimates.at(-1)!.coalitions).toBe(1000);
  });

  test("fewer coalitions than features warn and stay finite", async () => {
    for (const regressor of regressors) {
      const estimate = await last(lime(smoothGame(40, 2), { samples: 10, regressor }));
      expect(estimate.warnings).toEqual([expect.stringContaining("different coalitions for 40 features")]);
      expect(estimate.values.every(Number.isFinite)).toBe(true);
    }
  });

  test("a constant game has no coefficients, its worth as intercept, and R² 1", async () => {
    const estimate = await last(lime(functionGame(5, () => 4)));
    expect(distance(estimate.values, new Float64Array(5))).toBe(0);
    expect(estimate.intercept![0]).toBe(4);
    expect(estimate.rSquared![0]).toBe(1);
  });

  test("a kernel too narrow to weigh anything says so", async () => {
    const kernel = { distance: "euclidean", width: 1e-3 } as const;
    const game = { ...smoothGame(40, 1) };
    const estimate = await last(lime(game, { samples: 100, kernel }));
    expect(estimate.warnings).toEqual([expect.stringContaining("kernel weight is 0")]);
    expect(distance(estimate.values, new Float64Array(80))).toBe(0);
  });

  test("the same seed gives the same values and another seed others", async () => {
    const run = async (seed: number): Promise<Float64Array> =>
      (await last(lime(smoothGame(20, 2), { samples: 300, seed }))).values;
    expect(await run(4)).toEqual(await run(4));
    expect(distance(await run(4), await run(5))).toBeGreaterThan(1e-6);
  });

  test("bad options are refused with a sentence", async () => {
    const game = functionGame(2, () => 0);
    const refused = (options: object): Promise<unknown> => all(lime(game, options)).then(() => undefined, String);
    expect(await refused({ samples: 0.5 })).toContain("samples must be a whole number from 1 up, got 0.5");
    expect(await refused({ kernel: { distance: "cosine", width: 0 } })).toContain("kernel.width must be above 0, got 0");
    expect(await refused({ kernel: { distance: "manhattan" } })).toContain(
      'kernel.distance must be "cosine" or "euclidean", got "manhattan"',
    );
    expect(await refused({ regressor: { kind: "lasso", alpha: -1 } })).toContain("regressor.alpha must be at least 0, got -1");
    expect(await refused({ regressor: { kind: "tree" } })).toContain(
      'regressor.kind must be "lasso", "ridge" or "linear", got "tree"',
    );
    expect(await refused({ samples: 2, sampler: "all" })).toContain('sampler must be "bernoulli" or "uniform-size", got "all"');
  });
});
