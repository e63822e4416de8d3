import type { DocumentHead } from "./document.ts";

/** Numbers over numbers: how an output falls as features are deleted, how estimates settle as evaluations grow. */
export interface CurveDocument extends DocumentHead {
  readonly kind: "curve";
  /** What the horizontal axis is: "features deleted", and its unit: "share". */
  readonly x: { readonly label: string; readonly unit?: string | undefined };
  /** What the vertical axis is; the document's `unit` is its unit. */
  readonly y: { readonly label: string };
  readonly curves: readonly Curve[];
  /** Levels to compare with, drawn across: the base value, the exact answer. */
  readonly levels?: readonly { readonly label: string; readonly y: number }[] | undefined;
  /** Whether the area under every curve is told, as a mean height over the axis: the number that deletion and insertion are compared by. @defaultValue false */
  readonly area?: boolean | undefined;
}

/** One line of points. */
export interface Curve {
  readonly label: string;
  /** Rising. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Standard error of every `y`: drawn as a band of one standard error to either side; NaN where it is not known. */
  readonly standardErrors?: readonly number[] | undefined;
}
