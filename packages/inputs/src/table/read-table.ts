import { InvalidArgumentError } from "@attr/core";
import { readDelimited } from "./read-delimited.ts";

/** A cell: a number in columns of numbers (`NaN` where it is empty), text in others. */
export type TableCell = number | string;

/** Rows of cells under named columns. */
export interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly TableCell[])[];
}

/** How the text of a table is read. */
export interface ReadTableOptions {
  /** @defaultValue the one of comma, semicolon and tab that the first line has most of */
  readonly delimiter?: "," | ";" | "\t" | undefined;
}

/**
 * A table from delimited text whose first line names the columns. A column is of numbers where every cell that is not empty is one (with
 * a point for the decimals); an empty cell is then `NaN`. `NA`, `NaN` and `null` count as empty there.
 *
 * @throws InvalidArgumentError for a text without columns, two columns of one name, and a line with other than one cell a column; the
 * sentence names the line.
 */
export function readTable(text: string, options: ReadTableOptions = {}): Table {
  if (typeof text !== "string") throw new InvalidArgumentError(`the table must be text, got ${typeof text}`);
  const [head, ...body] = readDelimited(text, options.delimiter ?? guessDelimiter(text));
  if (head === undefined) throw new InvalidArgumentError("the table is empty: its first line names the columns");
  const names = head.cells.map((name) => name.trim());
  const seen = new Set<string>();
  names.forEach((name, column) => {
    if (name === "") throw new InvalidArgumentError(`column ${column + 1} of the table has no name`);
    if (seen.has(name)) throw new InvalidArgumentError(`the table has two columns named ${JSON.stringify(name)}`);
    seen.add(name);
  });
  for (const { cells, line } of body)
    if (cells.length !== names.length)
      throw new InvalidArgumentError(`line ${line} of the table has ${cells.length} cells for ${names.length} columns`);
  const numeric = names.map((_, column) => body.length > 0 && isNumeric(body.map(({ cells }) => cells[column]!)));
  return {
    names,
    rows: body.map(({ cells }) =>
      cells.map((cell, column) => {
        if (!numeric[column]) return cell;
        return isEmpty(cell) ? Number.NaN : Number(cell);
      }),
    ),
  };
}

function guessDelimiter(text: string): string {
  const [first = ""] = text.split(/[\r\n]/, 1);
  const counts = [",", ";", "\t"].map((delimiter) => [delimiter, first.split(delimiter).length] as const);
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

/** Whether a cell says that nothing is known. */
export function isEmpty(cell: string): boolean {
  return /^\s*(na|nan|null)?\s*$/i.test(cell);
}

function isNumeric(cells: readonly string[]): boolean {
  const numbers = cells.filter((cell) => !isEmpty(cell));
  return numbers.length > 0 && numbers.every((cell) => /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(cell));
}
