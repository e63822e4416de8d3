import { factsInWords, sumOf } from "../documents/facts.ts";
import { meanFacts } from "../documents/mean-facts.ts";
import { meanMagnitudes } from "../documents/mean-magnitudes.ts";
import type { TabularDocument } from "../documents/tabular-document.ts";
import { othersLabel, topFeatures } from "../documents/top-features.ts";
import { evenly } from "../evenly.ts";
import { LinearScale } from "../linear-scale.ts";
import { type NumberFormat, numberFormat } from "../number-format.ts";
import { ScoreScale } from "../score-scale.ts";
import { shorten, visibleLabel, visibleText } from "../visible-text.ts";
import { horizontalAxis } from "./axis.ts";
import { type BarPlace, placeOfBars } from "./bars.ts";
import { glyphs, hinted, lineHeight, margin, type Page, stroke } from "./page.ts";

/** Pixels from one feature to the next. */
const laneHeight = 40;
/** Points drawn for a feature: of more rows, evenly chosen ones by the order of their scores, so that the shape stays. */
const mostPoints = 240;

/**
 * A line of points a feature, a point a row: where a point stands is its score, how full it is the rank of the feature's value. The
 * number at the right is the mean magnitude, by which the features are ordered.
 *
 * @param beside The documents that share the axis, this one among them.
 */
export function drawBeeswarm(page: Page, document: TabularDocument, beside: readonly TabularDocument[]): void {
  const { rows } = document;
  const means = meanMagnitudes(document);
  const { shown, others } = topFeatures(document, means);
  const labels = shown.map((feature) => document.features[feature]!);
  const lanes = beside.flatMap((other) =>
    topFeatures(other, meanMagnitudes(other)).shown.flatMap((feature) => ends(other, feature)),
  );
  const scale = new LinearScale([0, ...lanes], 0.02);
  const numbers = numberFormat(Math.max(Math.abs(scale.low), Math.abs(scale.high)), "−");
  const facts = meanFacts(rows);
  const own = numberFormat(new ScoreScale([{ scores: [facts.sum] }]).magnitude || 1, "−");
  page.sentence(`Means of ${rows.length} rows: ${factsInWords(facts, facts.sum, document.unit, own)}`, "plain");
  if (rows.some(({ inputs }) => inputs !== undefined)) drawFullness(page);
  if (rows.length > mostPoints)
    page.sentence(`${mostPoints} of ${rows.length} rows are drawn a feature, evenly over its scores.`, "faint");
  page.down(lineHeight / 3);

  const place = placeOfBars(page, [...labels, ...(others.length > 0 ? [othersLabel(others.length)] : [])], false);
  page.parts.push(glyphs(page.width - margin, page.y, "mean magnitude", "faint", "end"));
  page.down(laneHeight / 2 + 8);
  const top = page.y - laneHeight / 2 - 5;
  const start = page.parts.length;
  for (const feature of shown) drawLane(page, document, feature, means[feature]!, place, scale, numbers);
  if (others.length > 0) {
    page.parts.push(
      glyphs(margin, page.y, shorten(othersLabel(others.length), place.labelColumns), "faint"),
      glyphs(page.width - margin, page.y, numbers.plain(sumOf(others.map((feature) => means[feature]!))), "faint", "end"),
    );
    page.down(laneHeight);
  }
  page.y -= laneHeight / 2;
  const axis = page.parts.length;
  horizontalAxis(page, scale, place.left, place.right, top, `− lowers · ${visibleText(document.unit, "show")} · raises +`, true);
  page.parts.splice(start, 0, ...page.parts.splice(axis));
  const zero = place.left + scale.at(0) * (place.right - place.left);
  page.parts.splice(start, 0, stroke("axis", zero, top, zero, page.y - 42 - lineHeight));
}

function ends({ rows }: TabularDocument, feature: number): number[] {
  const { low, high } = new LinearScale([0, ...rows.map(({ scores }) => scores[feature]!)]);
  return [low, high];
}

/** The legend of the points. */
function drawFullness(page: Page): void {
  const parts: string[] = [];
  for (let step = 0; step <= 4; step++) parts.push(dot(margin + 6 + step * 14, page.y - 5, 4.5, step / 4));
  page.parts.push(
    `<g>${parts.join("")}</g>`,
    glyphs(margin + 78, page.y, "empty: lowest value of the feature, full: highest", "faint"),
  );
  page.down(lineHeight);
}

function drawLane(
  page: Page,
  document: TabularDocument,
  feature: number,
  mean: number,
  { left, right, labelColumns }: BarPlace,
  scale: LinearScale,
  numbers: NumberFormat,
): void {
  const y = page.y;
  const label = visibleLabel(document.features[feature]!);
  const rank = ranks(document, feature);
  const order = document.rows
    .map((_, row) => row)
    .filter((row) => !Number.isNaN(document.rows[row]!.scores[feature]!))
    .sort((a, b) => document.rows[a]!.scores[feature]! - document.rows[b]!.scores[feature]! || a - b);
  const points = evenly(order, mostPoints);
  // Points of one narrow stretch are stacked to both sides of the line.
  const taken = new Map<number, number>();
  const xOf = (row: number): number => left + scale.at(document.rows[row]!.scores[feature]!) * (right - left);
  for (const row of points) taken.set(Math.floor(xOf(row) / 5), (taken.get(Math.floor(xOf(row) / 5)) ?? 0) + 1);
  const step = Math.min(6, (laneHeight / 2 - 4) / Math.max(1, Math.ceil((Math.max(0, ...taken.values()) - 1) / 2)));
  taken.clear();
  const dots = points.map((row) => {
    const x = xOf(row);
    const stretch = Math.floor(x / 5);
    const place = taken.get(stretch) ?? 0;
    taken.set(stretch, place + 1);
    const offset = Math.ceil(place / 2) * step * (place % 2 === 0 ? 1 : -1);
    return dot(x, y - 5 + offset, 3.2, rank?.[row] ?? 1);
  });
  page.parts.push(
    stroke("grid", left, y - 5, right, y - 5),
    hinted(
      `${label}: mean magnitude ${numbers.plain(mean)} ${document.unit}`,
      glyphs(margin, y, shorten(label, labelColumns), "plain") +
        dots.join("") +
        glyphs(page.width - margin, y, numbers.plain(mean), "plain", "end"),
    ),
  );
  page.down(laneHeight);
}

/** The rank of every row's own value of a feature, 0 to 1; nothing where the values are not numbers. */
function ranks({ rows }: TabularDocument, feature: number): Float64Array | undefined {
  const values = rows.map(({ inputs }) => inputs?.[feature]);
  if (!values.every((value): value is number => typeof value === "number" && !Number.isNaN(value))) return undefined;
  const sorted = Float64Array.from(values).sort();
  const rank = new Float64Array(values.length);
  values.forEach((value, row) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    rank[row] = sorted.length < 2 ? 1 : low / (sorted.length - 1);
  });
  return rank;
}

function dot(x: number, y: number, radius: number, fullness: number): string {
  const share = Math.min(1, Math.max(0, fullness)).toFixed(2);
  const at = `cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius}"`;
  return `<circle class="f3 k3" stroke-width="0.8" ${at} fill-opacity="${share}"/>`;
}
