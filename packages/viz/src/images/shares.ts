import type { ImagePanel, ImageSign } from "../documents/image-document.ts";
import type { Grid } from "./resample.ts";

/** Scores as shares of the scale, less what `sign` does not show. */
export function sharesOf({ width, height, scores }: ImagePanel, end: number, sign: ImageSign): Grid {
  const data = new Float64Array(scores.length);
  for (let i = 0; i < data.length; i++) {
    const score = scores[i]!;
    const share = end === 0 ? (Number.isFinite(score) ? 0 : Math.sign(score)) : Math.min(1, Math.max(-1, score / end));
    data[i] =
      sign === "absolute"
        ? Math.abs(share)
        : (sign === "positive" && share < 0) || (sign === "negative" && share > 0)
          ? 0
          : share;
  }
  return { width, height, data };
}
