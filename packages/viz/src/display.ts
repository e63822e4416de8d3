import { toAnsi } from "./ansi.ts";
import type { AttributionDocument } from "./documents/document.ts";
import { numbersMarkup } from "./html/picture-page.ts";
import { type SvgOptions, toSvg } from "./svg.ts";

const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display");

/** What a notebook shows of a value, by kind of media. */
export interface MediaBundle {
  readonly "text/plain": string;
  readonly "image/svg+xml": string;
  readonly "text/html": string;
}

/** A document that notebooks draw. */
export interface Displayable {
  readonly document: AttributionDocument;
  /** What the notebook shows: the picture, and text where it shows no pictures. */
  readonly [jupyterDisplay]: () => MediaBundle;
}

/**
 * A document as the last value of a notebook's cell: Deno's Jupyter kernel, and others that ask for `Symbol.for("Jupyter.display")`,
 * show it as a picture with its numbers below. Nothing of it reaches beyond its cell: no script, and styles under names of their own.
 *
 * @throws InvalidArgumentError where shown, for a document whose parts do not fit together.
 */
export function display(document: AttributionDocument, options: SvgOptions = {}): Displayable {
  return {
    document,
    [jupyterDisplay]: () => {
      const svg = toSvg(document, options);
      return {
        "text/plain": toAnsi(document, { color: false }),
        "image/svg+xml": svg,
        "text/html": `<div>${svg.replace("<svg ", '<svg style="max-width:100%;height:auto" ')}${numbersMarkup(document)}</div>`,
      };
    },
  };
}
