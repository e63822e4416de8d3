import { factsInWords, sumOf } from "../documents/facts.ts";
import type { TabularDocument } from "../documents/tabular-document.ts";
import { featureLabel, othersLabel, topFeatures } from "../documents/top-features.ts";
import { LinearScale } from "../linear-scale.ts";
import { numberFormat } from "../number-format.ts";
import { ScoreScale } from "../score-scale.ts";
import { visibleLabel, visibleText } from "../visible-text.ts";
import { horizontalAxis } from "./axis.ts";
import { lineLabel, placeOfBars, scoreText, stripes } from "./bars.ts";
import { glyphs, hinted, lineHeight, margin, type Page, stroke } from "./page.ts";

interface Step {
  readonly label: string;
  readonly score: number;
  readonly standardError?: number | undefined;
}

/**
 * The way from the base value (above) to the output (below): an arrow a feature, strongest first, each beginning where the last one
 * ended. What the scores leave open is a step of its own, so that the way always ends at the output. Without a base value the way
 * begins at 0 and says so.
 */
export function drawWaterfall(page: Page, document: TabularDocument, beside: readonly TabularDocument[]): void {
  const row = document.rows[0]!;
  const { steps, levels } = wayOf(document);
  const base = levels[0]!;
  const ways = beside.filter(({ rows }) => rows.length > 0).map(wayOf);
  const magnitude = new ScoreScale([{ scores: ways.flatMap((way) => way.steps.map(({ score }) => score)) }]).magnitude;
  const numbers = numberFormat(magnitude, "−");
  page.sentence(`${row.label}: ${factsInWords(row, sumOf(row.scores), document.unit, numbers)}`, "plain");
  page.down(lineHeight / 3);
  const first = row.baseValue === undefined ? "start (no base value)" : "base value";
  const last = row.value === undefined ? "base value + sum" : "value";
  const place = placeOfBars(page, [first, last, ...steps.map(({ label }) => label)], true);
  const { left, right } = place;
  const scale = new LinearScale(
    ways.flatMap((way) => way.levels),
    0.02,
  );
  const at = (level: number): number => left + scale.at(level) * (right - left);
  const top = page.y - 16;
  const start = page.parts.length;
  page.parts.push(stripes(page));
  /** Goes on to the next bar, to which a thin line leads from where the last one ended; gives its label. */
  const nextLine = (label: string, from: number, kind = "plain"): string => {
    const above = page.y;
    page.down(lineHeight);
    const words = lineLabel(page, label, place, kind);
    page.parts.push(stroke("axis", from, above + 3, from, page.y - 13));
    return words;
  };

  page.parts.push(
    lineLabel(page, first, place, "strong"),
    stroke("raises", at(base), page.y - 13, at(base), page.y + 3),
    glyphs(page.width - margin, page.y, numbers.plain(base), "strong", "end"),
  );
  steps.forEach(({ label, score, standardError }, index) => {
    const [from, to] = [at(levels[index]!), at(levels[index + 1]!)];
    const words = nextLine(label, from);
    const value = scoreText(score, standardError, numbers);
    page.parts.push(
      hinted(
        `${visibleLabel(label)}: ${value} ${document.unit}`,
        words + arrow(page, score, from, to, page.y) + glyphs(page.width - margin, page.y, value, "plain", "end"),
      ),
    );
  });
  const end = levels.at(-1)!;
  page.parts.push(
    nextLine(last, at(end), "strong"),
    stroke("raises", at(end), page.y - 13, at(end), page.y + 3),
    glyphs(page.width - margin, page.y, numbers.plain(row.value ?? end), "strong", "end"),
  );
  page.down(lineHeight - 10);
  const axis = page.parts.length;
  // The axis carries levels, not changes: its numbers have no plus sign.
  horizontalAxis(page, scale, left, right, top, visibleText(document.unit, "show"), false);
  page.parts.splice(start, 0, ...page.parts.splice(axis));
}

/** The steps from the base value, and the levels between them. */
function wayOf(document: TabularDocument): { readonly steps: readonly Step[]; readonly levels: readonly number[] } {
  const row = document.rows[0]!;
  const { shown, others } = topFeatures(document, row.scores);
  const steps: Step[] = shown.map((feature) => ({
    label: featureLabel(document, feature),
    score: row.scores[feature]!,
    standardError: row.standardErrors?.[feature],
  }));
  if (others.length > 0)
    steps.push({ label: othersLabel(others.length), score: sumOf(others.map((feature) => row.scores[feature]!)) });
  const magnitude = new ScoreScale([{ scores: steps.map(({ score }) => score) }]).magnitude;
  const open = row.value === undefined || row.baseValue === undefined ? 0 : row.value - row.baseValue - sumOf(row.scores);
  // What rounding leaves open is not worth a step.
  if (Math.abs(open) > 5e-3 * magnitude) steps.push({ label: "not attributed", score: open });
  const levels = [row.baseValue ?? 0];
  for (const { score } of steps) levels.push(levels.at(-1)! + (Number.isFinite(score) ? score : 0));
  return { steps, levels };
}

/** A bar that points where it leads: its shape says the sign. */
function arrow(page: Page, score: number, from: number, to: number, y: number): string {
  if (!Number.isFinite(score) || score === 0) return stroke("raises", from, y - 13, from, y + 3);
  const way = Math.sign(score);
  const tip = Math.min(7, Math.abs(to - from)) * way;
  const points = [
    [from, y - 13],
    [to - tip, y - 13],
    [to, y - 5],
    [to - tip, y + 3],
    [from, y + 3],
  ]
    .map(([px, py]) => `${px!.toFixed(1)},${py!.toFixed(1)}`)
    .join(" ");
  if (way > 0) return `<polygon class="positive" points="${points}"/>`;
  return `<polygon class="negative" points="${points}"/><polygon fill="url(#${page.scope}-stripes)" points="${points}"/>`;
}
