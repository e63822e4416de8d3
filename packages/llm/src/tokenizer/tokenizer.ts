/** Text as a model reads it. All four arrays have one entry a token. */
export interface Encoding {
  readonly ids: readonly number[];
  /** The vocabulary's own spelling of every token ("Ġcat", "▁cat", "##s"). */
  readonly tokens: readonly string[];
  /**
   * The part of the text every token stands for: `[start, end)` in UTF-16 code units, so `text.slice(start, end)` is it. In order,
   * and together they cover the text. Special tokens that are not in the text are empty (`start === end`). Where several tokens share
   * one character (an emoji spread over byte tokens), the first carries it and the others are empty at its end.
   */
  readonly offsets: readonly (readonly [start: number, end: number])[];
  /** True for tokens that were added around the text (BOS, separators), not found in it. */
  readonly special: readonly boolean[];
  /** 0 for the first text of a pair and what belongs to it, 1 for the second. */
  readonly typeIds: readonly number[];
}

export interface EncodeOptions {
  /** Adds what the tokenizer puts around a text: BOS, separators. @defaultValue true */
  readonly addSpecialTokens?: boolean | undefined;
  /** A second text, for tokenizers whose post-processor knows pairs (BERT): `[CLS] text [SEP] pair [SEP]`. Its offsets are into the pair. */
  readonly pair?: string | undefined;
}

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

/** The one face of every tokenizer: Hugging Face files, transformers.js instances, tiktoken and gpt-tokenizer encodings. */
export interface Tokenizer {
  readonly kind: "tokenizer";
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
  encode(text: string, options?: EncodeOptions): Encoding;
  decode(ids: readonly number[], options?: { readonly skipSpecialTokens?: boolean | undefined }): Decoded;
  /** The vocabulary's spelling of an id; throws `TokenizationError` for an id outside it. */
  idToToken(id: number): string;
  tokenToId(token: string): number | undefined;
  /** The prompt of a conversation, by the model's own template; throws `UnsupportedError` where there is none. */
  applyChatTemplate(messages: readonly ChatMessage[], options?: { readonly addGenerationPrompt?: boolean | undefined }): string;
}
