import { test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { Progress } from "../signal.ts";
import type { BitMatrix } from "./bit-matrix.ts";
import type { Game } from "./game.ts";
import { all, arbitraryGame, distance, last } from "./games.fixture.ts";
import { leaveOneOut } from "./leave-one-out.ts";

describe("leaveOneOut", () => {
  test.prop([arbitraryGame()])(
    "is what the full coalition loses without the player, from players + 1 coalitions",
    async (game) => {
      const { values, full, coalitions } = await last(leaveOneOut(game));
      const whole = 2 ** game.players - 1;
      expect(full).toEqual(game.table[whole]);
      const outputs = full!.length;
      for (let player = 0; player < game.players; player++)
        for (let output = 0; output < outputs; output++)
          expect(values[output * game.players + player]).toBe(
            game.table[whole]![output]! - game.table[whole & ~(1 << player)]![output]!,
          );
      expect(coalitions).toBe(game.players + 1);
      expect(new Set(game.asked).size).toBe(game.players + 1);
      expect(game.asked).toHaveLength(game.players + 1);
      expect(game.requests).toHaveLength(Math.ceil((game.players + 1) / game.batchSize));
    },
  );

  test("fifty thousand players are asked for in requests of the game's batch size", async () => {
    const players = 50_000;
    let words = 0;
    const game: Game = {
      players,
      batchSize: 64,
      async *value(coalitions: BitMatrix) {
        words = Math.max(words, coalitions.words.length);
        for (let row = 0; row < coalitions.rows; row++) yield Float64Array.of(coalitions.get(row, 7) ? 1 : 0);
      },
    };
    const { values } = await last(leaveOneOut(game));
    expect(words).toBe(64 * Math.ceil(players / 32));
    expect(values[7]).toBe(1);
    expect(values.reduce((sum, value) => sum + value)).toBe(1);
  });

  test("a game without players has only its full worth", async () => {
    const game: Game = {
      players: 0,
      batchSize: 1,
      async *value() {
        yield Float64Array.of(3);
      },
    };
    const estimate = await last(leaveOneOut(game));
    expect(estimate).toMatchObject({
      players: 0,
      outputs: 1,
      coalitions: 1,
      full: Float64Array.of(3),
      empty: Float64Array.of(3),
    });
    expect(estimate.values).toHaveLength(0);
  });

  test.prop([arbitraryGame()])("reports coalitions done of all, ending with all", async (game) => {
    const seen: Progress[] = [];
    await all(leaveOneOut(game, { onProgress: (progress) => seen.push(progress) }));
    expect(seen.map(({ done }) => done)).toEqual(Array.from({ length: game.players + 1 }, (_, i) => i + 1));
    expect(seen.every(({ total, unit }) => total === game.players + 1 && unit === "coalitions")).toBe(true);
  });

  test("rejects with the signal's reason and asks no further", async () => {
    const controller = new AbortController();
    let asked = 0;
    const game: Game = {
      players: 10,
      batchSize: 2,
      async *value(coalitions) {
        for (let row = 0; row < coalitions.rows; row++) {
          if (++asked === 4) controller.abort(new RangeError("no time"));
          yield Float64Array.of(1);
        }
      },
    };
    await expect(all(leaveOneOut(game, { signal: controller.signal }))).rejects.toThrow(new RangeError("no time"));
    expect(asked).toBe(4);
  });

  test("a game that answers too little or too much is named", async () => {
    const answering = (answers: number): Game => ({
      players: 3,
      batchSize: 4,
      async *value() {
        for (let i = 0; i < answers; i++) yield Float64Array.of(1);
      },
    });
    await expect(all(leaveOneOut(answering(2)))).rejects.toThrow("the 4 coalitions asked for, got 2");
    await expect(all(leaveOneOut(answering(9)))).rejects.toThrow("the 4 coalitions asked for, got more");
  });

  test("values are finite differences of large worths without loss", async () => {
    const game: Game = {
      players: 2,
      batchSize: 8,
      async *value(coalitions) {
        for (let row = 0; row < coalitions.rows; row++) yield Float64Array.of(2 ** 52 + coalitions.count(row));
      },
    };
    expect(distance((await last(leaveOneOut(game))).values, [1, 1])).toBe(0);
  });
});
