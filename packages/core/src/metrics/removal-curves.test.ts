import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { functionGame } from "../game/function-game.ts";
import { arbitraryGame, tableGame } from "../game/games.fixture.ts";
import { seededRandom } from "../tensor/random.ts";
import { comprehensiveness, sufficiency } from "./comprehensiveness.ts";
import { rankPlayers } from "./ranked-game.ts";
import { deletionCurve, insertionCurve } from "./removal-curves.ts";

const scored = arbitraryGame().chain((game) =>
  fc.record({
    game: fc.constant(game),
    // Few different scores, so that some are equal.
    scores: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: game.players, maxLength: game.players }),
    output: fc.integer({ min: 0, max: game.table[0]!.length - 1 }),
    steps: fc.integer({ min: 1, max: 8 }),
    seed: fc.integer({ min: 0, max: 1e6 }),
  }),
);

/** Players by score, largest first, the first of equal ones first: written down naively. */
function orderOf(scores: readonly number[]): number[] {
  const left = scores.map((_, player) => player);
  const order: number[] = [];
  while (left.length > 0) {
    const best = left.reduce((a, b) => (scores[b]! > scores[a]! ? b : a));
    order.push(...left.splice(left.indexOf(best), 1));
  }
  return order;
}

const bits = (players: Iterable<number>): number => [...players].reduce((sum, player) => sum | (1 << player), 0);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const countsOf = (players: number, steps: number): number[] => {
  const count = Math.min(players, steps);
  return Array.from({ length: count + 1 }, (_, step) => Math.round((step * players) / count));
};

describe("curves", () => {
  test.prop([scored])(
    "are the game's worths along the order, which naive loops find too",
    async ({ game, scores, output, steps }) => {
      const ranked = rankPlayers(game, scores, { output });
      const order = orderOf(scores);
      expect([...ranked.order]).toEqual(order);
      const counts = countsOf(game.players, steps);
      const worth = (coalition: number): number => game.table[coalition]![output]!;
      const deletion = await deletionCurve(ranked, { steps });
      expect(deletion.values).toEqual([counts.map((count) => worth(bits(order.slice(count))))]);
      expect(deletion.shares).toEqual(counts.map((count) => count / game.players));
      const insertion = await insertionCurve(ranked, { steps });
      const kept = counts.map((count) => game.players - count).reverse();
      expect(insertion.values).toEqual([kept.map((count) => worth(bits(order.slice(0, count))))]);
      for (const { values, shares, score } of [deletion, insertion]) {
        // The area, as that of the line drawn with many thin columns.
        const columns = 600;
        const heights = Array.from({ length: columns }, (_, i) => {
          const at = (i + 0.5) / columns;
          const k = shares.findIndex((share) => share > at);
          const [x0, x1, y0, y1] = [shares[k - 1]!, shares[k]!, values[0]![k - 1]!, values[0]![k]!];
          return y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
        });
        expect(Math.abs(score[0]! - mean(heights))).toBeLessThan(1.5);
      }
    },
  );

  test.prop([scored])("of random orders have the mean and standard error that naive loops find", async (given) => {
    const { game, scores, output, steps, seed } = given;
    const ranked = rankPlayers(game, scores, { output });
    const { random } = await deletionCurve(ranked, { steps, randomOrders: 4, seed });
    const stream = seededRandom(seed);
    const orders = Array.from({ length: 4 }, () => [...stream.permutation(game.players)]);
    countsOf(game.players, steps).forEach((count, i) => {
      const worths = orders.map((order) => game.table[bits(order.slice(count))]![output]!);
      const middle = mean(worths);
      const variance = worths.reduce((sum, worth) => sum + (worth - middle) ** 2, 0) / 3;
      expect(random!.values[0]![i]).toBeCloseTo(middle, 9);
      expect(random!.standardErrors![0]![i]).toBeCloseTo(Math.sqrt(variance / 4), 9);
    });
    expect(random!.orders).toBe(4);
  });

  test.prop([scored])(
    "beat the share of random orders that one by one have worse scores",
    async ({ game, scores, steps, seed }) => {
      const ranked = rankPlayers(game, scores);
      for (const [measured, better] of [
        [deletionCurve, -1],
        [insertionCurve, 1],
        [comprehensiveness, 1],
        [sufficiency, -1],
      ] as const) {
        // One random order at a time: it wins, loses or draws.
        for (let i = 0; i < 3; i++) {
          const { score, random } = await measured(ranked, { steps, randomOrders: 1, seed: seed + i });
          const ahead = (score[0]! - random!.score[0]!) * better;
          expect(random!.winRate).toEqual([ahead > 0 ? 1 : ahead < 0 ? 0 : 0.5]);
        }
      }
      const { random } = await deletionCurve(ranked, { steps, randomOrders: 6, seed });
      expect(random!.winRate[0]! * 12).toBeCloseTo(Math.round(random!.winRate[0]! * 12), 9);
    },
  );

  test.prop([scored])("and the two measures by shares ask for no coalition twice, also at the same time", async (given) => {
    const { game, scores, steps, seed } = given;
    game.asked.length = 0;
    const ranked = rankPlayers(game, scores);
    const options = { steps, randomOrders: 3, seed };
    await Promise.all([deletionCurve(ranked, options), comprehensiveness(ranked, options)]);
    const before = game.asked.length;
    const insertion = await insertionCurve(ranked, options);
    await sufficiency(ranked, options);
    expect(new Set(game.asked).size).toBe(game.asked.length);
    // The random orders are those of the deletion, walked the other way.
    expect(insertion.evaluations.coalitions).toBeLessThanOrEqual(Math.min(steps, game.players) + 1);
    expect(game.asked.length - before).toBeGreaterThanOrEqual(insertion.evaluations.coalitions);
  });

  test.prop([scored, fc.integer()])("do not depend on how players are numbered", async ({ game, steps }, seed) => {
    const scores = Array.from({ length: game.players }, (_, player) => Math.sin(seed % 1000) * player + (player % 3));
    const to = seededRandom(seed).permutation(game.players);
    const renamed = tableGame(
      game.table.map((_, coalition) => game.table[bits([...to.keys()].filter((player) => (coalition >> to[player]!) & 1))]!),
    );
    const moved = new Array<number>(game.players);
    to.forEach((place, player) => {
      moved[place] = scores[player]!;
    });
    // Equal scores are ordered by number.
    fc.pre(new Set(scores).size === scores.length);
    const [one, other] = [
      await deletionCurve(rankPlayers(game, scores), { steps }),
      await deletionCurve(rankPlayers(renamed, moved), { steps }),
    ];
    expect(other.values).toEqual(one.values);
  });

  test("of a sum of weights, ranked by them, no other order has less area of deletion or more of insertion", async () => {
    const weights = [3, -2, 5, 0.5, 1];
    const game = functionGame(5, (present) => [...present].reduce((sum, player) => sum + weights[player]!, 10));
    const best = rankPlayers(game, weights);
    const deletion = await deletionCurve(best, { randomOrders: 50 });
    expect(deletion.values).toEqual([[17.5, 12.5, 9.5, 8.5, 8, 10]]);
    expect(deletion.score[0]).toBeCloseTo((17.5 / 2 + 12.5 + 9.5 + 8.5 + 8 + 10 / 2) / 5, 12);
    expect((await insertionCurve(best)).values).toEqual([[10, 15, 18, 19, 19.5, 17.5]]);
    // Random orders fall in a straight line, on average.
    expect(Math.abs(deletion.random!.score[0]! - 13.75)).toBeLessThan(4 * deletion.random!.scoreStandardErrors![0]!);
    expect(deletion.score[0]).toBeLessThan(deletion.random!.score[0]!);
    expect(deletion.random!.winRate[0]).toBeGreaterThan(0.95);
    const worst = await deletionCurve(
      rankPlayers(
        game,
        [...weights].map((weight) => -weight),
      ),
      { randomOrders: 50 },
    );
    expect(worst.random!.winRate[0]).toBeLessThan(0.05);
  });

  test("cost steps + 1 coalitions and steps − 1 more a random order, in whole batches", async () => {
    const asked: number[] = [];
    const game = functionGame(40, (present) => present.size);
    const counting = {
      ...game,
      batchSize: 16,
      value: (coalitions: Parameters<typeof game.value>[0]) => {
        asked.push(coalitions.rows);
        return game.value(coalitions);
      },
    };
    const seen: number[] = [];
    const { evaluations } = await deletionCurve(rankPlayers(counting, [...Array(40).keys()]), {
      steps: 10,
      randomOrders: 5,
      onProgress: ({ done, total }) => seen.push(done / total),
    });
    expect(evaluations).toEqual({ coalitions: 11 + 5 * 9 });
    expect(asked).toEqual([16, 16, 16, 8]);
    expect(seen.at(-1)).toBe(1);
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
  });

  test("stop when aborted", async () => {
    const controller = new AbortController();
    const game = functionGame(9, (present) => {
      if (present.size === 5) controller.abort(new Error("enough"));
      return present.size;
    });
    await expect(deletionCurve(rankPlayers(game, new Float64Array(9)), { signal: controller.signal })).rejects.toThrow("enough");
  });

  test("say what is wrong", async () => {
    const game = functionGame(3, () => 1);
    expect(() => rankPlayers(game, [1, 2])).toThrow("scores must hold one number for each of the 3 players, got 2");
    const ranked = rankPlayers(game, [1, 2, 3], { output: 4 });
    await expect(deletionCurve(ranked)).rejects.toThrow("output 4 is outside the 1 outputs of the game");
    await expect(deletionCurve(ranked, { steps: 0 })).rejects.toThrow("steps must be a whole number from 1 up, got 0");
    await expect(deletionCurve(ranked, { randomOrders: 0.5 })).rejects.toThrow(
      "randomOrders must be a whole number from 0 up, got 0.5",
    );
    await expect(sufficiency(ranked, { shares: [0.5, 0.2] })).rejects.toThrow(
      "shares must rise from above 0 to at most 1, got [0.5, 0.2]",
    );
    await expect(sufficiency(ranked, { shares: [] })).rejects.toThrow("shares must rise");
  });
});

describe("comprehensiveness and sufficiency", () => {
  test.prop([scored])("are mean falls without, and with nothing but, the strongest shares", async ({ game, scores, output }) => {
    const ranked = rankPlayers(game, scores, { output });
    const order = orderOf(scores);
    const shares = [0.01, 0.05, 0.1, 0.2, 0.5];
    const counts = shares.map((share) => Math.ceil(share * game.players));
    const worth = (coalition: number): number => game.table[coalition]![output]!;
    const full = worth(bits(order));
    const gone = await comprehensiveness(ranked);
    expect(gone.values).toEqual([counts.map((count) => full - worth(bits(order.slice(count))))]);
    expect(gone.score[0]).toBeCloseTo(mean(gone.values[0]!), 12);
    expect(gone.shares).toEqual(counts.map((count) => count / game.players));
    const kept = await sufficiency(ranked);
    expect(kept.values).toEqual([counts.map((count) => full - worth(bits(order.slice(0, count))))]);
  });

  test("a share that is a whole number of features is not one more for rounding", async () => {
    const game = functionGame(100, (present) => present.size);
    const { values } = await comprehensiveness(rankPlayers(game, new Float64Array(100)), { shares: [0.07, 0.29, 0.57] });
    expect(values).toEqual([[7, 29, 57]]);
  });

  test("by magnitude, what lowers most is as strong as what raises most; NaN is weakest", () => {
    const game = functionGame(4, () => 0);
    expect([...rankPlayers(game, [1, -3, Number.NaN, 2]).order]).toEqual([3, 0, 1, 2]);
    expect([...rankPlayers(game, [1, -3, Number.NaN, 2], { abs: true }).order]).toEqual([1, 3, 0, 2]);
  });
});
