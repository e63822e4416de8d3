import { HostTensor, InvalidArgumentError } from "@attr/core";

/** One feature of a table: a column of numbers, or the columns of one category each. */
export interface ColumnGroup {
  /** `body_mass` for a column of that name, `island` for the columns `island=Biscoe` and `island=Dream`. */
  readonly name: string;
  /** Its columns, by index, in their order. */
  readonly columns: readonly number[];
  /** The categories of its columns; absent for a column of numbers. */
  readonly categories?: readonly string[] | undefined;
}

/** Columns as features. */
export interface ColumnGroups {
  /** In the order of their first columns. */
  readonly groups: readonly ColumnGroup[];
  /** The group of every column, int32 `[1, columns]`: what methods take as `featureMask`. */
  readonly mask: HostTensor<"int32">;
}

/**
 * Columns named `name=category` (one-hot, 1 for the category that a row has and 0 for the others) are one feature together, wherever
 * they lie; every other column is a feature of its own.
 *
 * @throws InvalidArgumentError for two columns of one name, and for a name that is a column of numbers and of categories at once.
 */
export function groupColumns(names: readonly string[]): ColumnGroups {
  const found = new Map<string, { number: number; columns: number[]; categories: string[] | undefined }>();
  const seen = new Set<string>();
  const mask = new Int32Array(names.length);
  names.forEach((name, column) => {
    if (seen.has(name)) throw new InvalidArgumentError(`two columns are named ${JSON.stringify(name)}`);
    seen.add(name);
    const at = name.indexOf("=");
    const [own, category] = at > 0 ? [name.slice(0, at), name.slice(at + 1)] : [name, undefined];
    let group = found.get(own);
    if (group === undefined) {
      group = { number: found.size, columns: [], categories: category === undefined ? undefined : [] };
      found.set(own, group);
    } else if (group.categories === undefined || category === undefined)
      throw new InvalidArgumentError(`${JSON.stringify(own)} is a column of its own and one of categories`);
    group.columns.push(column);
    if (category !== undefined) group.categories?.push(category);
    mask[column] = group.number;
  });
  const groups = [...found].map(([name, { columns, categories }]) => ({
    name,
    columns,
    ...(categories !== undefined && { categories }),
  }));
  return { groups, mask: new HostTensor(mask, [1, names.length], "int32") };
}
