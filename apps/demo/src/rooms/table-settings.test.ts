import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { tableMethodList } from "../methods/table-method-list.ts";
import { backgrounds, type TableSettings, tableFromAddress, tableStart, tableToAddress, tableViews } from "./table-settings.ts";

const names = tableMethodList.map(({ name }) => name);
const asked: fc.Arbitrary<TableSettings> = fc
  .record({
    row: fc.nat(41),
    values: fc.option(
      fc.array(
        fc.integer({ min: -999_999, max: 9_999_999 }).map((n) => n / 10),
        { minLength: 9, maxLength: 9 },
      ),
      {
        nil: undefined,
      },
    ),
    target: fc.integer({ min: -1, max: 5 }),
    against: fc.integer({ min: -1, max: 5 }),
    method: fc.constantFrom(...names),
    beside: fc.subarray(names),
    samples: fc.integer({ min: 1, max: 10_000 }),
    steps: fc.integer({ min: 1, max: 10_000 }),
    background: fc.constantFrom(...backgrounds.map(({ name }) => name)),
    backgroundRow: fc.nat(41),
    view: fc.constantFrom(...tableViews.map(({ name }) => name)),
    feature: fc.integer({ min: -1, max: 8 }),
  })
  .map((settings) => ({
    ...settings,
    beside: settings.beside.filter((name) => name !== settings.method),
    backgroundRow: settings.background === "row" ? settings.backgroundRow : tableStart.backgroundRow,
  }));

describe("the address of the room of tables", () => {
  test.prop([asked])("holds the whole question", (settings) => {
    expect(tableFromAddress(new URLSearchParams(tableToAddress(settings).toString()), 9, 42)).toEqual(settings);
  });

  test.prop([fc.dictionary(fc.constantFrom("row", "values", "target", "method", "beside", "background", "view"), fc.string())])(
    "whatever it says, it is a question",
    (said) => {
      const { row, values, method } = tableFromAddress(new URLSearchParams(said), 9, 42);
      expect(row >= 0 && row < 42).toBe(true);
      expect(values?.length ?? 9).toBe(9);
      expect(names).toContain(method);
    },
  );
});
