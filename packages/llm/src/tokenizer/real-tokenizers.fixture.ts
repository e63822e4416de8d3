import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fc } from "@fast-check/vitest";
import { type HuggingFaceTokenizerOptions, huggingFaceTokenizer } from "./hugging-face-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

const repository: string = resolve(import.meta.dirname, "../../../..");

/** A tokenizer of a real model, in the folder where its files lie. */
export interface RealTokenizer {
  readonly name: string;
  readonly folder: string;
}

function folder(...parts: readonly string[]): string {
  return join(repository, ...parts);
}

/** Real tokenizers; those in `../shared` are only there where the models to test with were put. */
export const realTokenizers: Readonly<Record<"gpt2" | "qwen" | "stories" | "words" | "talesLm" | "talesChoice", RealTokenizer>> =
  {
    gpt2: { name: "GPT-2", folder: folder("../shared/models/tokenizers/gpt2") },
    qwen: { name: "Qwen2.5", folder: folder("../shared/models/tokenizers/qwen2_5") },
    stories: { name: "stories260K", folder: folder("../shared/models/stories260K/hf") },
    words: { name: "the words of the causal-lm cases", folder: folder("../shared/conformance/captum/causal-lm") },
    talesLm: { name: "tales-lm", folder: folder("models/tales-lm") },
    talesChoice: { name: "tales-choice", folder: folder("models/tales-choice") },
  };

/** Why tests of a tokenizer cannot run; undefined where they can. */
export function absence(tokenizer: RealTokenizer): string | undefined {
  return existsSync(join(tokenizer.folder, "tokenizer.json")) ? undefined : `${tokenizer.folder} is absent`;
}

const opened = new Map<RealTokenizer, Tokenizer>();

/** The tokenizer of a folder, made once: large vocabularies take a second. */
export function open(tokenizer: RealTokenizer): Tokenizer {
  let known = opened.get(tokenizer);
  if (known === undefined) {
    known = huggingFaceTokenizer(readFiles(tokenizer));
    opened.set(tokenizer, known);
  }
  return known;
}

export function readFiles(tokenizer: RealTokenizer): HuggingFaceTokenizerOptions {
  return {
    tokenizerJson: readJson(join(tokenizer.folder, "tokenizer.json")),
    tokenizerConfig: readJson(join(tokenizer.folder, "tokenizer_config.json")),
  };
}

function readJson(path: string): unknown {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

const snippets: readonly string[] = [
  "Once upon a time",
  " the",
  " cat",
  "  ",
  "     ",
  "\n",
  "\r\n\n",
  "\t",
  "don't",
  " 3.14",
  "İ",
  "ﬁ",
  "e\u0301",
  "o\u0323\u0302",
  "日本語",
  "한국어",
  "\u1112\u1161\u11ab",
  "مرحبا",
  "שלום",
  "हिन्दी",
  "😀",
  "👨‍👩‍👧",
  "🇫🇷",
  "👍🏽",
  "\u0000",
  "\u001b",
  "\u00a0",
  "\u200d",
  "\u2028",
  "\ufffd",
  "▁",
  "Ġ",
  "##s",
  "<s>",
  "<unk>",
  "<|endoftext|>",
  "[MASK]",
  "<0x0A>",
  "x".repeat(40),
];

/** A text with U+FFFD in place of lone surrogates. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}

/** Texts that are hard on tokenizers; all of them well-formed Unicode. */
export const hardText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...snippets), fc.string({ unit: "grapheme" }), fc.string({ unit: "binary", maxLength: 6 })), {
    maxLength: 12,
  })
  .map((parts) => wellFormed(parts.join("")));

/** Hard texts with lone surrogates in them. */
export const brokenText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom("\ud83d", "\ude00", "a", " ", "\ud83d\ud83d", "é"), hardText), { maxLength: 6 })
  .map((parts) => parts.join(""));
