import type { LinearScale } from "../linear-scale.ts";
import type { NumberFormat } from "../number-format.ts";
import { displayWidth, shorten, visibleLabel, visibleText } from "../visible-text.ts";
import { horizontalAxis } from "./axis.ts";
import { box, column, glyphs, hinted, lineHeight, margin, type Page, stroke } from "./page.ts";

/** One line of a bar chart. */
export interface Bar {
  readonly label: string;
  readonly score: number;
  readonly standardError?: number | undefined;
}

/** Where the bars of a chart lie. */
export interface BarPlace {
  readonly labelColumns: number;
  /** Whether a label has a line of its own above its bar: there is no room beside it. */
  readonly labelsAbove: boolean;
  /** Left and right end of the drawing. */
  readonly left: number;
  readonly right: number;
}

/** Pixels of the column of numbers beside the drawing. */
const numberWidth = 150;

/**
 * Room for labels of these lines, for the drawing and for a column of numbers at the right.
 *
 * @param mayStack Whether labels may stand above their bars where the picture is narrow; {@link lineLabel} puts them there.
 */
export function placeOfBars(page: Page, labels: readonly string[], mayStack: boolean, indent = 0): BarPlace {
  let longest = 8;
  for (const label of labels) longest = Math.max(longest, displayWidth(visibleLabel(label)));
  const room = Math.max(10, Math.floor((page.inner * 0.38 - indent) / column));
  const narrow = page.asked < 480;
  const labelsAbove = mayStack && narrow && longest > room;
  const labelColumns = labelsAbove ? Math.floor((page.inner - indent) / column) : Math.min(longest, room);
  const left = margin + indent + (labelsAbove ? 0 : (labelColumns + 2) * column);
  // A telephone has room for all of it, if each part takes less.
  const [least, beside] = narrow ? [60, 106] : [120, numberWidth];
  const right = Math.max(left + least, page.asked - margin - beside);
  page.widen(right + beside + margin);
  return { labelColumns, labelsAbove, left, right };
}

/** The label of the next bar, which belongs at `page.y` afterwards. */
export function lineLabel(
  page: Page,
  label: string,
  { labelColumns, labelsAbove }: BarPlace,
  kind = "plain",
  indent = 0,
): string {
  const words = glyphs(margin + indent, page.y, shorten(visibleLabel(label), labelColumns), kind);
  if (labelsAbove) page.down(lineHeight - 4);
  return words;
}

/** The stripes that lowering bars carry, so that their sign does not hang on colour alone. */
export function stripes(page: Page): string {
  return `<defs><pattern id="${page.scope}-stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="striped" x1="0" y1="0" x2="0" y2="6" stroke-width="2.5"/></pattern></defs>`;
}

/** A rectangle in the colour of its sign; what lowers is striped as well. */
export function signedBox(page: Page, score: number, x1: number, y1: number, x2: number, y2: number): string {
  if (!(score < 0)) return box("positive", x1, y1, x2, y2);
  return box("negative", x1, y1, x2, y2) + box("stripes", x1, y1, x2, y2, ` fill="url(#${page.scope}-stripes)"`);
}

/** "+1.25 ± 0.05". */
export function scoreText(score: number, standardError: number | undefined, numbers: NumberFormat): string {
  return `${numbers.signed(score)}${standardError === undefined ? "" : ` ± ${numbers.plain(standardError)}`}`;
}

/** Signed bars, a line each, with their numbers at the right and the axis below. */
export function drawBars(
  page: Page,
  bars: readonly Bar[],
  place: BarPlace,
  scale: LinearScale,
  unit: string,
  numbers: NumberFormat,
  indent = 0,
): void {
  const { left, right } = place;
  const top = page.y - 16;
  const at = (score: number): number => left + scale.at(score) * (right - left);
  const zero = at(0);
  const start = page.parts.length;
  page.parts.push(stripes(page));
  for (const { label, score, standardError } of bars) {
    const words = lineLabel(page, label, place, "plain", indent);
    const y = page.y;
    const value = scoreText(score, standardError, numbers);
    const shape = Number.isNaN(score)
      ? box("outline", zero - 4, y - 12, zero + 4, y + 2)
      : signedBox(page, score, zero, y - 13, at(score), y + 3);
    page.parts.push(
      hinted(
        `${visibleLabel(label)}: ${value} ${unit}`,
        words + shape + whisker(score, standardError, at, y - 5) + glyphs(page.width - margin, y, value, "plain", "end"),
      ),
    );
    page.down(lineHeight);
  }
  page.y -= 10;
  const axis = page.parts.length;
  horizontalAxis(page, scale, left, right, top, `− lowers · ${visibleText(unit, "show")} · raises +`, true);
  // The grid lies under the bars, the line of zero over them.
  const grid = page.parts.splice(axis);
  page.parts.splice(start, 0, ...grid);
  page.parts.push(stroke("axis", zero, top, zero, page.y - 42 - lineHeight));
}

/** A line from one standard error below to one above, with ends. */
function whisker(score: number, error: number | undefined, at: (score: number) => number, y: number): string {
  if (error === undefined || !Number.isFinite(score) || !(error > 0)) return "";
  const [low, high] = [at(score - error), at(score + error)];
  return stroke("error", low, y, high, y) + stroke("error", low, y - 4, low, y + 4) + stroke("error", high, y - 4, high, y + 4);
}
