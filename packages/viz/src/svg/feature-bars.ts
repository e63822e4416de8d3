import { factsInWords, sumOf } from "../documents/facts.ts";
import type { TabularDocument } from "../documents/tabular-document.ts";
import { featureLabel, othersLabel, topFeatures } from "../documents/top-features.ts";
import { LinearScale } from "../linear-scale.ts";
import { numberFormat } from "../number-format.ts";
import { ScoreScale } from "../score-scale.ts";
import { type Bar, drawBars, placeOfBars } from "./bars.ts";
import { lineHeight, type Page } from "./page.ts";

/**
 * A signed bar a feature for the first row, strongest first; the weaker ones together in one bar.
 *
 * @param beside The documents that share the axis, this one among them.
 */
export function drawFeatureBars(page: Page, document: TabularDocument, beside: readonly TabularDocument[]): void {
  const row = document.rows[0]!;
  const bars = barsOf(document);
  const all = beside.flatMap(barsOf);
  const numbers = numberFormat(new ScoreScale([{ scores: all.map(({ score }) => score) }]).magnitude, "−");
  page.sentence(`${row.label}: ${factsInWords(row, sumOf(row.scores), document.unit, numbers)}`, "plain");
  page.down(lineHeight / 3);
  const ends = all.flatMap(({ score, standardError = 0 }) => [score - standardError, score + standardError]);
  const place = placeOfBars(
    page,
    bars.map(({ label }) => label),
    true,
  );
  drawBars(page, bars, place, new LinearScale([0, ...ends]), document.unit, numbers);
}

function barsOf(document: TabularDocument): Bar[] {
  const row = document.rows[0];
  if (row === undefined) return [];
  const { shown, others } = topFeatures(document, row.scores);
  const bars: Bar[] = shown.map((feature) => ({
    label: featureLabel(document, feature),
    score: row.scores[feature]!,
    standardError: row.standardErrors?.[feature],
  }));
  if (others.length > 0)
    bars.push({ label: othersLabel(others.length), score: sumOf(others.map((feature) => row.scores[feature]!)) });
  return bars;
}
