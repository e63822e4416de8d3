import { factsInWords, strongestFirst } from "../documents/facts.ts";
import { meanFacts } from "../documents/mean-facts.ts";
import { meanMagnitudes } from "../documents/mean-magnitudes.ts";
import type { TabularDocument } from "../documents/tabular-document.ts";
import { evenly } from "../evenly.ts";
import { LinearScale } from "../linear-scale.ts";
import { numberFormat } from "../number-format.ts";
import { ScoreScale } from "../score-scale.ts";
import { shorten, visibleLabel, visibleText } from "../visible-text.ts";
import { horizontalAxis, verticalAxis } from "./axis.ts";
import { column, glyphs, lineHeight, margin, type Page, stroke } from "./page.ts";

/** Points drawn: of more rows, evenly chosen ones by the order of their values. */
const mostPoints = 1500;
/** Words that are told apart on the axis; rows of others are counted and not drawn. */
const mostWords = 12;

/** One feature's score against its own value, a point a row: upright crosses where it raises, flat dashes where it lowers. */
export function drawDependence(page: Page, document: TabularDocument): void {
  const feature = document.feature ?? strongestFirst(meanMagnitudes(document))[0]!;
  const name = visibleLabel(document.features[feature]!);
  const facts = meanFacts(document.rows);
  const own = numberFormat(new ScoreScale([{ scores: [facts.sum] }]).magnitude || 1, "−");
  page.sentence(`Means of ${document.rows.length} rows: ${factsInWords(facts, facts.sum, document.unit, own)}`, "plain");

  const known = document.rows.flatMap(({ inputs, scores }) => {
    const value = inputs?.[feature];
    return value === undefined || Number.isNaN(scores[feature]!) ? [] : [{ value, score: scores[feature]! }];
  });
  if (known.length === 0) {
    page.sentence(`The values of ${name} are not known: rows need inputs.`, "faint");
    return;
  }
  const words = wordsOf(known.map(({ value }) => value));
  const placed = known.flatMap(({ value, score }) => {
    const x = words === undefined ? (typeof value === "number" ? value : Number.NaN) : words.indexOf(String(value));
    return Number.isNaN(x) || (words !== undefined && x < 0) ? [] : [{ x, score }];
  });
  const points = evenly(
    placed.sort((a, b) => (a.x === b.x ? a.score - b.score : a.x < b.x ? -1 : 1)),
    mostPoints,
  );
  if (points.length < document.rows.length) page.sentence(`${points.length} of ${document.rows.length} rows are drawn.`, "faint");

  const vertical = new LinearScale([0, ...points.map(({ score }) => score)], 0.03);
  const horizontal = new LinearScale(
    words === undefined ? points.map(({ x }) => x) : [-0.5, words.length - 0.5],
    words ? 0 : 0.02,
  );
  const [left, right] = [margin + 10 * column, page.asked - margin];
  page.text(margin, `score of ${shorten(name, page.columns - 30)} (${shorten(visibleText(document.unit, "show"), 16)})`, "faint");
  const top = page.y - 8;
  const bottom = top + Math.min(340, Math.max(200, (right - left) * 0.5));
  verticalAxis(page, vertical, left, right, top, bottom, true);
  const yOf = (score: number): number => bottom - vertical.at(score) * (bottom - top);
  const xOf = (x: number): number => left + horizontal.at(x) * (right - left);
  page.parts.push(stroke("axis", left, yOf(0), right, yOf(0)));
  const marks = points.map(({ x, score }) => {
    const [px, py] = [xOf(x), yOf(score)];
    const sides = score >= 0 ? `M${f(px)} ${f(py - 4)}v8M${f(px - 4)} ${f(py)}h8` : `M${f(px - 4)} ${f(py)}h8`;
    return `<path class="${score >= 0 ? "k0" : "k1"}" stroke-width="1.8" d="${sides}"/>`;
  });
  page.parts.push(`<g>${marks.join("")}</g>`);
  page.y = bottom;
  if (words === undefined) horizontalAxis(page, horizontal, left, right, top, `value of ${name}`, false);
  else {
    const room = Math.max(3, Math.floor((right - left) / words.length / column) - 1);
    page.parts.push(stroke("axis", left, bottom, right, bottom));
    words.forEach((word, index) => {
      page.parts.push(glyphs(xOf(index), bottom + 20, shorten(visibleLabel(word), room), "faint", "middle"));
    });
    page.parts.push(glyphs((left + right) / 2, bottom + 42, shorten(`value of ${name}`, 60), "faint", "middle"));
    page.down(42 + lineHeight);
  }
}

function f(coordinate: number): string {
  return coordinate.toFixed(1);
}

/** The commonest words, in their order of frequency; nothing where all values are numbers. */
function wordsOf(values: readonly (number | string)[]): string[] | undefined {
  if (values.every((value) => typeof value === "number")) return undefined;
  const counts = new Map<string, number>();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, mostWords)
    .map(([word]) => word);
}
