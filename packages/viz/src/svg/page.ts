import { escapeMarkup } from "../escape-markup.ts";
import { wrapWords } from "../text-flow.ts";
import { displayWidth, visibleText } from "../visible-text.ts";

/** Pixels between the picture's edge and what is in it. */
export const margin = 20;
/** Pixels that one character takes. */
export const column = 8.4;
/** Pixels from one line of text to the next. */
export const lineHeight = 24;

/** A picture that grows from top to bottom. */
export class Page {
  readonly parts: string[] = [];
  /** The prefix of every name in the picture, so that several pictures can stand in one page. */
  readonly scope: string;
  /** The width that was asked for, margins included: text is wrapped to it. */
  readonly asked: number;
  /** The width that everything drawn so far needs. */
  width: number;
  /** The baseline of the next line of text. */
  y: number = margin;

  constructor(scope: string, width: number) {
    this.scope = scope;
    this.asked = width;
    this.width = width;
  }

  /** Characters of a line of text. */
  get columns(): number {
    return Math.floor((this.asked - 2 * margin) / column);
  }

  /** Pixels between the margins, as asked for. */
  get inner(): number {
    return this.asked - 2 * margin;
  }

  /** Makes the picture at least this wide. */
  widen(width: number): void {
    this.width = Math.max(this.width, Math.ceil(width));
  }

  down(height: number): void {
    this.y += height;
  }

  /** A line of text at `x`, and on to the next line. */
  text(x: number, text: string, kind: "strong" | "faint" | "plain"): void {
    this.parts.push(glyphs(x, this.y, text, kind));
    this.y += lineHeight;
  }

  /** A sentence of the document, in as many lines as it takes. */
  sentence(text: string, kind: "strong" | "faint" | "plain"): void {
    for (const line of wrapWords(visibleText(text, "show"), this.columns)) this.text(margin, line, kind);
  }
}

/** Text held to the columns it was given, whatever font the reader has. */
export function glyphs(x: number, y: number, text: string, kind: string, anchor: "start" | "middle" | "end" = "start"): string {
  if (text.trim() === "") return "";
  const length = (displayWidth(text) * column).toFixed(1);
  const at = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}"${at} textLength="${length}" lengthAdjust="spacingAndGlyphs">${escapeMarkup(text)}</text>`;
}

/** A group of elements that says a sentence when pointed at. */
export function hinted(hint: string, parts: string, attributes = ""): string {
  return `<g${attributes}><title>${escapeMarkup(visibleText(hint, "show"))}</title>${parts}</g>`;
}

/** A straight line of a class. */
export function stroke(kind: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${kind}" x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}"/>`;
}

/** A rectangle of a class, from one corner to the other in whichever order. */
export function box(kind: string, x1: number, y1: number, x2: number, y2: number, more = ""): string {
  const [left, right] = x1 <= x2 ? [x1, x2] : [x2, x1];
  const [top, bottom] = y1 <= y2 ? [y1, y2] : [y2, y1];
  return `<rect class="${kind}" x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${(right - left).toFixed(1)}" height="${(bottom - top).toFixed(1)}"${more}/>`;
}
