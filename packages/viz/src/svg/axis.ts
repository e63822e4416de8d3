import type { LinearScale } from "../linear-scale.ts";
import { tickText } from "../number-format.ts";
import { displayWidth, shorten, visibleText } from "../visible-text.ts";
import { column, glyphs, lineHeight, type Page, stroke } from "./page.ts";

/**
 * The horizontal axis of a drawing that ends at the page's line: grid lines up to `top`, the numbers and, below them, what they
 * measure. Moves the page below the axis.
 */
export function horizontalAxis(
  page: Page,
  scale: LinearScale,
  left: number,
  right: number,
  top: number,
  label: string,
  signed: boolean,
): void {
  const y = page.y;
  const ticks = scale.ticks(Math.max(2, Math.floor((right - left) / 64)));
  page.parts.push(stroke("axis", left, y, right, y));
  let free = Number.NEGATIVE_INFINITY;
  for (const tick of ticks) {
    const x = left + scale.at(tick) * (right - left);
    page.parts.push(stroke("grid", x, top, x, y), stroke("axis", x, y, x, y + 5));
    const text = tickText(tick, signed);
    const half = (displayWidth(text) * column) / 2;
    if (x - half < free) continue;
    page.parts.push(glyphs(x, y + 20, text, "faint", "middle"));
    free = x + half + column;
  }
  page.parts.push(
    glyphs(
      (left + right) / 2,
      y + 42,
      shorten(visibleText(label, "show"), Math.floor((right - left) / column)),
      "faint",
      "middle",
    ),
  );
  page.down(42 + lineHeight);
}

/** The vertical axis at `left`, from the page's `top` to `bottom`; the label stands above it. */
export function verticalAxis(
  page: Page,
  scale: LinearScale,
  left: number,
  right: number,
  top: number,
  bottom: number,
  signed: boolean,
): void {
  page.parts.push(stroke("axis", left, top, left, bottom));
  for (const tick of scale.ticks(6)) {
    const y = bottom - scale.at(tick) * (bottom - top);
    page.parts.push(stroke("grid", left, y, right, y), glyphs(left - 6, y + 5, tickText(tick, signed), "faint", "end"));
  }
}
