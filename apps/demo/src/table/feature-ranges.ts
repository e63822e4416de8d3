import type { ModelTable } from "./model-table.ts";

/** Between which numbers a column lies, and the step of its slider. */
export interface FeatureRange {
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

/** The range of every column over all rows; a little of it to either side, so that one can go beyond what was seen. */
export function featureRanges({ rows, columns }: ModelTable): readonly FeatureRange[] {
  const width = columns.length;
  return columns.map((_, column) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let whole = true;
    for (let at = column; at < rows.length; at += width) {
      const value = rows[at]!;
      low = Math.min(low, value);
      high = Math.max(high, value);
      whole &&= Number.isInteger(value);
    }
    if (!(high > low)) return { low: low - 1, high: high + 1, step: whole ? 1 : 0.1 };
    const room = (high - low) * 0.1;
    // A power of ten, about a two-hundredth of the range.
    const step = Math.max(whole ? 1 : 0, 10 ** Math.floor(Math.log10((high - low) / 50)));
    return { low: Math.floor((low - room) / step) * step, high: Math.ceil((high + room) / step) * step, step };
  });
}
