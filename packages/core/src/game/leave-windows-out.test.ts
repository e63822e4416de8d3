import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { all, arbitraryGame, distance, last } from "./games.fixture.ts";
import { leaveOneOut } from "./leave-one-out.ts";
import { leaveWindowsOut } from "./leave-windows-out.ts";

test.prop([arbitraryGame(), fc.nat(), fc.nat()])(
  "a player gets the mean of what the windows over it cost",
  async (game, a, b) => {
    const window = 1 + (a % game.players);
    const stride = 1 + (b % window);
    const { values, coalitions } = await last(leaveWindowsOut(game, { window, stride }));
    const whole = 2 ** game.players - 1;
    const outputs = game.table[0]!.length;
    const sums = new Float64Array(values.length);
    const counts = new Float64Array(values.length);
    let windows = 0;
    for (let begin = 0; windows === 0 || begin - stride + window < game.players; begin += stride) {
      windows++;
      let left = whole;
      for (let player = begin; player < Math.min(game.players, begin + window); player++) left &= ~(1 << player);
      for (let player = begin; player < Math.min(game.players, begin + window); player++)
        for (let output = 0; output < outputs; output++) {
          sums[output * game.players + player]! += game.table[whole]![output]! - game.table[left]![output]!;
          counts[output * game.players + player]!++;
        }
    }
    expect(coalitions).toBe(windows + 1);
    expect(
      distance(
        values,
        sums.map((sum, i) => sum / counts[i]!),
      ),
    ).toBeLessThan(1e-9);
  },
);

test.prop([arbitraryGame()])("windows of one player are leave-one-out", async (game) => {
  const [windows, single] = [await last(leaveWindowsOut(game)), await last(leaveOneOut(game))];
  expect(distance(windows.values, single.values)).toBe(0);
});

test.prop([arbitraryGame()])("windows that do not fit are refused", async (game) => {
  await expect(all(leaveWindowsOut(game, { window: game.players + 1 }))).rejects.toThrow("window must be a whole number from 1");
  if (game.players > 1)
    await expect(all(leaveWindowsOut(game, { stride: 2 }))).rejects.toThrow(
      "stride must be a whole number from 1 to the window's 1, got 2",
    );
});
