import { primaryRow, sumOfScores } from "../documents/check-text.ts";
import { strongestFeatures } from "../documents/strongest-features.ts";
import type { TextDocument } from "../documents/text-document.ts";
import { escapeMarkup } from "../escape-markup.ts";
import { foldLines } from "../fold-lines.ts";
import { type NumberFormat, numberFormat } from "../number-format.ts";
import { ScoreScale } from "../score-scale.ts";
import { type Fragment, flowPieces } from "../text-flow.ts";
import { stepClass } from "../theme-style.ts";
import { displayWidth, readsFromRight, shorten, visibleLabel, visibleText } from "../visible-text.ts";
import { visualOrder } from "../visual-order.ts";
import { column, glyphs, lineHeight, margin, type Page } from "./page.ts";
import { drawRamp, underline } from "./ramp.ts";

/** Rows that get a column in the table, and cells it has at most. */
const [mostRows, mostCells] = [48, 6000];

/** The prompt with its words coloured, the legend with sign and unit, and the table of every feature against every row. */
export function drawText(page: Page, document: TextDocument, fold?: number): void {
  const scale = new ScoreScale(document.rows);
  const numbers = numberFormat(scale.magnitude, "−");
  const primary = primaryRow(document);
  const layout = layoutOf(document);
  page.widen(layout.width);
  drawWords(page, document, primary, scale, numbers, fold);
  if (primary < 0) return;
  drawRamp(page, scale.magnitude, document.unit, numbers);
  drawScores(page, document, layout, () => ({ scale, numbers }));
}

/** The prompt alone, its words coloured by a row. */
export function drawWords(
  page: Page,
  document: TextDocument,
  row: number,
  scale: ScoreScale,
  numbers: NumberFormat,
  fold: number | undefined,
): void {
  const lines = flowPieces(document.pieces, page.columns);
  for (const part of foldLines(lines, document, row, scale, numbers, fold)) {
    if ("folded" in part) page.text(margin, shorten(part.folded, page.columns), "faint");
    else for (const line of part.lines) drawLine(page, line, document, row, scale, numbers, page.columns);
  }
  if (lines.length > 0) page.down(lineHeight / 2);
}

/** Sizes of a table of scores. */
export interface ScoresLayout {
  readonly labelColumns: number;
  /** Pixels of the cells of each row of the document, which is a column of the table. */
  readonly cellWidths: readonly number[];
  /** Pixels of the page that it needs. */
  readonly width: number;
}

/**
 * Room for every label; `narrow` gives up some of it so that a few columns fit a telephone.
 *
 * @param headColumns Characters of a column's head.
 */
export function layoutOf({ features, rows }: TextDocument, narrow = false, headColumns = 16): ScoresLayout {
  // The longest label of the lines below is "sum of scores".
  const labelColumns = Math.max(narrow ? 13 : 14, columnOf(features, narrow ? 13 : 28));
  const cellWidths = rows
    .slice(0, mostRows)
    .map((row) => Math.max(narrow ? 60 : 84, columnOf([row.label.trim()], narrow ? 5 : headColumns) * column + 12));
  const width = (labelColumns + 1) * column + cellWidths.reduce((sum, size) => sum + size, 0) + 2 * margin;
  return { labelColumns, cellWidths, width };
}

/** The strongest features of the row that colours the text, for who does not see the picture. */
export function textInWords(document: TextDocument): string {
  const primary = primaryRow(document);
  if (primary < 0) return "";
  const row = document.rows[primary]!;
  const numbers = numberFormat(new ScoreScale(document.rows).magnitude, "−");
  const strongest = row.scores
    .map((score, feature) => ({ score, feature }))
    .filter(({ score }) => score !== 0 && !Number.isNaN(score))
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
    .slice(0, 5)
    .map(({ score, feature }) => `${visibleLabel(document.features[feature]!)} ${numbers.signed(score)}`);
  const words = strongest.length === 0 ? "no feature has a score" : `strongest: ${strongest.join(", ")}`;
  return `For ${visibleLabel(row.label)}, ${words}.`;
}

/** Columns that the longest label takes, `most` at most. */
function columnOf(labels: readonly string[], most: number): number {
  let columns = 0;
  for (const label of labels) columns = Math.max(columns, displayWidth(visibleLabel(label)));
  return Math.min(most, columns);
}

function drawLine(
  page: Page,
  line: readonly Fragment[],
  document: TextDocument,
  primary: number,
  scale: ScoreScale,
  numbers: NumberFormat,
  columns: number,
): void {
  const ordered = visualOrder(line.flatMap(wordAndSpaces));
  const base = readsFromRight(line.map((fragment) => fragment.text).join(""));
  const taken = line.reduce((sum, fragment) => sum + fragment.columns, 0);
  let used = base ? columns - taken : 0;
  for (const fragment of ordered) {
    const x = margin + used * column;
    used += fragment.columns;
    const word = fragment.text;
    const size = fragment.columns * column;
    const scores = document.rows[primary]?.scores;
    if (fragment.feature === undefined || scores === undefined) {
      page.parts.push(glyphs(x, page.y, word, "plain"));
      continue;
    }
    const score = scores[fragment.feature]!;
    const step = scale.step(score);
    const sign = step === "nan" || step === 0 ? "" : underline(x, page.y + 6, size, step > 0);
    const hint = `<title>${escapeMarkup(`${visibleLabel(document.features[fragment.feature]!)}: ${numbers.signed(score)} ${visibleText(document.unit, "show")}`)}</title>`;
    page.parts.push(
      `<g class="${stepClass(step)}">${hint}<rect x="${(x - 1).toFixed(1)}" y="${(page.y - 15).toFixed(1)}" width="${(size + 2).toFixed(1)}" height="20" rx="3"/>${sign}${glyphs(x, page.y, word, "on")}</g>`,
    );
  }
  page.down(lineHeight);
}

/** A word and the spaces beside it, which carry no colour and go where the line's direction puts them. */
function wordAndSpaces(fragment: Fragment): Fragment[] {
  const word = fragment.text.trim();
  if (word === "" || word === fragment.text) return [fragment];
  const start = fragment.text.indexOf(word);
  const space = (text: string): Fragment[] => (text === "" ? [] : [{ text, columns: displayWidth(text) }]);
  return [
    ...space(fragment.text.slice(0, start)),
    { text: word, feature: fragment.feature, columns: displayWidth(word) },
    ...space(fragment.text.slice(start + word.length)),
  ];
}

/** The table of every feature against every row of the document; the scale of a row colours its cells and writes its numbers. */
export function drawScores(
  page: Page,
  document: TextDocument,
  { labelColumns, cellWidths }: ScoresLayout,
  scaleOf: (row: number) => { readonly scale: ScoreScale; readonly numbers: NumberFormat; readonly unit?: string | undefined },
  mostFeatures = 300,
): void {
  const primary = primaryRow(document);
  const left = margin + (labelColumns + 1) * column;
  const cell = (row: number): number => cellWidths.slice(0, row).reduce((sum, size) => sum + size, left);
  const rows = document.rows.slice(0, mostRows);
  const right = cell(rows.length);
  rows.forEach((row, index) => {
    const label = shorten(visibleLabel(row.label).trim(), Math.floor((cellWidths[index]! - 12) / column));
    page.parts.push(
      `<g><title>${escapeMarkup(visibleLabel(row.label))}</title>${glyphs(cell(index + 1) - 6, page.y, label, index === primary ? "strong" : "plain", "end")}</g>`,
    );
  });
  page.down(8);
  page.parts.push(`<line class="line" x1="${margin}" y1="${page.y}" x2="${right}" y2="${page.y}"/>`);
  page.down(16);
  const shown = strongestFeatures(document, Math.min(mostFeatures, Math.max(40, Math.floor(mostCells / rows.length))));
  for (const index of shown) {
    const feature = document.features[index]!;
    page.parts.push(glyphs(margin, page.y, shorten(visibleLabel(feature), labelColumns), "plain"));
    rows.forEach((row, place) => {
      const score = row.scores[index]!;
      const error = row.standardErrors?.[index];
      const { scale, numbers, unit = document.unit } = scaleOf(place);
      const hint = `${visibleLabel(feature)}: ${numbers.signed(score)}${error === undefined ? "" : ` ± ${numbers.plain(error)}`} ${visibleText(unit, "show")}, ${visibleLabel(row.label)}`;
      page.parts.push(
        `<g class="${stepClass(scale.step(score))}"><title>${escapeMarkup(hint)}</title><rect x="${cell(place) + 1}" y="${page.y - 16}" width="${cellWidths[place]! - 2}" height="${lineHeight - 2}"/>${glyphs(cell(place + 1) - 6, page.y, numbers.signed(score), "on", "end")}</g>`,
      );
    });
    page.down(lineHeight);
  }
  const weaker = document.features.length - shown.length;
  if (weaker > 0) page.text(margin, `… and ${weaker} weaker`, "faint");
  const facts: [string, (row: number) => number | undefined][] = [
    ["sum of scores", (row) => sumOfScores(document, row)],
    ["value", (row) => document.rows[row]!.value],
    ["base value", (row) => document.rows[row]!.baseValue],
  ];
  page.parts.push(`<line class="line" x1="${margin}" y1="${page.y - 16}" x2="${right}" y2="${page.y - 16}"/>`);
  page.down(2);
  for (const [label, read] of facts) {
    const values = rows.map((_, row) => read(row));
    if (values.every((value) => value === undefined)) continue;
    page.parts.push(glyphs(margin, page.y, label, "faint"));
    values.forEach((value, row) => {
      if (value === undefined) return;
      const { numbers } = scaleOf(row);
      const text = label === "sum of scores" ? numbers.signed(value) : numbers.plain(value);
      page.parts.push(glyphs(cell(row + 1) - 6, page.y, text, "faint", "end"));
    });
    page.down(lineHeight);
  }
  if (rows.length < document.rows.length) page.text(margin, `… and ${document.rows.length - rows.length} more rows`, "faint");
  page.down(lineHeight / 2);
}
