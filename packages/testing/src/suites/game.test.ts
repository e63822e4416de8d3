import { functionGame, type Game } from "@attr/core";
import { describe, expect, test } from "vitest";
import { recorder } from "../recorder.fixture.ts";
import { describeGame } from "./game.ts";

const unions = functionGame(4, (present) => present.size ** 2);
describeGame("a function of who is there", () => ({ game: unions }), { describe, test });

test("finds games that remember, and those that nobody can stop", async () => {
  let asked = 0;
  const broken: Game = {
    players: 3,
    batchSize: 4,
    async *value(coalitions) {
      for (let row = 0; row < coalitions.rows; row++) yield Float64Array.of(asked++);
    },
  };
  const framework = recorder();
  describeGame("broken", () => ({ game: broken }), framework);
  expect(await framework.failures()).toEqual([
    "broken as a game > gives the worths of every coalition, in the order asked",
    "broken as a game > does nothing for nobody's question, and rejects with the signal's reason once it is aborted",
  ]);
});
