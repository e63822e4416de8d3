/**
 * Text with everything that a terminal or a browser would act on, instead of showing it, made visible: control characters (escape
 * codes too) become the pictures Unicode has for them, marks that turn the reading direction of what follows become their code in
 * brackets, and halves of surrogate pairs become U+FFFD.
 *
 * @param lineBreaks `keep` leaves "\n" as it is, `show` writes it as ⏎ (for labels of one line).
 */
export function visibleText(text: string, lineBreaks: "keep" | "show"): string {
  let shown = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code === 0x0a) shown += lineBreaks === "keep" ? "\n" : "⏎";
    else if (code < 0x20) shown += String.fromCharCode(0x2400 + code);
    else if (code === 0x7f) shown += "␡";
    else if (code >= 0x80 && code < 0xa0) shown += codeOf(code);
    else if (turnsDirection(code) || code === 0x2028 || code === 0x2029) shown += codeOf(code);
    else if ((code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff) shown += "\ufffd";
    else shown += character;
  }
  return shown;
}

function codeOf(code: number): string {
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** Embeddings, overrides and isolates; the mere marks (U+200E, U+200F) stay: honest right-to-left text uses them. */
function turnsDirection(code: number): boolean {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/** What a label of nothing but spaces, or of nothing, is shown as. */
export function visibleLabel(text: string): string {
  const shown = visibleText(text, "show");
  if (shown === "") return "(empty)";
  return shown.trim() === "" ? "␣".repeat(shown.length) : shown;
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Whether the first letter that has a direction runs from right to left. */
export function readsFromRight(text: string): boolean {
  for (const character of text) {
    if (rightToLeft.test(character)) return true;
    if (/\p{L}/u.test(character)) return false;
  }
  return false;
}

/** Characters as a reader counts them: an emoji with its modifiers is one. */
export function graphemes(text: string): string[] {
  if (typeof Intl === "object" && "Segmenter" in Intl)
    return Array.from(new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text), (part) => part.segment);
  return Array.from(text);
}

/** How many columns of a fixed-width screen a text takes: wide characters and emoji take two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const grapheme of graphemes(text)) width += graphemeWidth(grapheme);
  return width;
}

function graphemeWidth(grapheme: string): number {
  const code = grapheme.codePointAt(0)!;
  if (code < 0x300) return 1;
  if (/^[\p{M}\u200b-\u200f\ufeff]/u.test(grapheme)) return 0;
  if (/\p{Emoji_Presentation}|\ufe0f/u.test(grapheme)) return 2;
  return isWide(code) ? 2 : 1;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf && code !== 0x303f) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

/** The beginning of a text that fits `width` columns, with "…" at its end where something was left out. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const grapheme of graphemes(text)) {
    const next = graphemeWidth(grapheme);
    if (used + next > width - 1) break;
    kept += grapheme;
    used += next;
  }
  return `${kept}…`;
}

/** A text filled up with spaces to `width` columns. */
export function pad(text: string, width: number, side: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return side === "left" ? space + text : text + space;
}
