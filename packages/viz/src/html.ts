import { aboutDocument, partialInWords } from "./documents/about-document.ts";
import { checkDocument } from "./documents/check-document.ts";
import type { AttributionDocument } from "./documents/document.ts";
import { embeddedJson, escapeMarkup } from "./escape-markup.ts";
import { type PageContent, shown } from "./html/page-content.ts";
import { pageStyle } from "./html/page-style.ts";
import { picturePage } from "./html/picture-page.ts";
import { textPage } from "./html/text-page.ts";
import type { ThemeChoice } from "./theme-style.ts";

/** How a document becomes a page. */
export interface HtmlOptions {
  /** @defaultValue "auto" */
  readonly theme?: ThemeChoice | undefined;
  /** The language of the text, for `<html lang>`. @defaultValue "en" */
  readonly language?: string | undefined;
  /** Whether stretches of a long text that do not matter are behind buttons that unfold them. @defaultValue true */
  readonly fold?: boolean | undefined;
}

/** Numbers above which a picture's data is not embedded in its page. */
const mostNumbers = 500_000;

/**
 * A document of any kind as one HTML file that needs nothing else: its style, script and data are inside, and it asks the network for
 * nothing (its content security policy forbids it). Text is coloured by the chosen row, with every number in a table; what is not text
 * is a picture with its numbers in tables that open below it. The document itself is in the element `attr-document` as JSON (numbers
 * that are not finite as strings), save maps of more than 500,000 numbers.
 *
 * @throws InvalidArgumentError for a document whose parts do not fit together.
 */
export function toHtml(document: AttributionDocument, options: HtmlOptions = {}): string {
  checkDocument(document);
  const theme = options.theme ?? "auto";
  const title = shown(document.title);
  const { main, end } = contentOf(document, theme, options.fold ?? true);
  return `<!DOCTYPE html>
<html lang="${escapeMarkup(options.language ?? "en")}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>
${pageStyle(theme)}
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="about">${[aboutDocument(document), ...partialInWords(document)].map(shown).join(" ")}</p>
${main}
${notes(document.notes)}
</main>
${embedded(document)}${end}
</body>
</html>
`;
}

function contentOf(document: AttributionDocument, theme: ThemeChoice, fold: boolean): PageContent {
  return document.kind === "text" ? textPage(document, fold) : picturePage(document, theme);
}

function notes(sentences: readonly string[]): string {
  if (sentences.length === 0) return "";
  return `<section aria-label="Notes"><ul class="notes">${sentences.map((note) => `<li>${shown(note)}</li>`).join("")}</ul></section>`;
}

/** How many numbers the maps and pictures of a document hold. */
function numbersOfMaps(document: AttributionDocument): number {
  if (document.kind === "comparison") return document.parts.reduce((sum, part) => sum + numbersOfMaps(part.document), 0);
  if (document.kind !== "image") return 0;
  return document.panels.reduce((sum, { scores }) => sum + scores.length, document.picture?.data.length ?? 0);
}

function embedded(document: AttributionDocument): string {
  if (numbersOfMaps(document) > mostNumbers) return "";
  return `<script type="application/json" id="attr-document">${embeddedJson(document)}</script>\n`;
}
