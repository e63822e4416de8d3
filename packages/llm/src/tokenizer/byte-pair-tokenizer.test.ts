import { InvalidArgumentError, TokenizationError, UnsupportedError } from "@attr/core";
import { test } from "@fast-check/vitest";
import * as cl100k from "gpt-tokenizer/encoding/cl100k_base";
import * as o200k from "gpt-tokenizer/encoding/o200k_base";
import { get_encoding, type Tiktoken } from "tiktoken";
import { afterAll, describe, expect } from "vitest";
import { asTokenizer } from "./as-tokenizer.ts";
import { gptTokenizer } from "./gpt-tokenizer.ts";
import { brokenText, hardText } from "./real-tokenizers.fixture.ts";
import { type JsTiktokenEncoding, tiktokenTokenizer } from "./tiktoken-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

const native = { cl100k: get_encoding("cl100k_base"), o200k: get_encoding("o200k_base") };
afterAll(() => {
  native.cl100k.free();
  native.o200k.free();
});

/** An encoding as js-tiktoken keeps it: bytes by id, special tokens by spelling. */
function scriptEncoding(encoding: Tiktoken): JsTiktokenEncoding {
  const textMap = new Map(
    encoding.token_byte_values().map((bytes) => [encoding.encode_single_token(Uint8Array.from(bytes)), Uint8Array.from(bytes)]),
  );
  const own = {
    encode: (text: string, allowed?: "all" | string[], disallowed?: "all" | string[]) =>
      Array.from(encoding.encode(text, allowed, disallowed)),
    decode: (ids: number[]) => new TextDecoder().decode(encoding.decode(Uint32Array.from(ids))),
    textMap,
    specialTokens: { "<|endoftext|>": 100257, "<|fim_prefix|>": 100258 },
  };
  return own;
}

const encoder = new TextEncoder();

const adapters: readonly (readonly [name: string, tokenizer: Tokenizer])[] = [
  ["gpt-tokenizer cl100k", gptTokenizer(cl100k)],
  ["gpt-tokenizer o200k", gptTokenizer(o200k)],
  ["tiktoken cl100k", tiktokenTokenizer(native.cl100k)],
  ["tiktoken o200k", tiktokenTokenizer(native.o200k)],
  ["js-tiktoken cl100k", tiktokenTokenizer(scriptEncoding(native.cl100k))],
];

describe.each(adapters)("%s", (name, tokenizer) => {
  test.prop([hardText], { numRuns: 120 })("tokens are the bytes of the text, covered in order, and decoding is exact", (text) => {
    const { ids, offsets } = tokenizer.encode(text);
    expect(ids.flatMap((id) => Array.from(tokenizer.tokenBytes!(id)))).toEqual(Array.from(encoder.encode(text)));
    expect(offsets.map(([start, end]) => text.slice(start, end)).join("")).toBe(text);
    expect(offsets.every(([start], index) => start === (offsets[index - 1]?.[1] ?? 0))).toBe(true);
    expect(tokenizer.decode(ids).text).toBe(text);
  });

  test.prop([brokenText], { numRuns: 40 })("lone surrogates do no harm", (text) => {
    const { offsets } = tokenizer.encode(text);
    expect(offsets.map(([start, end]) => text.slice(start, end)).join("")).toBe(text);
  });

  test("special tokens spelled out are found, anywhere", () => {
    const end = tokenizer.endToken!;
    const encoding = tokenizer.encode("a b<|endoftext|> c");
    expect(encoding.ids.filter((id) => id === end)).toHaveLength(1);
    expect(encoding.offsets[encoding.ids.indexOf(end)]).toEqual([3, 16]);
    expect(encoding.special).toEqual(encoding.ids.map(() => false));
    expect(tokenizer.decode(encoding.ids, { skipSpecialTokens: true }).text).toBe("a b c");
    expect(tokenizer.specialTokens.get("<|endoftext|>")).toBe(end);
    expect(tokenizer.bosToken).toBeUndefined();
  });

  test("spellings and ids lead to each other", () => {
    for (const text of [" cat", "😀", "é", "\n\n", " the"]) {
      for (const id of tokenizer.encode(text).ids) expect(tokenizer.tokenToId(tokenizer.idToToken(id))).toBe(id);
    }
    expect(tokenizer.tokenToId("<|endoftext|>")).toBe(tokenizer.endToken);
    expect(tokenizer.tokenToId("no such token at all")).toBeUndefined();
  });

  test("ids outside the vocabulary are refused with their position", () => {
    expect(() => tokenizer.decode([1, 9_999_999])).toThrow(TokenizationError);
    expect(() => tokenizer.decode([1, 9_999_999])).toThrow("ids[1]: id 9999999 is outside the vocabulary");
    expect(() => tokenizer.idToToken(-1)).toThrow(TokenizationError);
  });

  test("a pair is two texts one after the other", () => {
    const encoding = tokenizer.encode("the cat", { pair: "sat" });
    expect(encoding.typeIds.at(-1)).toBe(1);
    expect(encoding.offsets.at(-1)![1]).toBe(3);
  });

  test("there is no chat template", () => {
    expect(() => tokenizer.applyChatTemplate([])).toThrow(UnsupportedError);
    expect(name).not.toBe("");
  });
});

test.prop([hardText], { numRuns: 80 })("gpt-tokenizer's and tiktoken's encodings of one name give the same tokens", (text) => {
  expect({ ...adapters[0]![1].encode(text) }).toEqual({ ...adapters[2]![1].encode(text) });
  expect({ ...adapters[1]![1].encode(text) }).toEqual({ ...adapters[3]![1].encode(text) });
  expect(adapters[4]![1].encode(text).ids).toEqual(adapters[2]![1].encode(text).ids);
});

test("vocabulary sizes and special tokens agree", () => {
  // gpt-tokenizer adds the tokens of chats.
  expect(adapters[2]![1].vocabularySize).toBe(100_261);
  expect(adapters[0]![1].vocabularySize).toBe(100_264);
  expect(adapters[0]![1].specialTokens.has("<|im_start|>")).toBe(true);
  expect(adapters[0]![1].specialTokens.get("<|fim_prefix|>")).toBe(adapters[2]![1].specialTokens.get("<|fim_prefix|>"));
});

test("asTokenizer takes modules, their default exports and encodings", () => {
  const expected = adapters[0]![1].encode("the cat").ids;
  expect(asTokenizer(cl100k).encode("the cat").ids).toEqual(expected);
  expect(asTokenizer(cl100k.default).encode("the cat").ids).toEqual(expected);
  expect(asTokenizer(native.cl100k).encode("the cat").ids).toEqual(expected);
  expect(asTokenizer(native.cl100k)).toBe(asTokenizer(native.cl100k));
});

test("other values are refused with what to pass", () => {
  expect(() => gptTokenizer({} as typeof cl100k)).toThrow(InvalidArgumentError);
  expect(() => gptTokenizer({} as typeof cl100k)).toThrow("gpt-tokenizer/encoding/o200k_base");
  expect(() => tiktokenTokenizer({} as Tiktoken)).toThrow("get_encoding");
  for (const value of [undefined, null, 5, "gpt2", {}, [], () => 1, Promise.resolve(1), { encode: () => [] }]) {
    expect(() => asTokenizer(value as unknown as Tokenizer)).toThrow(InvalidArgumentError);
  }
  expect(() => asTokenizer(Promise.resolve() as unknown as Tokenizer)).toThrow("await it first");
});
