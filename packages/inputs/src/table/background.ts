import { HostTensor, InvalidArgumentError } from "@attr/core";
import type { ColumnGroups } from "./group-columns.ts";

/**
 * What an ordinary row is, float32 `[1, columns]`: the mean of a column of numbers, and of a feature of categories the most frequent one
 * (the first of equally frequent ones). What methods take as `baselines`. Numbers that are missing (`NaN`) do not count; a column of
 * nothing else gets 0.
 *
 * @param rows `[rows, columns]`, as `rowsTensor` makes it.
 * @throws InvalidArgumentError for a shape that is not of these columns, and where there is no row.
 */
export function backgroundOf(
  rows: { readonly data: ArrayLike<number | bigint>; readonly shape: readonly number[] },
  { groups, mask }: ColumnGroups,
): HostTensor<"float32"> {
  const columns = mask.data.length;
  const [count = 0, width] = rows.shape;
  if (rows.shape.length !== 2 || width !== columns || count < 1)
    throw new InvalidArgumentError(
      `rows has shape [${rows.shape.join(", ")}]; it must be of ${columns} columns and at least one row`,
    );
  const sums = new Float64Array(columns);
  const seen = new Float64Array(columns);
  for (let row = 0; row < count; row++)
    for (let column = 0; column < columns; column++) {
      const value = Number(rows.data[row * columns + column]!);
      if (Number.isNaN(value)) continue;
      sums[column]! += value;
      seen[column]!++;
    }
  const background = new Float32Array(columns);
  for (const { columns: own, categories } of groups) {
    if (categories === undefined)
      for (const column of own) background[column] = seen[column] === 0 ? 0 : sums[column]! / seen[column]!;
    else background[own.reduce((best, column) => (sums[column]! > sums[best]! ? column : best))] = 1;
  }
  return new HostTensor(background, [1, columns], "float32");
}
