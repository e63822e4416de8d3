import type { TabularDocument } from "./tabular-document.ts";

/** The mean magnitude of every feature's scores over the rows, what is not finite left out; 0 where nothing is left. */
export function meanMagnitudes({ features, rows }: TabularDocument): number[] {
  const means = new Float64Array(features.length);
  const counts = new Float64Array(features.length);
  for (const { scores } of rows)
    for (let feature = 0; feature < means.length; feature++) {
      const size = Math.abs(scores[feature]!);
      if (!Number.isFinite(size)) continue;
      counts[feature]!++;
      // A running mean: a sum of large numbers would overflow.
      means[feature]! += (size - means[feature]!) / counts[feature]!;
    }
  return [...means];
}
