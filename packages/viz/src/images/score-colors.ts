import type { Color } from "../score-scale.ts";

/** Opacity where a score is no number: grey, unlike any of the scale. */
const nanOpacity = 150;

// Blue raises and orange lowers, between those of the light theme and of the dark one: a map has one set of colours for both.
export const raises: Color = [36, 116, 224];
export const lowers: Color = [230, 112, 16];

/** Steps on either side of zero. */
const steps = 127;

/** The palette's place of a share of the scale, -1 to 1; the last one for NaN. */
export function paletteIndex(share: number): number {
  return Number.isNaN(share) ? 2 * steps + 1 : Math.round(Math.min(1, Math.max(-1, share)) * steps) + steps;
}

/** Colours of the shares: the stronger the less transparent, so that the page, or the picture below, is what a score of zero looks like. */
export function scorePalette(most: number): Uint8Array {
  const palette = new Uint8Array((2 * steps + 2) * 4);
  for (let step = -steps; step <= steps; step++) {
    const color = step < 0 ? lowers : raises;
    palette.set([...color, Math.round((Math.abs(step) / steps) * most * 255)], (step + steps) * 4);
  }
  palette.set([128, 128, 128, nanOpacity], (2 * steps + 1) * 4);
  return palette;
}
