import * as tokenizers from "@huggingface/tokenizers";

/** The model of the library: finds the tokens of pieces. */
export interface LibraryModel {
  (pieces: readonly string[]): string[];
  /** Spelling by id; sparse. */
  readonly vocab: readonly (string | undefined)[];
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  /** Unigram models alone have it: the pieces of one text, unknown characters one by one. */
  readonly tokenize?: (piece: string) => string[];
}

interface Library {
  readonly Tokenizer: new (tokenizer: object, config: object) => { readonly model: LibraryModel };
  readonly SplitPreTokenizer: new (config: object) => { readonly pattern: RegExp | null };
}

// The library's own declarations import without file extensions, which this module resolution does not follow: most of them are lost.
const library = tokenizers as unknown as Library;

/** Opens the `model` of a tokenizer.json together with its added tokens; throws where the library cannot read them. */
export function openLibraryModel(model: Readonly<Record<string, unknown>>, addedTokens: unknown): LibraryModel {
  const document = {
    added_tokens: addedTokens,
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model,
  };
  return new library.Tokenizer(document, { unk_token: model["unk_token"] }).model;
}

/** An expression of tokenizer.json (Oniguruma's dialect) in JavaScript's; throws where it cannot be translated. */
export function translateExpression(source: string): RegExp | null {
  return new library.SplitPreTokenizer({ type: "Split", pattern: { Regex: source }, behavior: "Isolated", invert: false })
    .pattern;
}
