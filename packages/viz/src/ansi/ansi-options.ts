import type { Theme } from "../score-scale.ts";

/** How a document is written for a terminal. */
export interface AnsiOptions {
  /**
   * Colours: `false` writes no escape code at all (signs and bars carry the meaning), `true` is `"256"`.
   *
   * @defaultValue true
   */
  readonly color?: boolean | "16" | "256" | "truecolor" | undefined;
  /** What the terminal's background is, so that weak scores stay near it. @defaultValue "dark" */
  readonly theme?: Theme | undefined;
  /** Columns of the terminal. @defaultValue 80 */
  readonly width?: number | undefined;
  /** Features listed under the text for the explained row, strongest first. @defaultValue 12 */
  readonly top?: number | undefined;
  /** Lines of text above which it is folded around what matters; `Infinity` folds nothing. @defaultValue 40 */
  readonly fold?: number | undefined;
}
