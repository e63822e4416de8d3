import { InvalidArgumentError } from "@attr/core";
import { sumOf } from "../documents/facts.ts";
import type { TabularDocument, TabularRow } from "../documents/tabular-document.ts";

/** One feature of a table: a column of numbers, or the columns of one category each. What `groupColumns` of `@attr/inputs` finds. */
export interface FeatureColumns {
  readonly name: string;
  /** Its columns, by index. */
  readonly columns: readonly number[];
  /** The categories of its columns; absent for a column of numbers. */
  readonly categories?: readonly string[] | undefined;
}

/** How columns become features. */
export interface FeaturesDocumentOptions {
  /**
   * Whether a feature's columns were switched together, so that each carries the whole score; else their scores are added up.
   *
   * @defaultValue false
   */
  readonly shared?: boolean | undefined;
  /** What features are measured in, by name. @defaultValue none */
  readonly units?: Readonly<Record<string, string>> | undefined;
}

/**
 * A table of scores a column as one of scores a feature: the columns of one category each become one line, with the category that a row
 * has as its value. Sums, values and base values stay what they are.
 *
 * @param document with a feature a column, as `tabularDocument` makes it.
 * @throws InvalidArgumentError for a feature without a column, and a column that the document does not have.
 */
export function featuresDocument(
  document: TabularDocument,
  groups: readonly FeatureColumns[],
  { shared = false, units = {} }: FeaturesDocumentOptions = {},
): TabularDocument {
  for (const { name, columns } of groups) {
    if (columns.length === 0) throw new InvalidArgumentError(`feature ${JSON.stringify(name)} has no column`);
    const stranger = columns.find((column) => !(column in document.features));
    if (stranger !== undefined)
      throw new InvalidArgumentError(
        `feature ${JSON.stringify(name)} has column ${stranger}, and the document has ${document.features.length}`,
      );
  }
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
        scores: groups.map(({ columns }) =>
          shared ? row.scores[columns[0]!]! : sumOf(columns.map((column) => row.scores[column]!)),
        ),
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

/** A feature's own value: a number to 7 digits, as floats of 32 bits have them, or a category. */
export function featureValue({ columns, categories }: FeatureColumns, inputs: ArrayLike<number | string>): number | string {
  if (categories === undefined) return Number(Number(inputs[columns[0]!]).toPrecision(7));
  const present = columns.findIndex((column) => Number(inputs[column]) === 1);
  return present < 0 ? "unknown" : categories[present]!;
}
