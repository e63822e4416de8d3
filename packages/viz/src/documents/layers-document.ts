import type { DocumentHead, ExplainedValues } from "./document.ts";

/** One signed number a layer, from the input to the output. */
export interface LayersDocument extends DocumentHead, ExplainedValues {
  readonly kind: "layers";
  readonly layers: readonly LayerScore[];
  /** What a layer's number is: "sum of attributions", "mean magnitude". */
  readonly measure: string;
}

/** One layer of a strip: its name and score. */
export interface LayerScore {
  readonly name: string;
  readonly score: number;
  readonly standardError?: number | undefined;
  /** The layer's shape without the batch. */
  readonly shape?: readonly number[] | undefined;
  /** What else is to be said of it: "12 heads", "Conv". */
  readonly detail?: string | undefined;
}
