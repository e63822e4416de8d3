import type { AnsiOptions } from "./ansi/ansi-options.ts";
import { comparisonAnsi } from "./ansi/comparison.ts";
import { curveAnsi } from "./ansi/curve.ts";
import { imageAnsi } from "./ansi/image.ts";
import { layersAnsi } from "./ansi/layers.ts";
import { tableAsText } from "./ansi/table-as-text.ts";
import { textAnsi } from "./ansi/text.ts";
import { checkDocument } from "./documents/check-document.ts";
import type { AttributionDocument } from "./documents/document.ts";

/**
 * A document as text for a terminal, in its colours or without any. Text: the prompt with its words coloured by their scores, the strongest
 * features as signed numbers and bars, the other rows in a line each. Tables: the same bars. Maps: half blocks, two pixels a character, or
 * signs where there are few colours; sums and strongest places in numbers. Curves: lines of braille dots between axes, with their numbers in
 * words. Layers: a strip from input to output. Whatever the document holds, the text has no control characters but line ends and the
 * colours asked for.
 *
 * @throws InvalidArgumentError for a document whose parts do not fit together.
 */
export function toAnsi(document: AttributionDocument, options: AnsiOptions = {}): string {
  checkDocument(document);
  switch (document.kind) {
    case "text":
      return textAnsi(document, options);
    case "tabular":
      return textAnsi(tableAsText(document), options);
    case "image":
      return imageAnsi(document, options);
    case "curve":
      return curveAnsi(document, options);
    case "layers":
      return layersAnsi(document, options);
    case "comparison":
      return comparisonAnsi(document, options);
  }
}
