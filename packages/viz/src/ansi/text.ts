import { primaryRow, sumOfScores } from "../documents/check-text.ts";
import { strongestFirst } from "../documents/facts.ts";
import type { TextDocument } from "../documents/text-document.ts";
import { foldLines } from "../fold-lines.ts";
import { type NumberFormat, numberFormat } from "../number-format.ts";
import { ScoreScale } from "../score-scale.ts";
import { flowPieces, wrapWords } from "../text-flow.ts";
import { pad, shorten, visibleLabel, visibleText } from "../visible-text.ts";
import type { AnsiOptions } from "./ansi-options.ts";
import { bar, columnsOf, columnWidth, headingLines, noteLines, page, scaleLines } from "./page.ts";
import { type Painter, painter, visibleShare } from "./painter.ts";

/**
 * The prompt with its words coloured, the strongest features as signed numbers and bars, the other rows in a line each, the legend.
 *
 * @param figure What stands under the heading, in place of the legend.
 */
export function textAnsi(document: TextDocument, options: AnsiOptions, figure: readonly string[][] = []): string {
  const width = columnsOf(options);
  const top = Math.max(1, Math.floor(options.top ?? 12));
  const scale = new ScoreScale(document.rows);
  const paint = painter(options);
  const numbers = numberFormat(scale.magnitude, "-");
  const primary = primaryRow(document);

  const sections: string[][] = [headingLines(document, width, paint), ...figure];
  if (document.pieces.length > 0) sections.push(promptLines(document, primary, scale, paint, width, numbers, options.fold));
  if (primary >= 0) {
    if (figure.length === 0) sections.push(scaleLines(scale.magnitude, document.unit, paint, width));
    sections.push(featureTable(document, primary, scale, numbers, paint, width, top));
    const others = otherRows(document, primary, numbers, width);
    if (others.length > 0) sections.push(others);
  }
  sections.push(noteLines(document.notes, width));
  return page(sections);
}

function promptLines(
  document: TextDocument,
  primary: number,
  scale: ScoreScale,
  paint: Painter,
  width: number,
  numbers: NumberFormat,
  fold: number | undefined,
): string[] {
  const scores = primary < 0 ? [] : document.rows[primary]!.scores;
  const shareOf = (feature: number): number => scale.share(scores[feature] ?? 0);
  const lines = flowPieces(document.pieces, width, (text, feature) =>
    paint.colors !== "none" ? text : withMark(text, shareOf(feature)),
  );
  return foldLines(lines, document, primary, scale, numbers, fold).flatMap((part) =>
    "folded" in part
      ? [paint.faint(shorten(part.folded, width))]
      : part.lines.map((line) =>
          line.map(({ text, feature }) => (feature === undefined ? text : paintInside(text, shareOf(feature), paint))).join(""),
        ),
  );
}

/** Colours the word and leaves the spaces around it alone: coloured spaces make neighbours run together. */
function paintInside(text: string, share: number, paint: Painter): string {
  const word = text.trim();
  if (word === "") return paint.score(text, share);
  const start = text.indexOf(word);
  return text.slice(0, start) + paint.score(word, share) + text.slice(start + word.length);
}

/** Without colour a word carries one to three signs behind it: "kite(+++)", "red(-)". */
function withMark(text: string, share: number): string {
  if (Number.isNaN(share)) return mark(text, "?");
  const strength = Math.abs(share) < visibleShare ? 0 : Math.max(1, Math.round(Math.abs(share) * 3));
  return strength === 0 ? text : mark(text, (share > 0 ? "+" : "-").repeat(strength));
}

function mark(text: string, sign: string): string {
  const word = text.trimEnd();
  return `${word}(${sign})${text.slice(word.length)}`;
}

function featureTable(
  document: TextDocument,
  index: number,
  scale: ScoreScale,
  numbers: NumberFormat,
  paint: Painter,
  width: number,
  top: number,
): string[] {
  const row = document.rows[index]!;
  const order = strongestFirst(row.scores).slice(0, top);
  const values = order.map((feature) => numbers.signed(row.scores[feature]!));
  const errors = order.map((feature) => {
    const error = row.standardErrors?.[feature];
    return error === undefined ? "" : `± ${numbers.plain(error)}`;
  });
  const labels = order.map((feature) => visibleLabel(document.features[feature]!));
  const valueWidth = columnWidth(values);
  const errorWidth = columnWidth(errors);
  const labelWidth = Math.min(columnWidth(labels), Math.max(8, Math.floor(width / 3)));
  const fixed = 2 + labelWidth + 2 + valueWidth + (errorWidth > 0 ? errorWidth + 1 : 0) + 2;
  const barWidth = Math.max(0, Math.min(30, width - fixed));
  const lines = [headLine(document, index, numbers, width)];
  order.forEach((feature, place) => {
    const share = scale.share(row.scores[feature]!);
    const label = pad(shorten(labels[place]!, labelWidth), labelWidth, "right");
    const error = errorWidth > 0 ? ` ${pad(errors[place]!, errorWidth, "left")}` : "";
    const told = shorten(`${label}  ${pad(values[place]!, valueWidth, "left")}${error}`, width - 2);
    lines.push(`  ${told}  ${bar(share, barWidth, paint)}`.trimEnd());
  });
  const left = row.scores.length - order.length;
  if (left > 0) lines.push(`  … and ${left} weaker`);
  return lines;
}

/** "the whole answer: -1.2 nats (base value -4.5, difference +3.3, sum of scores +3.3)". */
function headLine(document: TextDocument, index: number, numbers: NumberFormat, width: number): string {
  const row = document.rows[index]!;
  const label = shorten(visibleLabel(row.label), width);
  const facts: string[] = [];
  if (row.baseValue !== undefined) facts.push(`base value ${numbers.plain(row.baseValue)}`);
  if (row.value !== undefined && row.baseValue !== undefined)
    facts.push(`difference ${numbers.signed(row.value - row.baseValue)}`);
  facts.push(`sum of scores ${numbers.signed(sumOfScores(document, index))}`);
  const value = row.value === undefined ? "" : `: ${numbers.plain(row.value)} ${visibleText(document.unit, "show")}`;
  return wrapWords(`${label}${value} (${facts.join(", ")})`, width).join("\n");
}

/** Every other row in a line: its label and its three strongest features. */
function otherRows(document: TextDocument, primary: number, numbers: NumberFormat, width: number): string[] {
  const rows = document.rows.map((_, index) => index).filter((index) => index !== primary);
  const labels = rows.map((index) => visibleLabel(document.rows[index]!.label));
  const labelWidth = Math.min(columnWidth(labels), Math.max(8, Math.floor(width / 3)));
  const values = rows.map((index) => {
    const value = document.rows[index]!.value;
    return value === undefined ? "" : numbers.plain(value);
  });
  const valueWidth = columnWidth(values);
  return rows.map((index, place) => {
    const { scores } = document.rows[index]!;
    const parts = strongestFirst(scores)
      .slice(0, 3)
      .filter((feature) => scores[feature] !== 0)
      .map((feature) => `${shorten(visibleLabel(document.features[feature]!).trim(), 20)} ${numbers.signed(scores[feature]!)}`);
    const label = pad(shorten(labels[place]!, labelWidth), labelWidth, "right");
    const value = valueWidth > 0 ? `  ${pad(values[place]!, valueWidth, "left")}` : "";
    return shorten(`${label}${value}  ${parts.join(", ")}`, width).trimEnd();
  });
}
