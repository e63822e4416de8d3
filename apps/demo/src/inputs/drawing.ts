import { plainPreprocessing, type RgbaPixels, seenPixels } from "@attr/inputs";

/** The side of a drawing, in pixels: what the model of digits reads. */
export const drawingSide = 28;

/** A drawing in grey, white on black: one byte a pixel, row by row. */
export type Drawing = Uint8Array;

/** A drawing as a picture. */
export function drawingPixels(drawing: Drawing): RgbaPixels {
  const data = new Uint8ClampedArray(4 * drawing.length);
  for (let i = 0; i < drawing.length; i++) data.set([drawing[i]!, drawing[i]!, drawing[i]!, 255], 4 * i);
  return { width: drawingSide, height: drawingSide, data };
}

/** A picture as a drawing: in grey, in a drawing's size. */
export function drawingOf(pixels: RgbaPixels): Drawing {
  const size = { width: drawingSide, height: drawingSide };
  const { data } = seenPixels(pixels, { ...plainPreprocessing, colors: "grey", mean: [0], std: [1], resize: size });
  return Uint8Array.from({ length: drawingSide * drawingSide }, (_, i) => data[4 * i]!);
}

/** A drawing in which black is white. */
export function inverted(drawing: Drawing): Drawing {
  return drawing.map((grey) => 255 - grey);
}
