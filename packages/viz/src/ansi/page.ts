import { aboutDocument, partialInWords } from "../documents/about-document.ts";
import type { DocumentHead } from "../documents/document.ts";
import { numberFormat } from "../number-format.ts";
import { wrapWords } from "../text-flow.ts";
import { displayWidth, visibleText } from "../visible-text.ts";
import type { AnsiOptions } from "./ansi-options.ts";
import type { Painter } from "./painter.ts";

/** Columns that are written to. */
export function columnsOf(options: AnsiOptions): number {
  return Math.max(30, Math.floor(options.width ?? 80));
}

/** Sections with an empty line between them. */
export function page(sections: readonly (readonly string[])[]): string {
  return `${sections.flatMap((lines) => (lines.length === 0 ? [] : [lines.join("\n")])).join("\n\n")}\n`;
}

export function headingLines(document: DocumentHead, width: number, paint: Painter): string[] {
  return [
    ...wrapWords(visibleText(document.title, "show"), width).map((line) => paint.strong(line)),
    ...wrapWords(visibleText([aboutDocument(document), ...partialInWords(document)].join(" "), "show"), width).map((line) =>
      paint.faint(line),
    ),
  ];
}

export function noteLines(notes: readonly string[], width: number): string[] {
  return notes.flatMap((note) =>
    wrapWords(visibleText(note, "show"), width - 2).map((line, i) => (i === 0 ? `! ${line}` : `  ${line}`)),
  );
}

/** Both ends of a scale of scores, in their colours. */
export function scaleLines(end: number, unitOfScores: string, paint: Painter, width: number): string[] {
  const unit = visibleText(unitOfScores, "show");
  const numbers = numberFormat(end, "-");
  if (end === 0) return wrapWords(`All finite scores are 0 ${unit}.`, width);
  const lower = `- lowers (to ${numbers.signed(-end)})`;
  const raise = `+ raises (to ${numbers.signed(end)})`;
  const parts = [paint.score(` ${lower} `, -1), paint.score(` ${raise} `, 1), unit];
  return displayWidth(` ${lower}    ${raise}   ${unit}`) <= width ? [parts.join("  ")] : parts;
}

/** A bar as long as a share of the scale: in its colour, or of its signs. */
export function bar(share: number, width: number, paint: Painter): string {
  if (Number.isNaN(share) || width === 0) return "";
  const cells = Math.round(Math.min(1, Math.abs(share)) * width);
  if (paint.colors === "none") return (share < 0 ? "-" : "+").repeat(cells);
  return cells === 0 ? "" : paint.score(" ".repeat(cells), Math.sign(share));
}

export function columnWidth(texts: readonly string[]): number {
  let width = 0;
  for (const text of texts) width = Math.max(width, displayWidth(text));
  return width;
}
