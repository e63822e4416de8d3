import { type Arguments, UsageError } from "../arguments.ts";

/**
 * Indices from 0 of the rows that `--row` and `--rows` ask for, in the order in which they do; the first where neither does.
 *
 * @param count how many rows there are.
 * @throws UsageError for a row that there is not.
 */
export function chosenRows(given: Arguments, count: number): readonly number[] {
  const row = given.number("row");
  const rows = given.text("rows");
  if (given.typed("row") && given.typed("rows")) throw new UsageError("--row and --rows both name rows: leave one out");
  if (rows === undefined || given.typed("row")) return [within((row ?? 1) - 1, count, `--row ${row}`)];
  if (rows === "all") return Array.from({ length: count }, (_, index) => index);
  return rows.split(",").flatMap((part) => {
    const [, first, last = first] = /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(part) ?? [];
    const [from, to] = [Number(first) - 1, Number(last) - 1];
    if (first === undefined || from > to) throw new UsageError(`--rows takes all, or rows as in 1-20 or 3,5,8-10, got "${rows}"`);
    within(from, count, `--rows ${rows}`);
    within(to, count, `--rows ${rows}`);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

function within(index: number, count: number, option: string): number {
  if (index >= 0 && index < count) return index;
  throw new UsageError(`${option} is outside the table's ${count} rows (1 to ${count})`);
}
