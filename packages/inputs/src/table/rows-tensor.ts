import { HostTensor, InvalidArgumentError } from "@attr/core";
import { isEmpty, type Table, type TableCell } from "./read-table.ts";

/**
 * Rows of a table as what a model is fed, float32 `[rows, columns]`, its columns in the model's order. A column `island=Biscoe` that the
 * table does not have is made of its column `island`: 1 where that says `Biscoe`, else 0; where the cell is empty (`NA`, `NaN` and `null`
 * are empty too), it is 0 in all of them.
 *
 * @param columns the model's columns by name. @defaultValue the table's own
 * @throws InvalidArgumentError for a column that the table does not have, a cell that is no number or none of float32, and a category that none of the
 * columns stands for.
 */
export function rowsTensor(table: Table, columns: readonly string[] = table.names): HostTensor<"float32"> {
  const { rows } = table;
  const data = new Float32Array(rows.length * columns.length);
  columns.forEach((name, column) => {
    const read = readerOf(table, name, columns);
    rows.forEach((row, index) => {
      data[index * columns.length + column] = read(row, index);
    });
  });
  return new HostTensor(data, [rows.length, columns.length], "float32");
}

function readerOf(table: Table, name: string, columns: readonly string[]): (row: readonly TableCell[], index: number) => number {
  const own = table.names.indexOf(name);
  if (own >= 0)
    return (row, index) => {
      const cell = row[own]!;
      if (typeof cell !== "number" || Number.isNaN(cell))
        throw new InvalidArgumentError(
          `row ${index + 1} of the table has ${typeof cell === "number" ? "no number" : JSON.stringify(cell)} in column ${JSON.stringify(name)}`,
        );
      if (!Number.isFinite(Math.fround(cell)))
        throw new InvalidArgumentError(
          `row ${index + 1} of the table has a number that float32 does not hold in column ${JSON.stringify(name)}, ${cell}`,
        );
      return cell;
    };
  const at = name.indexOf("=");
  const from = at > 0 ? table.names.indexOf(name.slice(0, at)) : -1;
  if (from < 0)
    throw new InvalidArgumentError(
      `the table has no column ${JSON.stringify(name)}; its columns are ${table.names.map((one) => JSON.stringify(one)).join(", ")}`,
    );
  const known = new Set(columns.filter((one) => one.startsWith(name.slice(0, at + 1))).map((one) => one.slice(at + 1)));
  return (row, index) => {
    const category = String(row[from]).trim();
    if (!known.has(category) && isEmpty(category)) return 0;
    if (!known.has(category))
      throw new InvalidArgumentError(
        `row ${index + 1} of the table has ${JSON.stringify(category)} in column ${JSON.stringify(name.slice(0, at))}; the model knows ${[...known].map((one) => JSON.stringify(one)).join(", ")}`,
      );
    return category === name.slice(at + 1) ? 1 : 0;
  };
}
