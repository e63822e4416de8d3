import type { NumberFormat } from "../number-format.ts";
import { displayWidth, visibleText } from "../visible-text.ts";
import { column, glyphs, lineHeight, margin, type Page, stroke } from "./page.ts";

/** A whole line under what raises, a broken one under what lowers: the sign does not hang on colour alone. */
export function underline(x: number, y: number, size: number, raises: boolean): string {
  return stroke(raises ? "raises" : "lowers", x, y, x + size, y);
}

/** Pixels of a legend whose ends carry this number: room for both of them, with a word each, beside the zero. */
export function rampSize(end: string): number {
  return Math.max(240, Math.ceil((2 * (displayWidth(end) + 8) + 3) * column));
}

/** The legend of the diverging scale: its two ends with sign and unit, and zero between them. */
export function drawRamp(page: Page, magnitude: number, unit: string, numbers: NumberFormat): void {
  const size = rampSize(`${numbers.signed(magnitude)}`);
  const y = page.y;
  page.parts.push(
    `<defs><linearGradient id="${page.scope}-scale"><stop class="stop-negative" offset="0"/><stop class="stop-zero" offset=".5"/><stop class="stop-positive" offset="1"/></linearGradient></defs>`,
    `<rect x="${margin}" y="${y - 14}" width="${size}" height="14" rx="3" fill="url(#${page.scope}-scale)" class="line"/>`,
    underline(margin, y + 4, size / 2 - 12, false),
    underline(margin + size / 2 + 12, y + 4, size / 2 - 12, true),
  );
  const measured = visibleText(unit, "show");
  const beside = margin + size + 12 + displayWidth(measured) * column <= page.asked - margin;
  if (beside) page.parts.push(glyphs(margin + size + 12, y - 2, measured, "faint"));
  page.down(lineHeight - 4);
  if (magnitude === 0) page.text(margin, "all finite scores are 0", "faint");
  else {
    page.parts.push(
      glyphs(margin, page.y, `${numbers.signed(-magnitude)} lowers`, "faint"),
      glyphs(margin + size / 2, page.y, "0", "faint", "middle"),
      glyphs(margin + size, page.y, `raises ${numbers.signed(magnitude)}`, "faint", "end"),
    );
    page.down(lineHeight);
  }
  if (!beside) page.sentence(unit, "faint");
  page.down(lineHeight / 2);
}
