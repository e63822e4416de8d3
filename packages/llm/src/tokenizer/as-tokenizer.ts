import { InvalidArgumentError } from "@attr/core";
import { type GptTokenizerModule, gptTokenizer, isGptTokenizerModule } from "./gpt-tokenizer.ts";
import { describeValue, isRecord } from "./json.ts";
import {
  isJsTiktokenEncoding,
  isTiktokenEncoding,
  type JsTiktokenEncoding,
  type TiktokenEncoding,
  tiktokenTokenizer,
} from "./tiktoken-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { isTransformersTokenizer, type TransformersTokenizer, transformersTokenizer } from "./transformers-tokenizer.ts";

/** Everything that is taken for a tokenizer. */
export type TokenizerLike = Tokenizer | TransformersTokenizer | GptTokenizerModule | TiktokenEncoding | JsTiktokenEncoding;

const made = new WeakMap<object, Tokenizer>();

/**
 * The tokenizer that a value is or stands for: one of ours, an instance of transformers.js, a module of gpt-tokenizer, an encoding of
 * tiktoken or js-tiktoken. The same value gives the same tokenizer.
 *
 * @throws InvalidArgumentError for anything else, saying what to pass.
 */
export function asTokenizer(value: TokenizerLike): Tokenizer {
  if (isTokenizer(value)) return value;
  const known = typeof value === "object" || typeof value === "function" ? made.get(value) : undefined;
  if (known !== undefined) return known;
  const tokenizer = adapted(value);
  made.set(value, tokenizer);
  return tokenizer;
}

function adapted(value: TransformersTokenizer | GptTokenizerModule | TiktokenEncoding | JsTiktokenEncoding): Tokenizer {
  if (isTransformersTokenizer(value)) return transformersTokenizer(value);
  if (isTiktokenEncoding(value) || isJsTiktokenEncoding(value)) return tiktokenTokenizer(value);
  if (isGptTokenizerModule(value)) return gptTokenizer(value);
  throw refusal(value);
}

/**
 * Throws where a value is no tokenizer of ours.
 *
 * @throws InvalidArgumentError saying what was got and what to pass.
 */
export function assertTokenizer(value: unknown): asserts value is Tokenizer {
  if (!isTokenizer(value)) throw refusal(value);
}

function isTokenizer(value: unknown): value is Tokenizer {
  return (
    isRecord(value) &&
    value["kind"] === "tokenizer" &&
    typeof value["encode"] === "function" &&
    typeof value["decode"] === "function"
  );
}

function refusal(value: unknown): InvalidArgumentError {
  const got =
    value instanceof Promise
      ? "a promise (await it first)"
      : typeof value === "string"
        ? `${describeValue(value)} (a path or a name)`
        : describeValue(value);
  return new InvalidArgumentError(
    `the tokenizer must be one of ours (await loadTokenizer("folder")), a tokenizer of transformers.js, a module of gpt-tokenizer or an encoding of tiktoken; got ${got}`,
  );
}
