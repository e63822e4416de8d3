import type { ColumnGroup } from "@attr/inputs";
import type { TabularDocument, TabularRow } from "@attr/viz";

/**
 * A table of scores a column as one of scores a feature: the columns of one category each become one line, with the category that a row
 * has as its value.
 *
 * @param shared whether a feature's columns were switched together, so that each carries the whole score; else their scores are summed.
 * @param units what features are measured in, by name.
 */
export function featuresDocument(
  document: TabularDocument,
  groups: readonly ColumnGroup[],
  { shared, units }: { readonly shared: boolean; readonly units: Readonly<Record<string, string>> },
): TabularDocument {
  return {
    ...document,
    features: groups.map(({ name }) => {
      const unit = units[name];
      // Many names say it themselves: body_mass_g.
      return unit === undefined || name.endsWith(`_${unit}`) ? name : `${name} (${unit})`;
    }),
    rows: document.rows.map(
      (row): TabularRow => ({
        ...row,
        scores: groups.map(({ columns }) => (shared ? row.scores[columns[0]!]! : sumOf(columns, row.scores))),
        ...(row.standardErrors !== undefined && {
          standardErrors: groups.map(({ columns }) => {
            const errors = columns.map((column) => row.standardErrors![column]!);
            return shared ? errors[0]! : Math.hypot(...errors);
          }),
        }),
        ...(row.inputs !== undefined && { inputs: groups.map((group) => featureValue(group, row.inputs!)) }),
      }),
    ),
  };
}

function sumOf(columns: readonly number[], scores: readonly number[]): number {
  let sum = 0;
  for (const column of columns) sum += scores[column]!;
  return sum;
}

/** A feature's own value: a number to 7 digits, as floats of 32 bits have them, or a category. */
export function featureValue({ columns, categories }: ColumnGroup, inputs: ArrayLike<number | string>): number | string {
  if (categories === undefined) return Number(Number(inputs[columns[0]!]).toPrecision(7));
  const present = columns.findIndex((column) => Number(inputs[column]) === 1);
  return present < 0 ? "unknown" : categories[present]!;
}
