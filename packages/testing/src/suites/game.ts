import type { BitMatrix, Game } from "@attr/core";
import fc from "fast-check";
import { abortedSignal } from "../aborted-signal.ts";
import { coalitions, coalitionsOf } from "../arbitraries/coalitions.ts";
import { check, checkClose, checkRejectsAs, checkSame } from "../check.ts";
import type { TestFramework } from "../framework.ts";

/** What the suite needs of a game under test. */
export interface GameCase {
  readonly game: Game;
  /** By how much a worth may be off between requests, of the larger of 1 and the number. @defaultValue 0 */
  readonly tolerance?: number | undefined;
}

/** What every game must do. */
export function describeGame(
  name: string,
  makeCase: () => GameCase | Promise<GameCase>,
  { describe, test }: TestFramework,
): void {
  describe(`${name} as a game`, () => {
    test("gives the worths of every coalition, in the order asked", async () => {
      const { game, tolerance = 0 } = await makeCase();
      await fc.assert(
        fc.asyncProperty(coalitions(game.players), async (asked) => {
          const worths = await worthsOf(game, asked);
          checkSame(worths.length, asked.rows, "the number of worths");
          for (const [row, worth] of worths.entries()) {
            const [alone] = await worthsOf(game, rowOf(asked, row));
            checkClose(worth, alone!, tolerance, `the worths of coalition ${row}, beside the others and alone`);
          }
        }),
        { numRuns: 20 },
      );
    });

    test("gives every coalition as many numbers", async () => {
      const { game } = await makeCase();
      const ends = coalitionsOf(game.players, [Array(game.players).fill(false), Array(game.players).fill(true)]);
      const [none, all] = await worthsOf(game, ends);
      check(none!.length > 0, "the worth of nobody is a number");
      checkSame(all!.length, none!.length, "the numbers of the worth of everybody");
    });

    test("does nothing for nobody's question, and rejects with the signal's reason once it is aborted", async () => {
      const { game } = await makeCase();
      checkSame((await worthsOf(game, coalitionsOf(game.players, []))).length, 0, "the worths of no coalition");
      const reason = new Error("enough");
      const one = coalitionsOf(game.players, [Array(game.players).fill(true)]);
      await checkRejectsAs(collect(game.value(one, abortedSignal(reason))), reason, "an aborted question");
    });
  });
}

function worthsOf(game: Game, asked: BitMatrix): Promise<Float64Array[]> {
  return collect(game.value(asked));
}

async function collect(worths: AsyncIterable<Float64Array>): Promise<Float64Array[]> {
  const result: Float64Array[] = [];
  for await (const worth of worths) result.push(Float64Array.from(worth)); // a game may use its array again
  return result;
}

function rowOf(matrix: BitMatrix, row: number): BitMatrix {
  return coalitionsOf(matrix.columns, [Array.from({ length: matrix.columns }, (_, player) => matrix.get(row, player))]);
}
