import type { ImageOverlay, ImageSign } from "../documents/image-document.ts";
import { lowers, raises } from "../images/score-colors.ts";
import type { NumberFormat } from "../number-format.ts";
import { type Color, hex } from "../score-scale.ts";
import { visibleText } from "../visible-text.ts";
import { glyphs, lineHeight, margin, type Page } from "./page.ts";
import { rampSize } from "./ramp.ts";

/** The legend of a map: its colours from one end of the scale to the other, with sign and unit; without `end` every panel has its own. */
export function drawImageRamp(
  page: Page,
  sign: ImageSign,
  overlay: ImageOverlay,
  end: number | undefined,
  unit: string,
  numbers: NumberFormat,
): void {
  const size = rampSize(end === undefined ? "" : numbers.signed(end));
  page.down(lineHeight / 2);
  const measured = visibleText(unit, "show");
  const low = sign === "positive" || sign === "absolute" ? 0 : -1;
  const high = sign === "negative" ? 0 : 1;
  if (overlay !== "masked" && overlay !== "contour") {
    const stop = (offset: number, color: Color, opacity: number): string =>
      `<stop offset="${offset}" stop-color="${hex(color)}" stop-opacity="${opacity}"/>`;
    // Two stops at zero: the colour changes there, where it is not seen.
    const middle = low < 0 && high > 0 ? stop(0.5, lowers, 0) + stop(0.5, raises, 0) : "";
    page.parts.push(
      `<defs><linearGradient id="${page.scope}-map">${stop(0, low < 0 ? lowers : raises, -low)}${middle}${stop(1, high > 0 ? raises : lowers, high)}</linearGradient></defs>`,
      `<rect x="${margin}" y="${page.y - 14}" width="${size}" height="14" rx="3" fill="url(#${page.scope}-map)" class="line"/>`,
      glyphs(margin + size + 12, page.y - 2, measured, "faint"),
    );
    page.down(lineHeight - 4);
  }
  const at = (level: number): string => (end === undefined ? "" : level === 0 ? "0" : ` ${numbers.signed(level * end)}`);
  if (end === 0) page.text(margin, `all finite scores are 0 ${measured}`, "faint");
  else if (overlay === "masked" || overlay === "contour")
    page.text(
      margin,
      `scale:${low < 0 ? at(low) : ""}${low < 0 && high > 0 ? " to" : ""}${high > 0 ? at(high) : ""} ${measured}`,
      "faint",
    );
  else {
    const words = {
      low: low < 0 ? `${at(-1).trim()} lowers`.trim() : "0",
      high: high > 0 ? (sign === "absolute" ? `strength${at(1)}` : `raises${at(1)}`) : "0",
    };
    page.parts.push(glyphs(margin, page.y, words.low, "faint"), glyphs(margin + size, page.y, words.high, "faint", "end"));
    if (low < 0 && high > 0) page.parts.push(glyphs(margin + size / 2, page.y, "0", "faint", "middle"));
    page.down(lineHeight);
  }
}
