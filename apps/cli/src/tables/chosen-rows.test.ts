import { fc, test as property } from "@fast-check/vitest";
import { expect } from "vitest";
import { Arguments } from "../arguments.ts";
import { tabular } from "../commands/tabular.ts";
import { chosenRows } from "./chosen-rows.ts";

const spans = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 5 })), { minLength: 1, maxLength: 5 });

property.prop([spans, fc.constantFrom(",", ", ", " ,")])("--rows names the rows it says, in its order", (parts, comma) => {
  const text = parts.map(([first, more]) => (more === 0 ? `${first}` : `${first}-${first + more}`)).join(comma);
  const expected = parts.flatMap(([first, more]) => Array.from({ length: more + 1 }, (_, at) => first + at - 1));
  expect(chosenRows(new Arguments(tabular, ["--rows", text]), 45)).toEqual(expected);
});

property.prop([fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 })])(
  "a row is within the table or refused by its number",
  (row, count) => {
    const given = new Arguments(tabular, ["--row", `${row}`]);
    if (row <= count) expect(chosenRows(given, count)).toEqual([row - 1]);
    else expect(() => chosenRows(given, count)).toThrow(`--row ${row} is outside the table's ${count} rows (1 to ${count})`);
  },
);
