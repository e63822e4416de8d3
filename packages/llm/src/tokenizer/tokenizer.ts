/** Text as a model reads it. All four arrays have one entry a token. */
export interface Encoding {
  readonly ids: readonly number[];
  /** The vocabulary's own spelling of every token ("Ġcat", "▁cat", "##s"). */
  readonly tokens: readonly string[];
  /**
   * The part of the text every token stands for: `[start, end)` in UTF-16 code units, so `text.slice(start, end)` is it. In order,
   * and together they cover the text: joined, the slices are the text. Three rules make that so:
   *
   * - What no token carries (whitespace between words, characters that a normaliser drops) belongs to the token after it; at the end
   *   of the text to the last token. Only a text without any token of its own is not covered.
   * - Where several tokens share one character (an emoji spread over byte tokens), the first carries it and the others are empty at
   *   its end.
   * - A token that stands for nothing in the text is empty (`start === end`): special tokens added around it, and a word-start mark put
   *   before the text.
   *
   * Offsets of the second text of a pair are into that text. They are worked out when first read.
   *
   * @throws TokenizationError on reading, where a token's place in the text cannot be told exactly.
   */
  readonly offsets: readonly (readonly [start: number, end: number])[];
  /** `offsets` without what belongs to a token only so that the text is covered: "cat" where the offsets hold " cat". */
  readonly contentOffsets?: readonly (readonly [start: number, end: number])[] | undefined;
  /** True for tokens that were added around the text (BOS, separators), not found in it. */
  readonly special: readonly boolean[];
  /** 0 for the first text of a pair and what belongs to it, 1 for the second. */
  readonly typeIds: readonly number[];
}

/** What is encoded beside a text. */
export interface EncodeOptions {
  /** Adds what the tokenizer puts around a text: BOS, separators. @defaultValue true */
  readonly addSpecialTokens?: boolean | undefined;
  /** A second text, for tokenizers whose post-processor knows pairs (BERT): `[CLS] text [SEP] pair [SEP]`. Its offsets are into the pair. */
  readonly pair?: string | undefined;
}

/** The text of token ids, and whether the text gives the same ids again. */
export interface Decoded {
  readonly text: string;
  /** False where the ids do not stand for exactly this text: encoding it again gives other ids, or bytes were lost. */
  readonly exact: boolean;
}

/** One turn of a conversation, for chat templates. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** How a conversation becomes a prompt. */
export interface ChatTemplateOptions {
  /** Ends the prompt with what begins the model's own turn. @defaultValue false */
  readonly addGenerationPrompt?: boolean | undefined;
  /** The name of the template, where the model has several. @defaultValue "default", or "tool_use" with the variable `tools` */
  readonly template?: string | undefined;
  /** More variables for the template, such as `tools` or `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** The one face of every tokenizer: Hugging Face files, transformers.js instances, tiktoken and gpt-tokenizer encodings. */
export interface Tokenizer {
  readonly kind: "tokenizer";
  /** How many ids have a spelling. A model's logits may be padded to more. */
  readonly vocabularySize: number;
  /** Ids of the special tokens, where the tokenizer has them. */
  readonly bosToken?: number | undefined;
  readonly endToken?: number | undefined;
  readonly unknownToken?: number | undefined;
  readonly padToken?: number | undefined;
  readonly maskToken?: number | undefined;
  readonly separatorToken?: number | undefined;
  /** All special tokens: spelling to id. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** The tokens of a text. Ids are found at once, the rest when first read. */
  encode(text: string, options?: EncodeOptions): Encoding;
  /** The text of ids; `exact` (worked out when first read) compares without the special tokens where those are skipped. */
  decode(ids: readonly number[], options?: { readonly skipSpecialTokens?: boolean | undefined }): Decoded;
  /** The vocabulary's spelling of an id; throws `TokenizationError` for an id outside it. */
  idToToken(id: number): string;
  /** The id of a token by its spelling in the vocabulary, or `undefined` where there is none. */
  tokenToId(token: string): number | undefined;
  /**
   * The UTF-8 bytes that a token stands for inside a running text: a word-start mark is a space, a token of one byte may be a part of
   * a character, a special token is its spelling. Throws `TokenizationError` for an id outside the vocabulary.
   */
  tokenBytes?(id: number): Uint8Array;
  /** The prompt of a conversation, by the model's own template; throws `UnsupportedError` where there is none. */
  applyChatTemplate(messages: readonly ChatMessage[], options?: ChatTemplateOptions): string;
}
