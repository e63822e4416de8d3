import { type AnsiOptions, type HtmlOptions, type SvgOptions, type TextDocument, toAnsi, toHtml, toSvg } from "@attr/viz";

/** One explained number over the pieces of a text: what speaks for an option, for one option against another, for an output of a model. */
export class TextExplanation {
  /** How much each feature adds, `[feature]`. */
  readonly attributions: Float64Array;
  /** The explained number with every feature present, where it is known. */
  readonly value: number | undefined;
  /** The same with every feature absent, where the method evaluated that. */
  readonly baseValue: number | undefined;
  readonly #document: TextDocument;

  constructor(attributions: Float64Array, value: number | undefined, baseValue: number | undefined, document: TextDocument) {
    this.attributions = attributions;
    this.value = value;
    this.baseValue = baseValue;
    this.#document = document;
  }

  /** The explanation as a document that `@attr/viz` draws. */
  toDocument(): TextDocument {
    return this.#document;
  }

  /** As text for a terminal. */
  toAnsi(options: AnsiOptions = {}): string {
    return toAnsi(this.#document, options);
  }

  /** As one self-contained HTML file. */
  toHtml(options: HtmlOptions = {}): string {
    return toHtml(this.#document, options);
  }

  /** A picture of the text, its features coloured by their scores. */
  toSvg(options: SvgOptions = {}): string {
    return toSvg(this.#document, options);
  }
}
