import type { ColumnGroups, Table } from "@attr/inputs";

/** A model that reads rows of a table, and the table. */
export interface ModelTable {
  /** What it is called: "penguins", or the names of the user's files. */
  readonly name: string;
  /** The user's own model; absent: the one of penguins. */
  readonly model?: File | undefined;
  /** As its file has it. */
  readonly table: Table;
  /** What the model takes, in its order. */
  readonly columns: readonly string[];
  readonly groups: ColumnGroups;
  /** What columns are measured in, by name. */
  readonly units: Readonly<Record<string, string>>;
  /** The names of the classes, by their index in the output; empty where nobody says. */
  readonly labels: readonly string[];
  /** Every row as the model takes it, row by row. */
  readonly rows: Float32Array;
  /** Rows of the file that are not here, because a number is missing in them. */
  readonly left?: number | undefined;
  /** The column of the table that says what is true of a row, by its place. */
  readonly truth?: number | undefined;
}

/** A row as the model takes it. */
export function rowOf({ rows, columns }: ModelTable, row: number): Float32Array {
  return rows.slice(row * columns.length, (row + 1) * columns.length);
}

/** "row 17 (Adelie)". */
export function rowName({ table, truth }: ModelTable, row: number): string {
  return truth === undefined ? `row ${row + 1}` : `row ${row + 1} (${table.rows[row]![truth]})`;
}
