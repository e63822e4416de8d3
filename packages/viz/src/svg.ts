import { aboutDocument, partialInWords } from "./documents/about-document.ts";
import { checkDocument } from "./documents/check-document.ts";
import type { AttributionDocument } from "./documents/document.ts";
import { escapeMarkup } from "./escape-markup.ts";
import { fingerprint } from "./fingerprint.ts";
import { comparisonInWords, drawComparison } from "./svg/comparison.ts";
import { curvesInWords, drawCurves } from "./svg/curve.ts";
import { drawImage, imageInWords } from "./svg/image.ts";
import { drawLayers, layersInWords } from "./svg/layers.ts";
import { lineHeight, margin, Page } from "./svg/page.ts";
import { svgStyle } from "./svg/style.ts";
import { drawTabular, tabularInWords } from "./svg/tabular.ts";
import { drawText, textInWords } from "./svg/text.ts";
import type { ThemeChoice } from "./theme-style.ts";
import { visibleText } from "./visible-text.ts";

/** How a document becomes a picture. */
export interface SvgOptions {
  /** Width of the picture in pixels; a table with many rows makes it wider. @defaultValue 720 */
  readonly width?: number | undefined;
  /** @defaultValue "auto" */
  readonly theme?: ThemeChoice | undefined;
  /** Whether title, method and notes are drawn; off where the page around the picture has them. @defaultValue true */
  readonly heading?: boolean | undefined;
  /** Lines of text above which it is folded around what matters; `Infinity` folds nothing. @defaultValue 40 */
  readonly fold?: number | undefined;
}

/**
 * A document of any kind as one SVG picture. It needs nothing from outside: no fonts, no scripts, no links; pictures are inside it as
 * PNG data. `<title>` and `<desc>` say in words what is seen; what is drawn says its score when pointed at.
 *
 * @throws InvalidArgumentError for a document whose parts do not fit together.
 */
export function toSvg(document: AttributionDocument, options: SvgOptions = {}): string {
  checkDocument(document);
  const asked = options.width ?? 720;
  const heading = options.heading ?? true;
  const page = new Page(`attr-${fingerprint([document, asked, heading])}`, Math.max(280, Number.isFinite(asked) ? asked : 720));
  page.down(lineHeight);
  if (heading) {
    page.sentence(document.title, "strong");
    page.sentence(aboutDocument(document), "faint");
  }
  for (const sentence of partialInWords(document)) page.sentence(sentence, "plain");
  if (heading) page.down(lineHeight / 2);
  draw(page, document, options);
  if (heading) for (const note of document.notes) page.sentence(note, "faint");

  const { scope, width } = page;
  const height = Math.ceil(page.y + margin - lineHeight / 2);
  const body = page.parts.join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" class="${scope}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${scope}-title ${scope}-desc">
<title id="${scope}-title">${escapeMarkup(visibleText(document.title, "show"))}</title>
<desc id="${scope}-desc">${escapeMarkup(visibleText([aboutDocument(document), ...partialInWords(document), inWords(document)].join(" ").trim(), "show"))}</desc>
<style>${svgStyle(scope, options.theme ?? "auto", body)}</style>
<rect class="page" width="${width}" height="${height}"/>
${body}
</svg>
`;
}

function draw(page: Page, document: AttributionDocument, options: SvgOptions): void {
  switch (document.kind) {
    case "text":
      drawText(page, document, options.fold);
      break;
    case "image":
      drawImage(page, document);
      break;
    case "tabular":
      drawTabular(page, document);
      break;
    case "curve":
      drawCurves(page, document);
      break;
    case "layers":
      drawLayers(page, document);
      break;
    case "comparison":
      drawComparison(page, document, options.fold);
      break;
  }
}

/** What the picture shows, for who does not see it. */
function inWords(document: AttributionDocument): string {
  switch (document.kind) {
    case "text":
      return textInWords(document);
    case "image":
      return imageInWords(document);
    case "tabular":
      return tabularInWords(document);
    case "curve":
      return curvesInWords(document);
    case "layers":
      return layersInWords(document);
    case "comparison":
      return comparisonInWords(document);
  }
}
