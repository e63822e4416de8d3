import { type AnsiOptions, type HtmlOptions, type SvgOptions, type TextDocument, toAnsi, toHtml, toSvg } from "@attr/viz";

/** One side of a multiple-choice result: what speaks for an option, or for one option against another. */
export class ChoiceExplanation {
  /** How much each segment adds, `[segment]`. */
  readonly attributions: Float64Array;
  /** The explained number with the whole prompt. */
  readonly value: number;
  /** The same with every segment absent, where the method evaluated that. */
  readonly baseValue: number | undefined;
  readonly #document: TextDocument;

  constructor(attributions: Float64Array, value: number, baseValue: number | undefined, document: TextDocument) {
    this.attributions = attributions;
    this.value = value;
    this.baseValue = baseValue;
    this.#document = document;
  }

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

  toSvg(options: SvgOptions = {}): string {
    return toSvg(this.#document, options);
  }
}
