import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { exactShapley } from "./exact-shapley.ts";
import { functionGame } from "./function-game.ts";
import { all, arbitraryGame, distance, last, shapleyByOrders, tableGame } from "./games.fixture.ts";

describe("exactShapley", () => {
  test.prop([arbitraryGame()])("is the mean over all orders of the players", async (game) => {
    const { values } = await last(exactShapley(game));
    expect(distance(values, shapleyByOrders(game.table))).toBeLessThan(1e-10);
  });

  test.prop([arbitraryGame()])("evaluates every coalition once and sums to full less empty", async (game) => {
    const { values, full, empty, coalitions, outputs } = await last(exactShapley(game));
    expect(game.asked.toSorted((a, b) => a - b)).toEqual(game.table.map((_, coalition) => coalition));
    expect(coalitions).toBe(game.table.length);
    for (let output = 0; output < outputs; output++) {
      let sum = 0;
      for (let player = 0; player < game.players; player++) sum += values[output * game.players + player]!;
      expect(sum).toBeCloseTo(full![output]! - empty![output]!, 8);
    }
  });

  test.prop([arbitraryGame({ players: 4, outputs: 1 })])(
    "a player that adds nothing gets nothing, and equal players get the same",
    async (base) => {
      // Two more players: one that changes nothing, and a twin of player 0 (either of the two is as good as both).
      const { players } = base;
      const table = Array.from({ length: 2 ** (players + 2) }, (_, coalition) => {
        const twin = (coalition >> players) & 1;
        return base.table[(coalition & (2 ** players - 1)) | twin]!;
      });
      const { values } = await last(exactShapley(tableGame(table)));
      expect(values[players + 1]).toBeCloseTo(0, 10);
      expect(values[players]).toBeCloseTo(values[0]!, 10);
    },
  );

  test.prop([arbitraryGame({ players: 4, outputs: 1 }), fc.double({ min: -3, max: 3, noNaN: true })])(
    "is linear in the game",
    async (game, factor) => {
      const other = tableGame(game.table.map((_, coalition) => [Math.sin(coalition)]));
      const sum = tableGame(game.table.map((worth, coalition) => [worth[0]! * factor + other.table[coalition]![0]!]));
      const [a, b, both] = await Promise.all([game, other, sum].map(async (each) => (await last(exactShapley(each))).values));
      expect(
        distance(
          both!,
          a!.map((value, i) => value * factor + b![i]!),
        ),
      ).toBeLessThan(1e-9);
    },
  );

  test("loses nothing to a large common worth", async () => {
    const { values } = await last(exactShapley(functionGame(10, (coalition) => 2 ** 40 + coalition.size)));
    expect(distance(values, new Float64Array(10).fill(1))).toBeLessThan(1e-12);
  });

  test("refuses many players with the count it would take and the methods to use instead", async () => {
    const game = functionGame(20, () => 0);
    await expect(all(exactShapley(game))).rejects.toThrow(
      /20 features take 2\^20 = 1048576 evaluations.*ShapleyValueSampling or KernelShap/,
    );
    await expect(all(exactShapley(functionGame(150_528, () => 0)))).rejects.toThrow("2^150528");
    await expect(all(exactShapley(game, { maxPlayers: 31 }))).rejects.toThrow(
      "maxPlayers must be a whole number from 0 to 30, got 31",
    );
    await expect(
      all(
        exactShapley(
          functionGame(3, () => 0),
          { maxPlayers: 2 },
        ),
      ),
    ).rejects.toThrow("2^3 = 8");
  });

  test("a game without players has no values", async () => {
    const estimate = await last(exactShapley(functionGame(0, () => 7)));
    expect(estimate).toMatchObject({ players: 0, coalitions: 1, full: Float64Array.of(7), empty: Float64Array.of(7) });
  });
});
