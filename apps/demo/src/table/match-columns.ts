import type { Table } from "@attr/inputs";

/** The columns of a table as a model takes them. */
export interface MatchedColumns {
  readonly columns: readonly string[];
  /** The column that the model is not shown, by its place: what is true of a row. */
  readonly truth?: number | undefined;
}

/**
 * Finds the columns that a model takes: those its `config.json` names, or as many of the table's as it takes. Columns of words become one
 * column a category (`island=Dream`), in the order of the alphabet; one column may be the truth, which models are not shown.
 *
 * @param width how many columns the model takes; undefined where its file leaves that open.
 * @param named the columns by name and order, where a file beside the model says.
 * @throws Error with what the table has and what the model takes, where they do not fit.
 */
export function matchColumns(
  table: Table,
  width: number | undefined,
  named: readonly string[] | undefined,
  name: string,
): MatchedColumns {
  if (named !== undefined) {
    const truth = table.names.findIndex((own) => !named.some((column) => column === own || column.startsWith(`${own}=`)));
    return { columns: named, ...(truth >= 0 && { truth }) };
  }
  const words = table.names.map((_, at) => typeof table.rows[0]?.[at] === "string");
  // What is no input most often says so, or is words, or stands last, or first.
  const order = [...table.names.keys()].sort((a, b) => likeTruth(table, b, words) - likeTruth(table, a, words));
  for (const truth of [undefined, ...order]) {
    const kept = table.names.flatMap((own, at) => (at === truth ? [] : [{ own, at }]));
    const plain = kept.map(({ own }) => own);
    const withCategories = kept.flatMap(({ own, at }) =>
      words[at] ? categoriesOf(table, at).map((one) => `${own}=${one}`) : [own],
    );
    const numbers = kept.every(({ at }) => !words[at]);
    for (const columns of numbers ? [plain] : [withCategories])
      if (width === undefined ? numbers || truth !== undefined : columns.length === width)
        return { columns, ...(truth !== undefined && { truth }) };
  }
  const has = table.names.map((own) => `“${own}”`).join(", ");
  throw new Error(
    `the model takes ${width ?? "an open number of"} columns, and “${name}” has ${table.names.length}: ${has}. Leave out the columns that it does not take (one may be the truth), or drop a config.json beside it whose feature_names lists them in order, with names like island=Dream for categories`,
  );
}

function likeTruth({ names }: Table, at: number, words: readonly boolean[]): number {
  const told = /^(y|label|class|target|truth|outcome|species|category)$/i.test(names[at]!);
  return (told ? 8 : 0) + (words[at] ? 4 : 0) + (at === names.length - 1 ? 2 : at === 0 ? 1 : 0);
}

function categoriesOf(table: Table, at: number): readonly string[] {
  return [...new Set(table.rows.map((row) => String(row[at]).trim()))].filter((word) => !/^(na|nan|null)?$/i.test(word)).sort();
}
