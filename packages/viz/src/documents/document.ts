import type { ComparisonDocument } from "./comparison-document.ts";
import type { CurveDocument } from "./curve-document.ts";
import type { ImageDocument } from "./image-document.ts";
import type { LayersDocument } from "./layers-document.ts";
import type { TabularDocument } from "./tabular-document.ts";
import type { TextDocument } from "./text-document.ts";

/** What every picture says of itself, whatever it shows. */
export interface DocumentHead {
  /** One line above the picture. */
  readonly title: string;
  /** What is explained, in words: 'the log-probability of " Sue"'. */
  readonly explained: string;
  /** What a score is measured in: "nats", "logits", "probability". */
  readonly unit: string;
  /** The method's name. */
  readonly method: string;
  /** Sentences under the picture: warnings and notes. */
  readonly notes: readonly string[];
  /** How far the work had come where it is not at its end: the picture says that it shows a partial result. */
  readonly partial?: { readonly done: number; readonly total: number; readonly unit: string } | undefined;
}

/** The explained number and what it is without anything: what the scores of complete methods add up to lies between them. */
export interface ExplainedValues {
  /** The explained number with everything present. */
  readonly value?: number | undefined;
  /** The same with everything absent. */
  readonly baseValue?: number | undefined;
}

/**
 * What a picture is made of: plain data, so that any result of any package can be drawn, saved as JSON and loaded. `kind` says what is
 * shown; every function of this package that takes a document takes all kinds that its format can show.
 */
export type AttributionDocument =
  | TextDocument
  | ImageDocument
  | TabularDocument
  | CurveDocument
  | LayersDocument
  | ComparisonDocument;
