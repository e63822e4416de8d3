import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { partitionSwitch } from "./partition-switch.ts";

const maps = fc.integer({ min: 1, max: 5 }).chain((players) =>
  fc.record({
    players: fc.constant(players),
    rows: fc.array(fc.array(fc.nat({ max: players - 1 }), { minLength: 7, maxLength: 7 }), { minLength: 1, maxLength: 3 }),
  }),
);

test.prop([maps])("the runs of all players are every element once, each under its player", ({ players, rows }) => {
  const featureSwitch = partitionSwitch(players, {
    x: { rows: rows.length, elements: 7, players: Int32Array.from(rows.flat()) },
  });
  rows.forEach((row, example) => {
    const found = new Array<number>(7).fill(-1);
    for (let player = 0; player < players; player++) {
      const runs = featureSwitch.runs("x", example, player);
      for (let run = 0; run < runs.length; run += 2)
        for (let i = runs[run]!; i < runs[run + 1]!; i++) {
          expect(found[i]).toBe(-1);
          found[i] = player;
        }
    }
    expect(found).toEqual(row);
  });
  expect(featureSwitch.playerOf!("x")).toEqual(rows.length === 1 ? Int32Array.from(rows[0]!) : undefined);
});
