import { InvalidArgumentError, TokenizationError } from "@attr/core";
import { readAddedTokens } from "./added-tokens.ts";
import { ChatTemplateRenderer, readChatTemplates } from "./chat-template.ts";
import { checkedIds, checkedText, lazilyExact } from "./checks.ts";
import { readDecoder } from "./decoder.ts";
import { composeEncoding } from "./encoding.ts";
import { JsonPlace, type JsonRecord } from "./json.ts";
import { type LibraryModel, openLibraryModel } from "./library.ts";
import { type EncodingPart, readPostProcessor, textParts, withEdgeTokens } from "./post-processor.ts";
import { additionalSpecialTokens, specialTokenRoles } from "./special-tokens.ts";
import { textTokenizer } from "./text-tokenizer.ts";
import { tokenBytesReader } from "./token-bytes.ts";
import { continuationPrefix, readModelType } from "./token-model.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** What a Hugging Face tokenizer is made of: the parsed JSON of its files. */
export interface HuggingFaceTokenizerOptions {
  /** The parsed tokenizer.json. */
  readonly tokenizerJson: unknown;
  /** The parsed tokenizer_config.json: which token is BOS and so on, whether it is added, the chat template. */
  readonly tokenizerConfig?: unknown;
  /** The parsed special_tokens_map.json, for what tokenizer_config.json does not say. */
  readonly specialTokensMap?: unknown;
  /** The chat template (chat_template.jinja), or several by name, in place of the configuration's. */
  readonly chatTemplate?: string | Readonly<Record<string, string>> | undefined;
  /**
   * Whether BOS is put before a text (with `addSpecialTokens`).
   * @defaultValue what tokenizer_config.json says in `add_bos_token`, else what the post-processor of tokenizer.json does
   */
  readonly addBosToken?: boolean | undefined;
}

/**
 * A tokenizer from Hugging Face's files, with exact offsets.
 *
 * Normalising, splitting, added tokens, post-processing and decoding follow tokenizer.json here, keeping for every character where it
 * came from; `@huggingface/tokenizers` finds the tokens of each piece. Ids are those of Hugging Face's own (Rust) tokenizers, also where
 * the JavaScript library differs from them. A decoded text is never "cleaned up" beyond what the decoder of tokenizer.json says, and no
 * text is cut: `truncation` and `padding` are not applied.
 *
 * @throws TokenizationError where a part of the files is malformed or of a kind that is not known; the sentence names the place.
 * @throws InvalidArgumentError for `addBosToken: true` without a BOS token.
 */
export function huggingFaceTokenizer(options: HuggingFaceTokenizerOptions): Tokenizer {
  const place = new JsonPlace("tokenizer.json:");
  const json = place.record(options.tokenizerJson);
  const config = optionalRecord(options.tokenizerConfig, "tokenizer_config.json:");
  const specialsMap = optionalRecord(options.specialTokensMap, "special_tokens_map.json:");

  const modelPlace = place.at("model");
  const model = modelPlace.record(json["model"]);
  const addedTokens = readAddedTokens(json["added_tokens"], place.at("added_tokens"));
  const vocabulary = openModel(json, model, modelPlace);

  const tokenToId = (token: string): number | undefined => vocabulary.tokens_to_ids.get(token);
  const vocabularySize = new Set(vocabulary.tokens_to_ids.values()).size;
  const idToToken = (id: number): string => {
    const token = Number.isInteger(id) ? vocabulary.vocab[id] : undefined;
    if (token === undefined) throw new TokenizationError(`id ${id} is outside the vocabulary (${vocabularySize} tokens)`);
    return token;
  };

  const specialTokens = new Map<string, number>();
  for (const token of addedTokens) if (token.special) specialTokens.set(token.content, token.id);
  for (const spelling of additionalSpecialTokens(config, specialsMap)) {
    const id = tokenToId(spelling);
    if (id !== undefined) specialTokens.set(spelling, id);
  }
  const skippedIds = new Set(specialTokens.values());
  const roles = specialTokenRoles(config, specialsMap, new Set(specialTokens.keys()));
  const idOfRole = (spelling: string | undefined): number | undefined =>
    spelling === undefined ? undefined : tokenToId(spelling);
  for (const spelling of Object.values(roles)) {
    const id = tokenToId(spelling);
    if (id !== undefined) specialTokens.set(spelling, id);
  }
  const bosToken = idOfRole(roles.bos);
  const endToken = idOfRole(roles.eos);
  if (options.addBosToken === true && bosToken === undefined) {
    throw new InvalidArgumentError(
      "addBosToken is true, but this tokenizer has no BOS token: pass its tokenizerConfig with bos_token",
    );
  }

  const tokenize = textTokenizer(json, place, addedTokens, vocabulary);
  const postProcessor = readPostProcessor(json["post_processor"], place.at("post_processor"), tokenToId);
  const edges = {
    bos: bosToken,
    eos: endToken,
    addBos: options.addBosToken ?? optionalFlag(config?.["add_bos_token"]),
    addEos: optionalFlag(config?.["add_eos_token"]),
  };
  const layouts = new Map<string, readonly EncodingPart[]>();
  function layoutOf(pair: boolean, addSpecialTokens: boolean): readonly EncodingPart[] {
    const key = `${pair} ${addSpecialTokens}`;
    let layout = layouts.get(key);
    if (layout === undefined) {
      layout = postProcessor(textParts(pair), addSpecialTokens);
      if (addSpecialTokens) layout = withEdgeTokens(layout, edges);
      layouts.set(key, layout);
    }
    return layout;
  }

  const templates = readChatTemplates(
    options.chatTemplate ?? config?.["chat_template"],
    new JsonPlace("tokenizer_config.json:").at("chat_template"),
  );
  const chat = new ChatTemplateRenderer(
    templates,
    Object.fromEntries(Object.entries(roles).map(([role, spelling]) => [`${role}_token`, spelling])),
  );
  const addedIds = new Set(addedTokens.map((token) => token.id));
  const decoder = readDecoder(json["decoder"], place.at("decoder"), new Set(addedTokens.map((token) => token.content)));
  const suffix = modelPlace.at("end_of_word_suffix").optionalText(model["end_of_word_suffix"]) ?? "";
  function decodedText(ids: readonly number[]): string {
    if (ids.length === 0) return "";
    const text = decoder(ids.map(idToToken)).join("");
    if (suffix === "") return text;
    // A word's end stands for the space to the next word.
    return (text.endsWith(suffix) ? text.slice(0, -suffix.length) : text).replaceAll(suffix, " ");
  }
  const bytesOf = tokenBytesReader(json["decoder"], model);
  const encoder = new TextEncoder();

  return {
    kind: "tokenizer",
    vocabularySize,
    bosToken,
    endToken,
    unknownToken: idOfRole(roles.unk) ?? unknownToken(model, tokenToId),
    padToken: idOfRole(roles.pad),
    maskToken: idOfRole(roles.mask),
    separatorToken: idOfRole(roles.sep),
    specialTokens,
    encode(text, { addSpecialTokens = true, pair } = {}) {
      const texts = [tokenize(checkedText(text, "text"))];
      if (pair !== undefined) texts.push(tokenize(checkedText(pair, "pair")));
      return composeEncoding(texts, layoutOf(pair !== undefined, addSpecialTokens), idToToken);
    },
    decode(ids, { skipSpecialTokens = false } = {}) {
      const checked = checkedIds(ids, idToToken);
      const kept = skipSpecialTokens ? checked.filter((id) => !skippedIds.has(id)) : checked;
      return lazilyExact(decodedText(kept), kept, (again) => tokenize(again).ids);
    },
    idToToken,
    tokenToId,
    tokenBytes(id) {
      const token = idToToken(id);
      return addedIds.has(id) ? encoder.encode(token) : bytesOf(token);
    },
    applyChatTemplate: (messages, chatOptions) => chat.render(messages, chatOptions),
  };
}

function optionalRecord(value: unknown, file: string): JsonRecord | undefined {
  return value === undefined || value === null ? undefined : new JsonPlace(file).record(value);
}

function optionalFlag(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function unknownToken(model: JsonRecord, tokenToId: (token: string) => number | undefined): number | undefined {
  if (typeof model["unk_id"] === "number") return model["unk_id"];
  return typeof model["unk_token"] === "string" ? tokenToId(model["unk_token"]) : undefined;
}

/** The library reads the model and the added tokens. */
function openModel(json: JsonRecord, model: JsonRecord, place: JsonPlace): LibraryModel {
  const type = readModelType(model, place);
  if (type === "Unigram") checkScores(model["vocab"], place.at("vocab"));
  else checkIds(model["vocab"], place.at("vocab"));
  if (type === "BPE") place.at("merges").list(model["merges"]);
  try {
    // The library has no default for the prefix.
    const prefix = type === "WordPiece" ? { continuing_subword_prefix: continuationPrefix(model, place) } : {};
    return openLibraryModel({ ...model, ...prefix, type }, json["added_tokens"] ?? []);
  } catch (error) {
    throw new TokenizationError(`tokenizer.json cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkIds(vocabulary: unknown, place: JsonPlace): void {
  for (const [token, id] of Object.entries(place.record(vocabulary))) {
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0) place.at(token).integer(id);
  }
}

function checkScores(vocabulary: unknown, place: JsonPlace): void {
  for (const [index, entry] of place.list(vocabulary).entries()) {
    if (!Array.isArray(entry) || typeof entry[0] !== "string" || typeof entry[1] !== "number") {
      throw place.at(index).error("must be a token and its score");
    }
  }
}
