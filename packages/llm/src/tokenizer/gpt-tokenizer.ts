import { InvalidArgumentError } from "@attr/core";
import { type BytePairEncoding, bytePairTokenizer } from "./byte-pair-tokenizer.ts";
import { bytesKey } from "./bytes.ts";
import { describeValue } from "./json.ts";
import { possibleSpecialTokens } from "./openai-special-tokens.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** What is used of a module of `gpt-tokenizer`, such as `gpt-tokenizer/encoding/o200k_base`. */
export interface GptTokenizerModule {
  /** The ids of a text; which special tokens it may hold is said. */
  readonly encode: (
    text: string,
    options?: { readonly allowedSpecial?: Set<string>; readonly disallowedSpecial?: Set<string> },
  ) => number[];
  readonly vocabularySize: number;
}

interface Core {
  tryDecodeToken(id: number): string | Uint8Array | undefined;
}

const encoder = new TextEncoder();

/** Whether a value is a module, or the default export of a module, of `gpt-tokenizer`. */
export function isGptTokenizerModule(value: unknown): value is GptTokenizerModule {
  return typeof value === "object" && value !== null && coreOf(value) !== undefined;
}

/**
 * A tokenizer from a module of `gpt-tokenizer` (4.x), with offsets by bytes: `gptTokenizer(await
 * import("gpt-tokenizer/encoding/o200k_base"))`. There is no BOS; special tokens spelled out in a text are found in it.
 *
 * @throws InvalidArgumentError for anything else.
 */
export function gptTokenizer(module: GptTokenizerModule): Tokenizer {
  // Plain JavaScript hands in anything.
  const core = isGptTokenizerModule(module) ? coreOf(module) : undefined;
  if (core === undefined) {
    throw new InvalidArgumentError(
      `gptTokenizer takes a module of gpt-tokenizer, such as await import("gpt-tokenizer/encoding/o200k_base"), got ${describeValue(module)}`,
    );
  }
  const nothing = new Set<string>();
  const ordinary = (text: string): number[] => module.encode(text, { disallowedSpecial: nothing });
  const specialTokens = new Map<string, number>();
  for (const spelling of possibleSpecialTokens) {
    const ids = module.encode(spelling, { allowedSpecial: new Set([spelling]), disallowedSpecial: nothing });
    if (ids.length === 1 && ordinary(spelling).length > 1) specialTokens.set(spelling, ids[0]!);
  }
  const bytesOf = (id: number): Uint8Array | undefined => {
    const value = core.tryDecodeToken(id);
    return typeof value === "string" ? encoder.encode(value) : value;
  };
  let ids: Map<string, number> | undefined;
  const encoding: BytePairEncoding = {
    name: "a gpt-tokenizer encoding",
    specialTokens,
    vocabularySize: module.vocabularySize,
    encodeOrdinary: ordinary,
    bytesOf,
    idOf(bytes) {
      if (ids === undefined) {
        ids = new Map();
        for (let id = 0; id < module.vocabularySize; id++) {
          const own = bytesOf(id);
          if (own !== undefined) ids.set(bytesKey(own), id);
        }
      }
      return ids.get(bytesKey(bytes));
    },
  };
  return bytePairTokenizer(encoding);
}

/** The encoder behind a module: its public functions give strings, in which the bytes of a part of a character are lost. */
function coreOf(value: object): Core | undefined {
  const candidates: unknown[] = [value, (value as { readonly default?: unknown }).default];
  for (const candidate of candidates) {
    if (typeof candidate !== "object" || candidate === null) continue;
    const { bytePairEncodingCoreProcessor: core } = candidate as { readonly bytePairEncodingCoreProcessor?: unknown };
    if (typeof core !== "object" || core === null || !("tryDecodeToken" in core)) continue;
    const decode = core.tryDecodeToken;
    if (typeof decode !== "function") continue;
    return { tryDecodeToken: (id) => decode.call(core, id) as string | Uint8Array | undefined };
  }
  return undefined;
}
