import type { AnsiOptions } from "../ansi.ts";
import { aboutDocument, partialInWords } from "../documents/about-document.ts";
import { primaryRow, sumOfScores } from "../documents/check-text.ts";
import type { TextDocument } from "../documents/text-document.ts";
import { foldLines } from "../fold-lines.ts";
import { type NumberFormat, numberFormat } from "../number-format.ts";
import { type Color, ScoreScale, scaleColor, type Theme, textColor } from "../score-scale.ts";
import { flowPieces, wrapWords } from "../text-flow.ts";
import { displayWidth, pad, shorten, visibleLabel, visibleText } from "../visible-text.ts";

/** The prompt with its words coloured, the strongest features as signed numbers and bars, the other rows in a line each, the legend. */
export function textAnsi(document: TextDocument, options: AnsiOptions): string {
  const width = Math.max(30, Math.floor(options.width ?? 80));
  const top = Math.max(1, Math.floor(options.top ?? 12));
  const scale = new ScoreScale(document.rows);
  const paint = painter(options.color ?? true, options.theme ?? "dark");
  const numbers = numberFormat(scale.magnitude, "-");
  const primary = primaryRow(document);

  const sections: string[][] = [
    [
      ...wrapWords(visibleText(document.title, "show"), width).map((line) => paint.strong(line)),
      ...wrapWords(visibleText([aboutDocument(document), ...partialInWords(document)].join(" "), "show"), width).map((line) =>
        paint.faint(line),
      ),
    ],
  ];
  if (document.pieces.length > 0) sections.push(promptLines(document, primary, scale, paint, width, numbers, options.fold));
  if (primary >= 0) {
    sections.push(legend(document, scale, numbers, paint, width));
    sections.push(featureTable(document, primary, scale, numbers, paint, width, top));
    const others = otherRows(document, primary, numbers, width);
    if (others.length > 0) sections.push(others);
  }
  if (document.notes.length > 0)
    sections.push(
      document.notes.flatMap((note) =>
        wrapWords(visibleText(note, "show"), width - 2).map((line, i) => (i === 0 ? `! ${line}` : `  ${line}`)),
      ),
    );
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

interface Painter {
  /** Whether words can carry colour at all. */
  readonly colored: boolean;
  /** Text on the colour of a share of the scale. */
  score(text: string, share: number): string;
  strong(text: string): string;
  faint(text: string): string;
}

/** Scores below this share of the scale leave their word as it is. */
const visibleShare = 1 / 12;

function painter(color: boolean | "16" | "256" | "truecolor", theme: Theme): Painter {
  if (color === false) return { colored: false, score: (text) => text, strong: (text) => text, faint: (text) => text };
  const mode = color === true ? "256" : color;
  const codes = (share: number): string => {
    if (Number.isNaN(share)) return "7";
    if (mode === "16") return sixteen(share);
    const background = scaleColor(share, theme);
    const foreground = textColor(background);
    return mode === "truecolor"
      ? `48;2;${background.join(";")};38;2;${foreground.join(";")}`
      : `48;5;${cube(background)};38;5;${foreground[0] === 0 ? 16 : 231}`;
  };
  return {
    colored: true,
    score: (text, share) => (Math.abs(share) < visibleShare ? text : `\u001b[${codes(share)}m${text}\u001b[0m`),
    strong: (text) => `\u001b[1m${text}\u001b[0m`,
    faint: (text) => `\u001b[2m${text}\u001b[0m`,
  };
}

/** Blue and yellow: underlined letters for weak scores, a background for the rest, bold for the strongest. */
function sixteen(share: number): string {
  const size = Math.abs(share);
  if (size < 1 / 3) return share > 0 ? "4;34" : "4;33";
  const background = share > 0 ? "44;97" : "43;30";
  return size < 2 / 3 ? background : `1;${background}`;
}

/** The nearest colour of the 6×6×6 cube of 256-colour terminals. */
function cube(color: Color): number {
  const levels = [0, 95, 135, 175, 215, 255];
  const nearest = (channel: number): number => {
    let best = 0;
    levels.forEach((level, index) => {
      if (Math.abs(level - channel) < Math.abs(levels[best]! - channel)) best = index;
    });
    return best;
  };
  return 16 + 36 * nearest(color[0]) + 6 * nearest(color[1]) + nearest(color[2]);
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
  const lines = flowPieces(document.pieces, width, (text, feature) => (paint.colored ? text : withMark(text, shareOf(feature))));
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

function legend(document: TextDocument, scale: ScoreScale, numbers: NumberFormat, paint: Painter, width: number): string[] {
  const unit = visibleText(document.unit, "show");
  if (scale.magnitude === 0) return wrapWords(`All finite scores are 0 ${unit}.`, width);
  const lower = `- lowers (to ${numbers.signed(-scale.magnitude)})`;
  const raise = `+ raises (to ${numbers.signed(scale.magnitude)})`;
  const parts = [paint.score(` ${lower} `, -1), paint.score(` ${raise} `, 1), unit];
  return displayWidth(` ${lower}    ${raise}   ${unit}`) <= width ? [parts.join("  ")] : parts;
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
  const order = strongest(row.scores).slice(0, top);
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
    lines.push(`  ${label}  ${pad(values[place]!, valueWidth, "left")}${error}  ${bar(share, barWidth, paint)}`.trimEnd());
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
    const parts = strongest(scores)
      .slice(0, 3)
      .filter((feature) => scores[feature] !== 0)
      .map((feature) => `${shorten(visibleLabel(document.features[feature]!).trim(), 20)} ${numbers.signed(scores[feature]!)}`);
    const label = pad(shorten(labels[place]!, labelWidth), labelWidth, "right");
    const value = valueWidth > 0 ? `  ${pad(values[place]!, valueWidth, "left")}` : "";
    return shorten(`${label}${value}  ${parts.join(", ")}`, width).trimEnd();
  });
}

function bar(share: number, width: number, paint: Painter): string {
  if (Number.isNaN(share) || width === 0) return "";
  const cells = Math.round(Math.min(1, Math.abs(share)) * width);
  if (!paint.colored) return (share < 0 ? "-" : "+").repeat(cells);
  return cells === 0 ? "" : paint.score(" ".repeat(cells), Math.sign(share));
}

/** Features by magnitude, largest first; NaN last. */
function strongest(scores: readonly number[]): number[] {
  const size = (feature: number): number => (Number.isNaN(scores[feature]) ? -1 : Math.abs(scores[feature]!));
  return scores.map((_, feature) => feature).sort((a, b) => size(b) - size(a) || a - b);
}

function columnWidth(texts: readonly string[]): number {
  let width = 0;
  for (const text of texts) width = Math.max(width, displayWidth(text));
  return width;
}
