import type { TextDocument } from "./text-document.ts";

/** All features in reading order, or the strongest in any row where there are more than `most`. */
export function strongestFeatures({ features, rows }: TextDocument, most: number): number[] {
  const all = features.map((_, feature) => feature);
  if (all.length <= most) return all;
  const size = new Float64Array(all.length);
  for (const { scores } of rows)
    scores.forEach((score, feature) => {
      if (!Number.isNaN(score)) size[feature] = Math.max(size[feature]!, Math.abs(score));
    });
  return all
    .sort((a, b) => (size[a] === size[b] ? a - b : size[b]! > size[a]! ? 1 : -1))
    .slice(0, most)
    .sort((a, b) => a - b);
}
