import { checkDocument, primaryRow, sumOfScores } from "./check-document.ts";
import type { TextDocument } from "./document.ts";
import { escapeMarkup } from "./escape-markup.ts";
import { type NumberFormat, numberFormat } from "./number-format.ts";
import { ScoreScale } from "./score-scale.ts";
import { type Fragment, flowPieces, wrapWords } from "./text-flow.ts";
import { stepClass, type ThemeChoice, themeStyle } from "./theme-style.ts";
import { displayWidth, readsFromRight, shorten, visibleLabel, visibleText } from "./visible-text.ts";
import { visualOrder } from "./visual-order.ts";

export interface SvgOptions {
  /** Width of the text in pixels; a table with many rows makes the picture wider. @defaultValue 720 */
  readonly width?: number | undefined;
  /** @defaultValue "auto" */
  readonly theme?: ThemeChoice | undefined;
}

const margin = 20;
const column = 8.4;
const lineHeight = 24;

/**
 * A document as one SVG picture: the prompt with its words coloured, the legend with sign and unit, and the table of every feature
 * (a line each) against every row (a column each). It needs nothing from outside: no fonts, no scripts, no links. `<title>` and
 * `<desc>` say in words what is seen; every word says its score when pointed at.
 */
export function toSvg(document: TextDocument, options: SvgOptions = {}): string {
  checkDocument(document);
  const scale = new ScoreScale(document);
  const numbers = numberFormat(scale.magnitude, "−");
  const primary = primaryRow(document);
  const labelColumns = Math.max(14, columnOf(document.features, 28));
  const cellWidths = document.rows.map((row) => Math.max(84, columnOf([row.label.trim()], 16) * column + 12));
  const tableWidth = (labelColumns + 1) * column + cellWidths.reduce((sum, size) => sum + size, 0);
  const width = Math.ceil(Math.max(280, options.width ?? 720, tableWidth + 2 * margin));
  const columns = Math.floor((Math.max(280, options.width ?? 720) - 2 * margin) / column);

  const page = new Page();
  page.down(lineHeight);
  for (const line of wrapWords(visibleText(document.title, "show"), columns)) page.text(margin, line, "strong");
  for (const line of wrapWords(about(document), columns)) page.text(margin, line, "faint");
  page.down(lineHeight / 2);

  const lines = flowPieces(document.pieces, columns);
  for (const line of lines) drawLine(page, line, document, primary, scale, numbers, columns);
  if (lines.length > 0) page.down(lineHeight / 2);

  const scope = `attr-${fingerprint(JSON.stringify(document))}`;
  if (primary >= 0) {
    drawLegend(page, document, scale, numbers, scope);
    drawTable(page, document, primary, scale, numbers, labelColumns, cellWidths);
  }
  for (const note of document.notes)
    for (const line of wrapWords(visibleText(note, "show"), columns)) page.text(margin, line, "faint");

  const height = Math.ceil(page.y + margin - lineHeight / 2);
  const style = `${themeStyle(`.${scope}`, options.theme ?? "auto", (background, ink) => `fill:${background};--on:${ink}`)}
.${scope}{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;color:var(--ink)}
.${scope} text{fill:var(--ink);white-space:pre}
.${scope} text.strong{font-weight:700}
.${scope} text.faint{fill:var(--faint)}
.${scope} g text.on{fill:var(--on,var(--ink))}
.${scope} .page{fill:var(--page)}
.${scope} .s0 rect,.${scope} .snan rect{fill:none}
.${scope} .snan rect{stroke:var(--faint);stroke-dasharray:2 2}
.${scope} .line{stroke:var(--line)}
.${scope} .raises{stroke:var(--ink);stroke-width:1.5}
.${scope} .lowers{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:3 3}
.${scope} .stop-negative{stop-color:var(--negative)}
.${scope} .stop-zero{stop-color:var(--page)}
.${scope} .stop-positive{stop-color:var(--positive)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" class="${scope}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${scope}-title ${scope}-desc">
<title id="${scope}-title">${escapeMarkup(visibleText(document.title, "show"))}</title>
<desc id="${scope}-desc">${escapeMarkup(inWords(document, primary, numbers))}</desc>
<style>${style}</style>
<rect class="page" width="${width}" height="${height}"/>
${page.parts.join("\n")}
</svg>
`;
}

function about(document: TextDocument): string {
  return visibleText(`Explains ${document.explained}. ${document.method}, scores in ${document.unit}.`, "show");
}

/** Columns that the longest label takes, `most` at most. */
function columnOf(labels: readonly string[], most: number): number {
  let columns = 0;
  for (const label of labels) columns = Math.max(columns, displayWidth(visibleLabel(label)));
  return Math.min(most, columns);
}

/** What the picture shows, for who does not see it. */
function inWords(document: TextDocument, primary: number, numbers: NumberFormat): string {
  if (primary < 0) return about(document);
  const row = document.rows[primary]!;
  const strongest = row.scores
    .map((score, feature) => ({ score, feature }))
    .filter(({ score }) => score !== 0 && !Number.isNaN(score))
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
    .slice(0, 5)
    .map(({ score, feature }) => `${visibleLabel(document.features[feature]!)} ${numbers.signed(score)}`);
  const words = strongest.length === 0 ? "no feature has a score" : `strongest: ${strongest.join(", ")}`;
  return `${about(document)} For ${visibleLabel(row.label)}, ${words}.`;
}

/** Elements from top to bottom. */
class Page {
  readonly parts: string[] = [];
  /** The baseline of the next line of text. */
  y = margin;

  down(height: number): void {
    this.y += height;
  }

  /** A line of text at `x`, and on to the next line. */
  text(x: number, text: string, kind: "strong" | "faint" | "plain"): void {
    this.parts.push(glyphs(x, this.y, text, kind));
    this.y += lineHeight;
  }
}

/** Text held to the columns it was given, whatever font the reader has. */
function glyphs(x: number, y: number, text: string, kind: string, anchor: "start" | "middle" | "end" = "start"): string {
  if (text.trim() === "") return "";
  const length = (displayWidth(text) * column).toFixed(1);
  const at = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}"${at} textLength="${length}" lengthAdjust="spacingAndGlyphs">${escapeMarkup(text)}</text>`;
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

/** A whole line under what raises, a broken one under what lowers: the sign does not hang on colour alone. */
function underline(x: number, y: number, size: number, raises: boolean): string {
  return `<line class="${raises ? "raises" : "lowers"}" x1="${x.toFixed(1)}" y1="${y.toFixed(1)}" x2="${(x + size).toFixed(1)}" y2="${y.toFixed(1)}"/>`;
}

function drawLegend(page: Page, document: TextDocument, scale: ScoreScale, numbers: NumberFormat, scope: string): void {
  const size = 240;
  const y = page.y;
  page.parts.push(
    `<defs><linearGradient id="${scope}-scale"><stop class="stop-negative" offset="0"/><stop class="stop-zero" offset=".5"/><stop class="stop-positive" offset="1"/></linearGradient></defs>`,
    `<rect x="${margin}" y="${y - 14}" width="${size}" height="14" rx="3" fill="url(#${scope}-scale)" class="line"/>`,
    underline(margin, y + 4, size / 2 - 12, false),
    underline(margin + size / 2 + 12, y + 4, size / 2 - 12, true),
    glyphs(margin + size + 12, y - 2, visibleText(`${document.unit}`, "show"), "faint"),
  );
  page.down(lineHeight - 4);
  if (scale.magnitude === 0) page.text(margin, "all finite scores are 0", "faint");
  else {
    page.parts.push(
      glyphs(margin, page.y, `${numbers.signed(-scale.magnitude)} lowers`, "faint"),
      glyphs(margin + size / 2, page.y, "0", "faint", "middle"),
      glyphs(margin + size, page.y, `raises ${numbers.signed(scale.magnitude)}`, "faint", "end"),
    );
    page.down(lineHeight);
  }
  page.down(lineHeight / 2);
}

function drawTable(
  page: Page,
  document: TextDocument,
  primary: number,
  scale: ScoreScale,
  numbers: NumberFormat,
  labelColumns: number,
  cellWidths: readonly number[],
): void {
  const left = margin + (labelColumns + 1) * column;
  const cell = (row: number): number => cellWidths.slice(0, row).reduce((sum, size) => sum + size, left);
  const right = cell(document.rows.length);
  document.rows.forEach((row, index) => {
    const label = shorten(visibleLabel(row.label).trim(), Math.floor((cellWidths[index]! - 12) / column));
    page.parts.push(
      `<g><title>${escapeMarkup(visibleLabel(row.label))}</title>${glyphs(cell(index + 1) - 6, page.y, label, index === primary ? "strong" : "plain", "end")}</g>`,
    );
  });
  page.down(8);
  page.parts.push(`<line class="line" x1="${margin}" y1="${page.y}" x2="${right}" y2="${page.y}"/>`);
  page.down(16);
  document.features.forEach((feature, index) => {
    page.parts.push(glyphs(margin, page.y, shorten(visibleLabel(feature), labelColumns), "plain"));
    document.rows.forEach((row, place) => {
      const score = row.scores[index]!;
      const error = row.standardErrors?.[index];
      const hint = `${visibleLabel(feature)}: ${numbers.signed(score)}${error === undefined ? "" : ` ± ${numbers.plain(error)}`} ${visibleText(document.unit, "show")}, ${visibleLabel(row.label)}`;
      page.parts.push(
        `<g class="${stepClass(scale.step(score))}"><title>${escapeMarkup(hint)}</title><rect x="${cell(place) + 1}" y="${page.y - 16}" width="${cellWidths[place]! - 2}" height="${lineHeight - 2}"/>${glyphs(cell(place + 1) - 6, page.y, numbers.signed(score), "on", "end")}</g>`,
      );
    });
    page.down(lineHeight);
  });
  const facts: [string, (row: number) => number | undefined][] = [
    ["sum of scores", (row) => sumOfScores(document, row)],
    ["value", (row) => document.rows[row]!.value],
    ["base value", (row) => document.rows[row]!.baseValue],
  ];
  page.parts.push(`<line class="line" x1="${margin}" y1="${page.y - 16}" x2="${right}" y2="${page.y - 16}"/>`);
  page.down(2);
  for (const [label, read] of facts) {
    const values = document.rows.map((_, row) => read(row));
    if (values.every((value) => value === undefined)) continue;
    page.parts.push(glyphs(margin, page.y, label, "faint"));
    values.forEach((value, row) => {
      if (value === undefined) return;
      const text = label === "sum of scores" ? numbers.signed(value) : numbers.plain(value);
      page.parts.push(glyphs(cell(row + 1) - 6, page.y, text, "faint", "end"));
    });
    page.down(lineHeight);
  }
  page.down(lineHeight / 2);
}

/** Eight hexadecimal digits that differ between documents, so that several pictures can stand in one page (FNV-1a). */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
