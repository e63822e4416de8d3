import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError, TokenizationError } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { AutoTokenizer, env } from "@huggingface/transformers";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { asTokenizer } from "./as-tokenizer.ts";
import { absence, hardText, open, type RealTokenizer, realTokenizers } from "./real-tokenizers.fixture.ts";
import type { Encoding, Tokenizer } from "./tokenizer.ts";
import { type TransformersTokenizer, transformersTokenizer } from "./transformers-tokenizer.ts";

const models = mkdtempSync(join(tmpdir(), "tokenizers-"));

beforeAll(() => {
  env.allowRemoteModels = false;
  env.localModelPath = models;
});
afterAll(() => rmSync(models, { recursive: true, force: true }));

async function load(real: RealTokenizer, name: string): Promise<TransformersTokenizer> {
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) cpSync(join(real.folder, file), join(models, name, file));
  return await AutoTokenizer.from_pretrained(name);
}

function fields(encoding: Encoding): Encoding {
  return { ...encoding };
}

/** An instance as older versions have it: the vocabulary on it, the files not. */
function withoutFiles(instance: TransformersTokenizer): TransformersTokenizer {
  const inner = (instance as unknown as { readonly _tokenizer: Readonly<Record<string, unknown>> })._tokenizer;
  const roles = Object.entries(instance).filter(([name]) => /^(bos|eos|unk|pad|mask|sep)_token(_id)?$/.test(name));
  return {
    encode: (text, options) => instance.encode(text, options),
    decode: (ids, options) => instance.decode(ids, options),
    ...{
      model: inner["model"],
      decoder: inner["decoder"],
      special_tokens: inner["special_tokens"],
      added_tokens: inner["added_tokens"],
    },
    ...Object.fromEntries(roles),
  };
}

describe.each([realTokenizers.gpt2, realTokenizers.stories, realTokenizers.talesLm, realTokenizers.talesChoice])(
  "$name",
  (real) => {
    const reason = absence(real);
    if (reason !== undefined) {
      test.skip(`skipped: ${reason}`, () => {});
      return;
    }
    const name = real.name.replace(/\W/g, "-");
    const tokenizer: Tokenizer = open(real);
    let instance: TransformersTokenizer;
    let adapted: Tokenizer;
    let older: Tokenizer;
    beforeAll(async () => {
      instance = await load(real, name);
      adapted = transformersTokenizer(instance);
      older = transformersTokenizer(withoutFiles(instance));
    });

    test.prop([hardText, fc.boolean()], { numRuns: 60 })(
      "an instance gives the encodings of its files",
      (text, addSpecialTokens) => {
        expect(fields(adapted.encode(text, { addSpecialTokens }))).toEqual(fields(tokenizer.encode(text, { addSpecialTokens })));
      },
    );

    test.prop([hardText], { numRuns: 60 })("the ids are those the instance gives", (text) => {
      fc.pre(!/[\u0085\ufeff]/.test(text) && !/[\u{10000}-\u{10ffff}]/u.test(real === realTokenizers.talesChoice ? text : ""));
      expect(adapted.encode(text).ids).toEqual(instance.encode(text));
    });

    test.prop([hardText], { numRuns: 100 })("without its files the offsets are the same, or refused with a sentence", (text) => {
      fc.pre(
        !/[\u0085\ufeff]/.test(text) &&
          text !== "" &&
          !/[\u{10000}-\u{10ffff}]/u.test(real === realTokenizers.talesChoice ? text : ""),
      );
      const expected = tokenizer.encode(text);
      const found = older.encode(text);
      expect(found.ids).toEqual(expected.ids);
      expect(found.special).toEqual(expected.special);
      expect(found.typeIds).toEqual(expected.typeIds);
      try {
        expect(found.offsets).toEqual(expected.offsets);
      } catch (error) {
        if (!(error instanceof TokenizationError)) throw error;
      }
    });

    test("without its files plain words have their places, and decoding works", () => {
      const text = "The cat sat, once.\nOn the mat";
      expect(older.encode(text).offsets).toEqual(tokenizer.encode(text).offsets);
      const { ids } = tokenizer.encode(text, { addSpecialTokens: false });
      expect(older.decode(ids).exact).toBe(tokenizer.decode(ids).exact);
      expect(older).toMatchObject({
        vocabularySize: tokenizer.vocabularySize,
        bosToken: tokenizer.bosToken,
        endToken: tokenizer.endToken,
      });
      expect(() => older.decode([10_000_000])).toThrow(TokenizationError);
    });

    test("asTokenizer takes the instance, and gives the same tokenizer for it again", () => {
      expect(asTokenizer(instance)).toBe(asTokenizer(instance));
      expect(asTokenizer(instance).encode("the cat").ids).toEqual(tokenizer.encode("the cat").ids);
    });
  },
);

describe("BERT pairs", () => {
  const reason = absence(realTokenizers.talesChoice);
  if (reason !== undefined) {
    test.skip(`skipped: ${reason}`, () => {});
    return;
  }
  test("an instance without its files lays a pair out as the files do", async () => {
    const instance = await load(realTokenizers.talesChoice, "pairs");
    const older = transformersTokenizer(withoutFiles(instance));
    const expected = open(realTokenizers.talesChoice).encode("the cat", { pair: "on the mat" });
    expect(fields(older.encode("the cat", { pair: "on the mat" }))).toEqual(fields(expected));
    expect(expected.typeIds.at(-1)).toBe(1);
  });
});

test("what is no tokenizer of transformers.js is refused", () => {
  expect(() => transformersTokenizer({} as TransformersTokenizer)).toThrow(InvalidArgumentError);
  expect(() => transformersTokenizer(null as unknown as TransformersTokenizer)).toThrow("AutoTokenizer.from_pretrained");
});
