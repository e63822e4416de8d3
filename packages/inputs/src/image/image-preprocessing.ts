import type { ResizeFilter } from "./resample.ts";
import type { PictureSize } from "./rgba-pixels.ts";

/** Which colours are a picture's channels, in this order. Grey is 0.299 red + 0.587 green + 0.114 blue. */
export type ImageColors = "rgb" | "bgr" | "grey";

/** Where the channels of a picture's tensor are: `[n, channels, height, width]` or `[n, height, width, channels]`. */
export type ImageLayout = "channels-first" | "channels-last";

/** What size a picture is brought to before it is cut. Sides that are not said keep the picture's proportions. */
export type ImageResize =
  | PictureSize
  /** The shorter side becomes `shortestEdge`; the longer one at most `longestEdge`, which makes both smaller. */
  | { readonly shortestEdge: number; readonly longestEdge?: number | undefined }
  | { readonly longestEdge: number };

/**
 * How a picture becomes what a model is fed, as data: resized, cut around its middle, scaled, less the mean, divided by the standard
 * deviation. `readImagePreprocessing` reads it from a file.
 */
export interface ImagePreprocessing {
  readonly colors: ImageColors;
  readonly layout: ImageLayout;
  /** Absent: the picture keeps its size. */
  readonly resize?: ImageResize | undefined;
  /** How colours between pixels are found when the size changes. */
  readonly filter: ResizeFilter;
  /** What is left around the middle, in pixels. A picture that is smaller gets a black border. Absent: all of it. */
  readonly crop?: PictureSize | undefined;
  /** What colours of 0 to 255 are multiplied by. */
  readonly scale: number;
  /** What is then taken away, one number a channel. */
  readonly mean: readonly number[];
  /** What the difference is divided by, one number a channel. */
  readonly std: readonly number[];
}

/** How many channels there are of these colours. */
export function channelsOf(colors: ImageColors): 1 | 3 {
  return colors === "grey" ? 1 : 3;
}

/** Colours of 0 to 1 in the order red, green, blue, in the picture's own size: what is done where nobody says anything else. */
export const plainPreprocessing: ImagePreprocessing = {
  colors: "rgb",
  layout: "channels-first",
  filter: "bilinear",
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};
