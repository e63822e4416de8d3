import { InvalidArgumentError, TokenizationError, UnsupportedError } from "@attr/core";
import { checkedIds, checkedText, lazilyExact } from "./checks.ts";
import { composeEncoding, type TextOffsets, type TextTokens } from "./encoding.ts";
import { huggingFaceTokenizer } from "./hugging-face-tokenizer.ts";
import { describeValue, isRecord, type JsonRecord } from "./json.ts";
import { type EncodingPart, textParts, withEdgeTokens } from "./post-processor.ts";
import { alignSurfaces } from "./surface-alignment.ts";
import { tokenBytesReader } from "./token-bytes.ts";
import type { ChatMessage, Tokenizer } from "./tokenizer.ts";

/** What is used of a tokenizer of transformers.js (`@huggingface/transformers`, `@xenova/transformers`). */
export interface TransformersTokenizer {
  /** The ids of a text, or of a pair of texts. */
  encode(text: string, options?: { text_pair?: string | null; add_special_tokens?: boolean }): number[];
  /** The text of ids. */
  decode(ids: number[], options?: { skip_special_tokens?: boolean; clean_up_tokenization_spaces?: boolean }): string;
}

/** What a tokenizer of transformers.js does beside what its files say. */
export interface TransformersTokenizerOptions {
  /** Whether BOS is put before a text. @defaultValue what the tokenizer's own files say */
  readonly addBosToken?: boolean | undefined;
}

/** Whether a value looks like a tokenizer of transformers.js. */
export function isTransformersTokenizer(value: unknown): value is TransformersTokenizer {
  // The instances of transformers.js are functions with methods.
  if (typeof value !== "function" && typeof value !== "object") return false;
  if (value === null || !("encode" in value) || !("decode" in value)) return false;
  if (typeof value.encode !== "function" || typeof value.decode !== "function") return false;
  return filesOf(value) !== undefined || modelOf(value) !== undefined;
}

/**
 * A tokenizer from an instance of transformers.js: `transformersTokenizer(await AutoTokenizer.from_pretrained(…))`.
 *
 * Versions that keep the files they were made from (4.x) give the encodings of `huggingFaceTokenizer`, exactly. Of others the ids are
 * taken and their places found by comparing the tokens with the text.
 *
 * @throws InvalidArgumentError for anything else.
 */
export function transformersTokenizer(instance: TransformersTokenizer, options: TransformersTokenizerOptions = {}): Tokenizer {
  if (isTransformersTokenizer(instance)) {
    const files = filesOf(instance);
    if (files !== undefined) return huggingFaceTokenizer({ ...files, addBosToken: options.addBosToken });
    const model = modelOf(instance);
    if (model !== undefined) return alignedTokenizer(instance, model, options);
  }
  throw new InvalidArgumentError(
    `transformersTokenizer takes a tokenizer of transformers.js, such as await AutoTokenizer.from_pretrained(…), got ${describeValue(instance)}`,
  );
}

interface Files {
  readonly tokenizerJson: JsonRecord;
  readonly tokenizerConfig: JsonRecord;
}

function filesOf(instance: object): Files | undefined {
  const { _tokenizerJSON: json, _tokenizerConfig: config } = instance as {
    readonly _tokenizerJSON?: unknown;
    readonly _tokenizerConfig?: unknown;
  };
  if (!isRecord(json) || !isRecord(json["model"])) return undefined;
  return { tokenizerJson: json, tokenizerConfig: isRecord(config) ? config : {} };
}

/** The vocabulary that older versions keep on the instance. */
interface Model {
  readonly vocab: readonly (string | undefined)[];
  readonly ids: ReadonlyMap<string, number>;
  readonly config: JsonRecord;
  readonly decoder: unknown;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly added: ReadonlySet<string>;
  readonly unknown: number | undefined;
  readonly roleIds: JsonRecord;
}

function modelOf(instance: object): Model | undefined {
  const {
    model,
    decoder,
    special_tokens: specials,
    added_tokens: added,
  } = instance as {
    readonly model?: unknown;
    readonly decoder?: unknown;
    readonly special_tokens?: unknown;
    readonly added_tokens?: unknown;
  };
  // The model is a function too.
  if ((typeof model !== "object" && typeof model !== "function") || model === null) return undefined;
  const { vocab, tokens_to_ids: ids, config, unk_token_id: unknown } = model as Record<string, unknown>;
  if (!Array.isArray(vocab) || !(ids instanceof Map)) return undefined;
  const spellings = Array.isArray(specials) ? specials.filter((spelling) => typeof spelling === "string") : [];
  const addedSpellings = Array.isArray(added) ? added.flatMap((token) => (isRecord(token) ? [token["content"]] : [])) : [];
  return {
    vocab,
    ids,
    config: isRecord(config) ? config : {},
    decoder: configOf(decoder),
    specialTokens: new Map(spellings.flatMap((spelling) => (ids.has(spelling) ? [[spelling, ids.get(spelling)]] : []))),
    added: new Set([...spellings, ...addedSpellings.filter((spelling) => typeof spelling === "string")]),
    unknown: typeof unknown === "number" ? unknown : undefined,
    roleIds: instance as JsonRecord,
  };
}

function configOf(decoder: unknown): unknown {
  if ((typeof decoder !== "object" && typeof decoder !== "function") || decoder === null) return undefined;
  return (decoder as { readonly config?: unknown }).config;
}

function alignedTokenizer(instance: TransformersTokenizer, model: Model, options: TransformersTokenizerOptions): Tokenizer {
  const encoder = new TextEncoder();
  const bytesOf = tokenBytesReader(model.decoder, model.config);
  const vocabularySize = new Set(model.ids.values()).size;
  const idToToken = (id: number): string => {
    const token = Number.isInteger(id) ? model.vocab[id] : undefined;
    if (token === undefined) throw new TokenizationError(`id ${id} is outside the vocabulary (${vocabularySize} tokens)`);
    return token;
  };
  const tokenBytes = (id: number): Uint8Array => {
    const token = idToToken(id);
    return model.added.has(token) ? encoder.encode(token) : bytesOf(token);
  };
  const role = (name: string): number | undefined => {
    const id = model.roleIds[`${name}_token_id`];
    if (typeof id === "number") return id;
    const spelling = model.roleIds[`${name}_token`];
    return typeof spelling === "string" ? model.ids.get(spelling) : undefined;
  };
  const bos = role("bos");
  if (options.addBosToken === true && bos === undefined) {
    throw new InvalidArgumentError("addBosToken is true, but this tokenizer has no BOS token");
  }
  const skipped = new Set(model.specialTokens.values());

  function tokenize(text: string): TextTokens {
    const ids = text === "" ? [] : instance.encode(text, { add_special_tokens: false }).map(Number);
    let offsets: TextOffsets | undefined;
    return {
      text,
      ids,
      offsets() {
        offsets ??= alignSurfaces(text, ids.map(tokenBytes));
        return offsets;
      },
    };
  }

  const layouts = new Map<boolean, readonly EncodingPart[]>();
  function layoutOf(pair: boolean, addSpecialTokens: boolean): readonly EncodingPart[] {
    if (!addSpecialTokens) return textParts(pair);
    let layout = layouts.get(pair);
    if (layout === undefined) {
      layout = withEdgeTokens(probedLayout(instance, pair), { bos, addBos: options.addBosToken });
      layouts.set(pair, layout);
    }
    return layout;
  }

  return {
    kind: "tokenizer",
    vocabularySize,
    bosToken: bos,
    endToken: role("eos"),
    unknownToken: model.unknown ?? role("unk"),
    padToken: role("pad"),
    maskToken: role("mask"),
    separatorToken: role("sep"),
    specialTokens: model.specialTokens,
    encode(text, { addSpecialTokens = true, pair } = {}) {
      const texts = [tokenize(checkedText(text, "text"))];
      if (pair !== undefined) texts.push(tokenize(checkedText(pair, "pair")));
      return composeEncoding(texts, layoutOf(pair !== undefined, addSpecialTokens), idToToken);
    },
    decode(ids, { skipSpecialTokens = false } = {}) {
      const checked = checkedIds(ids, idToToken);
      const kept = skipSpecialTokens ? checked.filter((id) => !skipped.has(id)) : checked;
      const text = kept.length === 0 ? "" : instance.decode(kept, { clean_up_tokenization_spaces: false });
      return lazilyExact(text, kept, (again) => tokenize(again).ids);
    },
    idToToken,
    tokenToId: (token) => model.ids.get(token),
    tokenBytes,
    applyChatTemplate(messages, { addGenerationPrompt = false, template, variables } = {}) {
      const { apply_chat_template: apply } = instance as {
        readonly apply_chat_template?: (messages: readonly ChatMessage[], options: object) => unknown;
      };
      if (apply === undefined) throw new UnsupportedError("this tokenizer has no chat template: write the prompt as one text");
      try {
        return String(
          apply.call(instance, messages, {
            ...variables,
            ...(template === undefined ? {} : { chat_template: template }),
            add_generation_prompt: addGenerationPrompt,
            tokenize: false,
          }),
        );
      } catch (error) {
        throw new UnsupportedError(`the chat template was refused: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}

/** What the tokenizer puts around any text, seen on a short one: the ids before, between and after those of the text itself. */
function probedLayout(instance: TransformersTokenizer, pair: boolean): readonly EncodingPart[] {
  const text = "a";
  const own = instance.encode(text, { add_special_tokens: false }).map(Number);
  const whole = instance.encode(text, { text_pair: pair ? text : null, add_special_tokens: true }).map(Number);
  const layout: EncodingPart[] = [];
  let position = 0;
  for (const part of textParts(pair)) {
    const start = own.length === 0 ? undefined : indexOfRun(whole, own, position);
    if (start === undefined) {
      throw new TokenizationError("the ids with special tokens do not hold those without: encode with addSpecialTokens false");
    }
    // What stands between two texts closes the first.
    for (; position < start; position++) layout.push({ kind: "special", id: whole[position]!, typeId: 0 });
    layout.push(part);
    position = start + own.length;
  }
  for (; position < whole.length; position++) layout.push({ kind: "special", id: whole[position]!, typeId: pair ? 1 : 0 });
  return layout;
}

function indexOfRun(whole: readonly number[], run: readonly number[], from: number): number | undefined {
  for (let start = from; start + run.length <= whole.length; start++) {
    if (run.every((id, index) => whole[start + index] === id)) return start;
  }
  return undefined;
}
