import { expect, test } from "vitest";
import { exactShapley } from "./exact-shapley.ts";
import { functionGame } from "./function-game.ts";
import { all, coalitionsOf, distance, last } from "./games.fixture.ts";

test("the glove game has its textbook values", async () => {
  const gloves = functionGame(3, (coalition) => (coalition.has(0) && coalition.size > 1 ? 1 : 0));
  const { values } = await last(exactShapley(gloves));
  expect(distance(values, [2 / 3, 1 / 6, 1 / 6])).toBeLessThan(1e-15);
});

test("a batch of coalitions runs at the same time and comes back in order", async () => {
  let running = 0;
  let most = 0;
  const game = functionGame(
    3,
    async (coalition) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 3 - coalition.size));
      running--;
      return [coalition.size, -coalition.size];
    },
    { batchSize: 3 },
  );
  const worths = await all(game.value(coalitionsOf(3, [0, 1, 3, 7, 4])));
  expect(worths.map((worth) => [...worth])).toEqual([
    [0, -0],
    [1, -1],
    [2, -2],
    [3, -3],
    [1, -1],
  ]);
  expect(most).toBe(3);
});

test("a function that changes how many numbers it gives is refused", async () => {
  const game = functionGame(2, (coalition) => new Array<number>(coalition.size + 1).fill(0));
  await expect(all(game.value(coalitionsOf(2, [0, 3])))).rejects.toThrow("got 1 and then 3");
});

test("bad sizes are refused with a sentence", () => {
  expect(() => functionGame(-1, () => 0)).toThrow("players must be a whole number from 0 up, got -1");
  expect(() => functionGame(1, () => 0, { batchSize: 0 })).toThrow("batchSize must be at least 1, got 0");
});

test("stops between two batches when aborted", async () => {
  const controller = new AbortController();
  let calls = 0;
  const game = functionGame(3, () => {
    if (++calls === 2) controller.abort(new Error("enough"));
    return 0;
  });
  await expect(all(game.value(coalitionsOf(3, [0, 1, 2, 3]), controller.signal))).rejects.toThrow("enough");
  expect(calls).toBe(2);
});
