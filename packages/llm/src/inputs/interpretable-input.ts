/** A prompt as the model gets it: text still to be encoded, or token ids as they are. */
export type Prompt = TextPrompt | { readonly kind: "ids"; readonly ids: readonly number[] };

/** A prompt that is a text, before it is encoded. */
export interface TextPrompt {
  readonly kind: "text";
  readonly text: string;
  /**
   * Whether the tokenizer adds what it puts around a text (BOS). False where the text already holds it, as chat templates do.
   *
   * @defaultValue true
   */
  readonly addSpecialTokens?: boolean | undefined;
}

/**
 * A prompt cut into features that can be taken away: what a language model attribution attributes to. Several features may be one
 * player (a mask ties them); the players are what a method switches on and off.
 */
export interface InterpretableInput {
  /** What every feature is called where results are shown, one entry a feature. */
  readonly values: readonly string[];
  /** How many players the method sees. */
  readonly players: number;
  /** The player of every feature. */
  readonly playerOf: readonly number[];
  /** The prompt with only some players present; all, when absent. */
  prompt(present?: (player: number) => boolean): Prompt;
  /**
   * The whole prompt as text with the span of every feature in it, where the input knows them: pictures show the text then, and the
   * words between the features with it. UTF-16 code units.
   */
  readonly layout?: { readonly text: string; readonly spans: readonly (readonly [start: number, end: number])[] } | undefined;
}
