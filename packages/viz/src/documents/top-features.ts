import { strongestFirst } from "./facts.ts";
import type { TabularDocument } from "./tabular-document.ts";

/** Lines of a chart: features, and what the others come to together. */
export interface TopFeatures {
  /** Features with a line of their own, strongest first. */
  readonly shown: readonly number[];
  /** Features that share the last line. */
  readonly others: readonly number[];
}

/** The strongest features by these scores, at most as many as the document asks for and never more than a hundred. */
export function topFeatures(document: TabularDocument, scores: readonly number[]): TopFeatures {
  const order = strongestFirst(scores);
  const asked = Math.floor(document.top ?? 16);
  const most = Math.min(100, Math.max(1, Number.isNaN(asked) ? 16 : asked));
  // A line for the others that stands for one feature alone had better show it.
  const cut = order.length === most + 1 ? order.length : most;
  return { shown: order.slice(0, cut), others: order.slice(cut) };
}

/** "age = 39", or the label alone where the value is not known. */
export function featureLabel(document: TabularDocument, feature: number): string {
  const input = document.rows[0]?.inputs?.[feature];
  const value =
    typeof input === "number" ? (Number.isInteger(input) ? String(input) : String(Number(input.toPrecision(4)))) : input;
  return value === undefined ? document.features[feature]! : `${document.features[feature]} = ${value.replace("-", "−")}`;
}

/** "the other 12 features". */
export function othersLabel(count: number): string {
  return `the other ${count} features`;
}
