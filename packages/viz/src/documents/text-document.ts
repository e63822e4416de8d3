import type { DocumentHead } from "./document.ts";

/** One or more rows of signed scores over labelled pieces of text. */
export interface TextDocument extends DocumentHead {
  readonly kind: "text";
  /** Pieces the scores are about, in reading order; `text` is shown, pieces with no `feature` are context between them. */
  readonly pieces: readonly { readonly text: string; readonly feature?: number | undefined }[];
  /** Label of every feature (a piece's text, a template's value). */
  readonly features: readonly string[];
  /**
   * The group of every feature, where features were switched together: each carries the whole score of its group, and a sum counts
   * the group once. Absent: every feature is on its own.
   */
  readonly groups?: readonly number[] | undefined;
  /** What a row is, in one word: "answer", "option". @defaultValue "answer" */
  readonly rowKind?: string | undefined;
  /** One row an explained thing: the whole answer first, then its tokens or the options. `[row][feature]`. */
  readonly rows: readonly DocumentRow[];
}

/** One row of scores over the features of a text: of the whole answer, one of its tokens, an option. */
export interface DocumentRow {
  /** "the whole answer", " Sue", "B) the kite". */
  readonly label: string;
  readonly scores: readonly number[];
  /** Standard error of every score, where the method is sampled. */
  readonly standardErrors?: readonly number[] | undefined;
  /** The explained quantity with everything present, and with nothing. Scores of methods that are complete add up to their difference. */
  readonly value?: number | undefined;
  readonly baseValue?: number | undefined;
  /** Marks the row that the text is coloured by when only one can be shown; the first when none is marked. */
  readonly primary?: boolean | undefined;
}
