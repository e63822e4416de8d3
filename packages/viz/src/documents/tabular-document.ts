import type { DocumentHead, ExplainedValues } from "./document.ts";

/**
 * How a table of scores is shown.
 *
 * - `bars`: a signed bar a feature, strongest first, for the first row.
 * - `waterfall`: the way from the base value to the output, a step a feature, for the first row.
 * - `beeswarm`: a line of points a feature, a point a row.
 * - `dependence`: one feature's score against its value, a point a row.
 */
export type TabularView = "bars" | "waterfall" | "beeswarm" | "dependence";

/** Signed scores of named features, a row an example. */
export interface TabularDocument extends DocumentHead {
  readonly kind: "tabular";
  readonly features: readonly string[];
  /** The group of every feature, where features were switched together: each carries its group's whole score, and a sum counts it once. */
  readonly groups?: readonly number[] | undefined;
  readonly rows: readonly TabularRow[];
  /** @defaultValue "bars" for one row, "beeswarm" for more */
  readonly view?: TabularView | undefined;
  /** The feature that `dependence` shows, by index. @defaultValue the feature with the largest mean magnitude */
  readonly feature?: number | undefined;
  /** Features shown, strongest first; the others are shown as one sum. @defaultValue 16 */
  readonly top?: number | undefined;
}

/** The scores of one example. */
export interface TabularRow extends ExplainedValues {
  readonly label: string;
  /** One score a feature. */
  readonly scores: readonly number[];
  readonly standardErrors?: readonly number[] | undefined;
  /** The features' own values, numbers or words. */
  readonly inputs?: readonly (number | string)[] | undefined;
}
