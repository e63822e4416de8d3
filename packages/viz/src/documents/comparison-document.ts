import type { DocumentHead } from "./document.ts";
import type { ImageDocument } from "./image-document.ts";
import type { TabularDocument } from "./tabular-document.ts";
import type { TextDocument } from "./text-document.ts";

/** Explanations of one thing side by side: by several methods, or with several settings of one. All are of the same kind. */
export interface ComparisonDocument extends DocumentHead {
  readonly kind: "comparison";
  /** At least one. */
  readonly parts: readonly ComparisonPart[];
}

/** What can be held beside others of its kind. */
export type ComparedDocument = TextDocument | TabularDocument | ImageDocument;

/** One of what is held side by side: what it is called, its picture, and what it cost. */
export interface ComparisonPart {
  /** What it is called among the others: the method's name, or its settings. */
  readonly label: string;
  readonly document: ComparedDocument;
  readonly cost?: ComparisonCost | undefined;
}

/** What an explanation cost. */
export interface ComparisonCost {
  /** Calls of the model. */
  readonly calls: number;
  /** Rows that these calls held. */
  readonly rows?: number | undefined;
  /** How long it took, in milliseconds. */
  readonly milliseconds?: number | undefined;
}
