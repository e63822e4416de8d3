import { TokenizationError } from "@attr/core";
import { test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { encodeExactly } from "./encode-exactly.ts";
import { absence, hardText, open, realTokenizers } from "./real-tokenizers.fixture.ts";
import { tokenLabels } from "./token-labels.ts";
import type { Tokenizer } from "./tokenizer.ts";

function labels(tokenizer: Tokenizer, text: string): readonly string[] {
  return tokenLabels(tokenizer, tokenizer.encode(text).ids);
}

describe("GPT-2", () => {
  const reason = absence(realTokenizers.gpt2);
  if (reason !== undefined) {
    test.skip(`skipped: ${reason}`, () => {});
    return;
  }
  const tokenizer = open(realTokenizers.gpt2);

  test("labels are the text, with signs for what one cannot see", () => {
    expect(labels(tokenizer, "The cat\n\tsat\u0007.")).toEqual(["The", " cat", "⏎", "⇥", "sat", "␇", "."]);
    expect(labels(tokenizer, "<|endoftext|>")).toEqual(["<|endoftext|>"]);
  });

  test("tokens that share a character say which part they hold", () => {
    expect(labels(tokenizer, "hi 😀!")).toEqual(["hi", " 😀⟨1/2⟩", "😀⟨2/2⟩", "!"]);
    expect(tokenLabels(tokenizer, tokenizer.encode("😀").ids.slice(0, 1))).toEqual(["⟨F0⟩⟨9F⟩⟨98⟩"]);
  });

  test.prop([hardText], { numRuns: 60 })("there is one label a token, and none is empty", (text) => {
    const found = labels(tokenizer, text);
    expect(found).toHaveLength(tokenizer.encode(text).ids.length);
    expect(found.every((label) => label !== "")).toBe(true);
  });

  test("an id outside the vocabulary is refused", () => {
    expect(() => tokenLabels(tokenizer, [99_999_999])).toThrow(TokenizationError);
  });

  test("a tokenizer without bytes is labelled by decoding", () => {
    const { tokenBytes: _, ...plain } = tokenizer;
    expect(labels(plain, "The cat\n sat")).toEqual(["The", " cat", "⏎", " sat"]);
  });

  test.prop([hardText], { numRuns: 40 })("well-formed texts are spelled exactly", (text) => {
    const encoding = encodeExactly(tokenizer, text);
    expect(tokenizer.decode(encoding.ids).text).toBe(text);
  });

  test("a lone surrogate cannot be spelled", () => {
    expect(() => encodeExactly(tokenizer, "ab\ud83d")).toThrow("from 2 on");
  });
});

describe("stories260K", () => {
  const reason = absence(realTokenizers.stories);
  if (reason !== undefined) {
    test.skip(`skipped: ${reason}`, () => {});
    return;
  }
  const tokenizer = open(realTokenizers.stories);

  test("word-start marks are spaces, byte tokens characters", () => {
    expect(labels(tokenizer, "Once é😀\n")).toEqual(["<s>", " Once", ...labels(tokenizer, "Once é😀\n").slice(2)]);
    expect(labels(tokenizer, "a😀").slice(-4)).toEqual(["😀⟨1/4⟩", "😀⟨2/4⟩", "😀⟨3/4⟩", "😀⟨4/4⟩"]);
    expect(labels(tokenizer, "a\n").at(-1)).toBe("⏎");
  });
});

describe("tales-choice", () => {
  const reason = absence(realTokenizers.talesChoice);
  if (reason !== undefined) {
    test.skip(`skipped: ${reason}`, () => {});
    return;
  }
  const tokenizer = open(realTokenizers.talesChoice);

  test("a text whose first word it writes after a space is not spelled exactly, and the sentence says where", () => {
    expect(() => encodeExactly(tokenizer, "Sue")).toThrow(TokenizationError);
    expect(() => encodeExactly(tokenizer, "Sue")).toThrow(/cannot spell "Sue" exactly: from 0 on/);
    expect(encodeExactly(tokenizer, " Sue").ids).toEqual(tokenizer.encode("Sue", { addSpecialTokens: false }).ids);
  });

  test("labels of special tokens are their spelling", () => {
    expect(labels(tokenizer, "").join(" ")).toBe("<s> </s>");
  });
});
