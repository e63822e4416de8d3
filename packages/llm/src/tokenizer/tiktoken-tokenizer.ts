import { InvalidArgumentError } from "@attr/core";
import { bytePairTokenizer } from "./byte-pair-tokenizer.ts";
import { bytesKey } from "./bytes.ts";
import { describeValue } from "./json.ts";
import { possibleSpecialTokens } from "./openai-special-tokens.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** What is used of an encoding of `tiktoken` (WebAssembly). */
export interface TiktokenEncoding {
  /** The ids of a text; which special tokens it may hold is said. */
  encode(text: string, allowed?: "all" | string[], disallowed?: "all" | string[]): Uint32Array;
  /** The ids of a text whose special tokens are text like any other. */
  encode_ordinary(text: string): Uint32Array;
  /** The id of the token with these bytes. */
  encode_single_token(bytes: Uint8Array): number;
  /** The bytes of a token. */
  decode_single_token_bytes(id: number): Uint8Array;
  /** The bytes of every token. */
  token_byte_values(): number[][];
  readonly name?: string | undefined;
}

/** What is used of an encoding of `js-tiktoken`: its byte table is no declared part of it, but there at run time. */
export interface JsTiktokenEncoding {
  /** The ids of a text; which special tokens it may hold is said. */
  encode(text: string, allowed?: "all" | string[], disallowed?: "all" | string[]): number[];
  /** The text of ids. */
  decode(ids: number[]): string;
}

interface JsTiktokenTables {
  readonly textMap: ReadonlyMap<number, Uint8Array>;
  readonly specialTokens: Readonly<Record<string, number>>;
}

/** What an encoding does not tell of itself. */
export interface TiktokenTokenizerOptions {
  /** Special tokens the encoding was extended with, which it does not list itself: spelling to id. */
  readonly specialTokens?: Readonly<Record<string, number>> | undefined;
}

/** Whether a value is an encoding of `tiktoken`. */
export function isTiktokenEncoding(value: unknown): value is TiktokenEncoding {
  return (
    hasMethod(value, "encode_ordinary") &&
    hasMethod(value, "encode_single_token") &&
    hasMethod(value, "decode_single_token_bytes") &&
    hasMethod(value, "token_byte_values")
  );
}

/** Whether a value is an encoding of `js-tiktoken`. */
export function isJsTiktokenEncoding(value: unknown): value is JsTiktokenEncoding {
  return hasMethod(value, "encode") && hasMethod(value, "decode") && jsTables(value) !== undefined;
}

/**
 * A tokenizer from an encoding of `tiktoken` or `js-tiktoken`, with offsets by bytes: `tiktokenTokenizer(get_encoding("o200k_base"))`.
 * There is no BOS; special tokens spelled out in a text are found in it. The encoding stays the caller's: `free()` it when the tokenizer
 * is no longer used.
 *
 * @throws InvalidArgumentError for anything else.
 */
export function tiktokenTokenizer(
  encoding: TiktokenEncoding | JsTiktokenEncoding,
  options: TiktokenTokenizerOptions = {},
): Tokenizer {
  if (isTiktokenEncoding(encoding)) return nativeTokenizer(encoding, options);
  const tables = jsTables(encoding);
  if (tables === undefined) {
    throw new InvalidArgumentError(
      `tiktokenTokenizer takes an encoding of tiktoken or js-tiktoken, such as get_encoding("o200k_base"), got ${describeValue(encoding)}`,
    );
  }
  return scriptTokenizer(encoding, tables, options);
}

function nativeTokenizer(encoding: TiktokenEncoding, options: TiktokenTokenizerOptions): Tokenizer {
  const specialTokens = new Map<string, number>();
  for (const spelling of [...possibleSpecialTokens, ...Object.keys(options.specialTokens ?? {})]) {
    const ids = encoding.encode(spelling, "all", []);
    if (ids.length === 1 && encoding.encode_ordinary(spelling).length > 1) specialTokens.set(spelling, ids[0]!);
  }
  // Asked for an id or bytes it does not have, the WebAssembly throws and can never be freed again: nothing is asked that is not known.
  const issued = new Set<number>();
  let known: ReadonlyMap<string, number> | undefined;
  let knownIds: ReadonlySet<number> | undefined;
  const table = (): ReadonlyMap<string, number> => {
    known ??= new Map(
      encoding.token_byte_values().map((bytes) => [bytesKey(bytes), encoding.encode_single_token(Uint8Array.from(bytes))]),
    );
    return known;
  };
  return bytePairTokenizer({
    name: encoding.name === undefined ? "a tiktoken encoding" : `tiktoken's ${encoding.name}`,
    specialTokens,
    get vocabularySize() {
      return table().size + specialTokens.size;
    },
    encodeOrdinary(text) {
      const ids = encoding.encode_ordinary(text);
      for (const id of ids) issued.add(id);
      return ids;
    },
    bytesOf(id) {
      if (!issued.has(id)) {
        knownIds ??= new Set(table().values());
        if (!knownIds.has(id)) return undefined;
      }
      return encoding.decode_single_token_bytes(id);
    },
    idOf: (bytes) => table().get(bytesKey(bytes)),
  });
}

function scriptTokenizer(encoding: JsTiktokenEncoding, tables: JsTiktokenTables, options: TiktokenTokenizerOptions): Tokenizer {
  const specialTokens = new Map(Object.entries({ ...tables.specialTokens, ...options.specialTokens }));
  let ids: Map<string, number> | undefined;
  return bytePairTokenizer({
    name: "a js-tiktoken encoding",
    specialTokens,
    vocabularySize: tables.textMap.size + specialTokens.size,
    encodeOrdinary: (text) => encoding.encode(text, [], []),
    bytesOf: (id) => tables.textMap.get(id),
    idOf(bytes) {
      ids ??= new Map(Array.from(tables.textMap, ([id, own]) => [bytesKey(own), id]));
      return ids.get(bytesKey(bytes));
    },
  });
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && typeof (value as Record<string, unknown>)[name] === "function";
}

function jsTables(value: unknown): JsTiktokenTables | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { textMap, specialTokens } = value as { readonly textMap?: unknown; readonly specialTokens?: unknown };
  if (!(textMap instanceof Map) || typeof specialTokens !== "object" || specialTokens === null) return undefined;
  return { textMap, specialTokens: specialTokens as Readonly<Record<string, number>> };
}
