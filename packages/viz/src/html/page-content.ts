import { escapeMarkup } from "../escape-markup.ts";
import { visibleText } from "../visible-text.ts";

/** What a kind of document puts into the page around it. */
export interface PageContent {
  /** Markup between the heading and the notes. */
  readonly main: string;
  /** Markup at the end of the body: data and scripts. */
  readonly end: string;
}

/** A text of the document as one line of markup. */
export function shown(text: string): string {
  return escapeMarkup(visibleText(text, "show"));
}
