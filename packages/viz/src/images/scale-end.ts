import type { ImageDocument, ImagePanel } from "../documents/image-document.ts";

/**
 * Where the scale of scores ends: the least magnitude at which the magnitudes up to it make up `100 − outlierPercent` percent of all
 * magnitudes together (as Captum's `outlier_perc`). Scores that are not finite are left out; 0 where all are zero.
 */
export function scaleEnd(maps: Iterable<readonly number[]>, outlierPercent: number): number {
  let count = 0;
  const lists = [...maps];
  for (const scores of lists) count += scores.length;
  const sizes = new Float64Array(count);
  let kept = 0;
  for (const scores of lists)
    for (let i = 0; i < scores.length; i++) if (Number.isFinite(scores[i]!)) sizes[kept++] = Math.abs(scores[i]!);
  const sorted = sizes.subarray(0, kept).sort();
  const largest = sorted.at(-1) ?? 0;
  const percent = Math.min(100, Math.max(0, Number.isNaN(outlierPercent) ? 0 : outlierPercent));
  if (largest === 0 || percent === 0) return largest;
  // Shares of the largest, so that the sum does not overflow.
  let total = 0;
  for (let i = 0; i < sorted.length; i++) total += sorted[i]! / largest;
  const wanted = (total * (100 - percent)) / 100;
  let sum = 0;
  for (let i = 0; i < sorted.length; i++) {
    sum += sorted[i]! / largest;
    if (sum >= wanted && sorted[i]! > 0) return sorted[i]!;
  }
  return largest;
}

/** Where the scales of a document's maps end. */
export interface PanelScales {
  readonly outlierPercent: number;
  /** Whether the maps share one scale. */
  readonly shared: boolean;
  /** The end of the one that they share, or would. */
  readonly sharedEnd: number;
  endOf(panel: ImagePanel): number;
}

/** The scales of the maps that are drawn of a document. */
export function panelScales(document: ImageDocument, panels: readonly ImagePanel[]): PanelScales {
  const outlierPercent = document.outlierPercent ?? 2;
  const shared = (document.scale ?? "shared") === "shared";
  const sharedEnd = scaleEnd(
    panels.map(({ scores }) => scores),
    outlierPercent,
  );
  const endOf = (panel: ImagePanel): number => (shared ? sharedEnd : scaleEnd([panel.scores], outlierPercent));
  return { outlierPercent, shared, sharedEnd, endOf };
}
