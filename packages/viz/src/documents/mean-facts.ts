import type { ExplainedValues } from "./document.ts";
import { sumOf } from "./facts.ts";
import type { TabularRow } from "./tabular-document.ts";

/** The means over many rows of value, base value (where every row has one) and sum of scores. */
export function meanFacts(rows: readonly TabularRow[]): ExplainedValues & { readonly sum: number } {
  const mean = (numbers: readonly (number | undefined)[]): number | undefined => {
    let total = 0;
    for (const number of numbers) {
      if (number === undefined) return undefined;
      total += number / numbers.length;
    }
    return total;
  };
  return {
    value: mean(rows.map(({ value }) => value)),
    baseValue: mean(rows.map(({ baseValue }) => baseValue)),
    sum: mean(rows.map(({ scores }) => sumOf(scores))) ?? 0,
  };
}
