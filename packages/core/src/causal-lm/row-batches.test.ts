import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { type CallLimits, rowBatches } from "./row-batches.ts";

const limits: CallLimits = {
  maxRows: 4,
  maxTokens: 40,
  maxStoredTokens: 60,
  contextLength: 20,
  callOverhead: 5,
};

const sizes = fc.array(fc.record({ width: fc.integer({ min: 1, max: 12 }), past: fc.integer({ min: 0, max: 8 }) }), {
  maxLength: 9,
});

function costOf(batches: readonly (readonly number[])[], widths: readonly number[]): number {
  return batches.reduce((sum, batch) => sum + 5 + batch.length * Math.max(...batch.map((row) => widths[row]!)), 0);
}

test.prop([sizes])("every row stands in one call, and calls keep to the limits", (rows) => {
  const batches = rowBatches(rows, limits);
  expect(batches.flat().sort((a, b) => a - b)).toEqual(rows.map((_, index) => index));
  for (const batch of batches) {
    if (batch.length === 1) continue;
    const width = Math.max(...batch.map((row) => rows[row]!.width));
    const past = Math.max(...batch.map((row) => rows[row]!.past));
    expect(batch.length).toBeLessThanOrEqual(4);
    expect(batch.length * width).toBeLessThanOrEqual(40);
    expect(batch.length * (width + past)).toBeLessThanOrEqual(60);
    expect(width + past).toBeLessThanOrEqual(20);
  }
});

test.prop([fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 7 })])(
  "no other way to cut rows into calls costs less",
  (widths) => {
    const free: CallLimits = { maxRows: 3, maxTokens: 1000, maxStoredTokens: 1000, callOverhead: 5 };
    let least = Number.POSITIVE_INFINITY;
    const groups: number[][] = [];
    const place = (row: number): void => {
      if (row === widths.length) {
        least = Math.min(least, costOf(groups, widths));
        return;
      }
      for (const group of groups) {
        if (group.length === 3) continue;
        group.push(row);
        place(row + 1);
        group.pop();
      }
      groups.push([row]);
      place(row + 1);
      groups.pop();
    };
    place(0);
    const batches = rowBatches(
      widths.map((width) => ({ width, past: 0 })),
      free,
    );
    expect(costOf(batches, widths)).toBe(least);
  },
);

test("a row larger than every limit stands alone", () => {
  const rows = [
    { width: 100, past: 30 },
    { width: 2, past: 0 },
  ];
  expect(rowBatches(rows, limits)).toEqual([[0], [1]]);
});
