import type { DocumentHead, ExplainedValues } from "./document.ts";

/**
 * How the scores of a picture are shown.
 *
 * - `heat`: the scores alone, blue where they raise and orange where they lower; the stronger the denser.
 * - `blended`: the same over the picture in grey.
 * - `signed`: as `blended`, with stripes where scores lower, so that the sign does not hang on colour.
 * - `masked`: the picture, as dense as the scores are strong.
 * - `contour`: lines of equal score over the picture, whole where they raise and broken where they lower.
 */
export type ImageOverlay = "heat" | "blended" | "signed" | "masked" | "contour";

/** Which scores are shown: all with their sign, only what raises, only what lowers, or all without their sign. */
export type ImageSign = "all" | "positive" | "negative" | "absolute";

/** Small multiples of signed scores over the pixels of a picture. */
export interface ImageDocument extends DocumentHead, ExplainedValues {
  readonly kind: "image";
  readonly panels: readonly ImagePanel[];
  /** The picture that was explained; absent where it is not at hand: overlays then lie on nothing. */
  readonly picture?: ImagePixels | undefined;
  /** @defaultValue "heat" without a picture, "blended" with one */
  readonly overlay?: ImageOverlay | undefined;
  /** @defaultValue "all" */
  readonly sign?: ImageSign | undefined;
  /** How scores coarser than the picture are enlarged: in squares, or evened out between their centres. @defaultValue "nearest" */
  readonly scaling?: "nearest" | "smooth" | undefined;
  /** One scale for all panels, so that they compare, or one for each. @defaultValue "shared" */
  readonly scale?: "shared" | "each" | undefined;
  /**
   * The share of the scores' total strength, in percent, that may lie beyond the end of the scale: a few extreme pixels would else
   * make all others pale. 0 ends the scale at the strongest score.
   *
   * @defaultValue 2
   */
  readonly outlierPercent?: number | undefined;
}

/** One map of scores: a channel, a layer, a method. */
export interface ImagePanel extends ExplainedValues {
  readonly label: string;
  readonly width: number;
  readonly height: number;
  /** `height × width` scores, row by row. */
  readonly scores: readonly number[];
  /** The group of every pixel, where pixels were switched together: each carries its group's whole score, and a sum counts it once. */
  readonly groups?: readonly number[] | undefined;
  /** The unit, where it is not the document's. */
  readonly unit?: string | undefined;
}

/** A picture's colours: 3 numbers a pixel (red, green, blue) or 1 (grey), 0 to 255, row by row. */
export interface ImagePixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: readonly number[];
}
