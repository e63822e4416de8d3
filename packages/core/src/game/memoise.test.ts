import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { all, arbitraryGame, coalitionsOf, tableGame } from "./games.fixture.ts";
import { memoise } from "./memoise.ts";

const twoPlayers = [[0], [1], [2], [5]];

describe("memoise", () => {
  test.prop([arbitraryGame(), fc.array(fc.array(fc.nat({ max: 63 }), { maxLength: 40 }), { maxLength: 4 })])(
    "answers as the game does and asks it for no coalition twice",
    async (game, requests) => {
      const memoised = memoise(game);
      for (const request of requests) {
        const numbers = request.map((number) => number % game.table.length);
        const worths = await all(memoised.value(coalitionsOf(game.players, numbers)));
        expect(worths).toEqual(numbers.map((number) => game.table[number]));
      }
      expect(new Set(game.asked).size).toBe(game.asked.length);
      expect(memoised.evaluated).toBe(game.asked.length);
    },
  );

  test("requests that run at the same time share what is underway", async () => {
    const game = tableGame(twoPlayers, 2);
    const memoised = memoise(game);
    const request = coalitionsOf(2, [0, 1, 2, 3, 0]);
    const [a, b] = await Promise.all([all(memoised.value(request)), all(memoised.value(request))]);
    expect(a).toEqual(b);
    expect(a.map((worth) => worth[0])).toEqual([0, 1, 2, 5, 0]);
    expect(game.asked.toSorted((x, y) => x - y)).toEqual([0, 1, 2, 3]);
  });

  test("a request inside the reading of another does not wait for ever", async () => {
    const game = tableGame(twoPlayers, 4);
    const memoised = memoise(game);
    const request = coalitionsOf(2, [0, 1, 2, 3]);
    let inner = 0;
    for await (const _ of memoised.value(request)) inner += (await all(memoised.value(request))).length;
    expect(inner).toBe(16);
    expect(game.asked).toHaveLength(4);
  });

  test("requests to the game hold only what is missing, a batch at a time", async () => {
    const game = tableGame([[0], [1], [2], [3], [4], [5], [6], [7]], 3);
    const memoised = memoise(game);
    await all(memoised.value(coalitionsOf(3, [7, 0])));
    await all(memoised.value(coalitionsOf(3, [0, 1, 2, 7, 3, 4, 3])));
    expect(game.requests).toEqual([2, 3, 1]);
  });

  test("one who waits for a request that another aborts evaluates for itself", async () => {
    const game = tableGame(twoPlayers, 4);
    const memoised = memoise(game);
    const controller = new AbortController();
    const request = coalitionsOf(2, [0, 1, 2, 3]);
    const first = all(memoised.value(request, controller.signal));
    const second = all(memoised.value(request));
    controller.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    expect((await second).map((worth) => worth[0])).toEqual([0, 1, 2, 5]);
  });

  test("a bounded memory forgets the oldest and still answers right", async () => {
    const game = tableGame(twoPlayers, 1);
    const memoised = memoise(game, { maxBytes: 250 });
    const numbers = [0, 1, 2, 3, 3, 2, 1, 0];
    for (const number of numbers) {
      const [worth] = await all(memoised.value(coalitionsOf(2, [number])));
      expect(worth).toEqual(game.table[number]);
    }
    expect(game.asked.length).toBeGreaterThan(4);
    expect(game.asked.length).toBeLessThan(8);
    const whole = await all(memoised.value(coalitionsOf(2, numbers)));
    expect(whole.map((worth) => worth[0])).toEqual([0, 1, 2, 5, 5, 2, 1, 0]);
  });

  test("hands on the game's own distances, and has none where it has none", async () => {
    const plain = tableGame(twoPlayers);
    expect(memoise(plain).distances).toBeUndefined();
    const own = {
      ...plain,
      async *distances() {
        yield Float64Array.of(4);
      },
    };
    expect(await all(memoise(own).distances!(coalitionsOf(2, [0]), "cosine"))).toEqual([Float64Array.of(4)]);
  });
});
