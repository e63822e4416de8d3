import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Continuation, type ContinuationScore, InvalidArgumentError } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { OnnxModel } from "../onnx-model.ts";
import {
  contextLength,
  type DecoderFileOptions,
  decoderFile,
  decoderLogits,
  textFile,
  vocabularySize,
} from "./decoder-file.fixture.ts";
import { OnnxCausalLm, type OnnxCausalLmOptions } from "./onnx-causal-lm.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "onnx-causal-lm-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes files below a new folder and gives its path. */
function write(name: string, files: Readonly<Record<string, Uint8Array>>): string {
  for (const [file, bytes] of Object.entries(files)) {
    const path = join(folder, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  return join(folder, name);
}

async function collect(lm: OnnxCausalLm, asked: readonly Continuation[]): Promise<ContinuationScore[]> {
  const all: ContinuationScore[] = [];
  for await (const score of lm.score(asked)) all.push(score);
  return all;
}

function expectScores(got: readonly ContinuationScore[], asked: readonly Continuation[], positions: boolean): void {
  expect(got).toHaveLength(asked.length);
  for (const [index, { prefix, continuation }] of asked.entries()) {
    const logits = decoderLogits([...prefix, ...continuation], positions);
    for (const [i, token] of continuation.entries()) {
      const row = logits[prefix.length - 1 + i]!;
      const normaliser = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
      expect(got[index]!.logits[i]).toBeCloseTo(row[token]!, 4);
      expect(got[index]!.logProbabilities[i]).toBeCloseTo(row[token]! - normaliser, 4);
    }
  }
}

const full: DecoderFileOptions = { mask: true, positions: true, cache: true };
const kinds: readonly DecoderFileOptions[] = [
  {},
  { ids: "int32" },
  { vocabularyUnstated: true },
  { mask: true },
  { mask: true, positions: true, tokenTypes: true },
  { rows: 1 },
  { rows: 2, mask: true },
  { cache: true },
  { cache: true, mask: true },
  full,
  { ...full, rows: 1 },
  { ...full, vocabularyUnstated: true, keepLogits: true },
  { ...full, useCacheBranch: true },
  { ...full, useCacheBranch: true, keepLogits: true, tokenTypes: true },
];

const token = fc.integer({ min: 0, max: vocabularySize - 1 });
const continuation = fc.record({
  prefix: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 8 }),
  continuation: fc.array(token, { minLength: 1, maxLength: 4 }),
});

/** A prompt, and the prompt with each token in turn replaced by another. */
function leaveOneOut(length: number): Continuation[] {
  const prompt = Array.from({ length }, (_, i) => 1 + (i % 10));
  const prompts = [prompt, ...prompt.map((_, left) => prompt.map((id, i) => (i === left ? 0 : id)))];
  return prompts.map((prefix) => ({ prefix, continuation: [3, 4] }));
}

describe.each(kinds)("a file with %o", (kind) => {
  let lm: OnnxCausalLm;
  beforeAll(async () => {
    lm = await OnnxCausalLm.load(decoderFile(kind).model, { maxTokens: 200 });
  });
  afterAll(() => lm.dispose());

  test("scores and continues texts as plain arithmetic does", async () => {
    expect(lm.vocabularySize).toBe(vocabularySize);
    expectScores(await collect(lm, leaveOneOut(20)), leaveOneOut(20), kind.positions === true);
    const { tokens } = await lm.generate([1, 2], { maxNewTokens: 6 });
    const text = [1, 2];
    for (const next of tokens) {
      const row = decoderLogits(text, kind.positions === true).at(-1)!;
      expect(next).toBe(row.indexOf(Math.max(...row)));
      text.push(next);
    }
  });

  test.prop([fc.array(continuation, { maxLength: 8 })], { numRuns: 10 })("scores any texts", async (asked) => {
    expectScores(await collect(lm, asked), asked, kind.positions === true);
  });
});

describe("cost", () => {
  test("prompts that share their beginnings cost their distinct tokens", async () => {
    const { model } = decoderFile(full);
    await using sharing = await OnnxCausalLm.load(model);
    await using plain = await OnnxCausalLm.load(model, { sharePrefixes: false });
    await collect(sharing, leaveOneOut(30));
    await collect(plain, leaveOneOut(30));
    expect(plain.cost).toEqual({ calls: 1, rows: 31, tokens: 31 * 31 });
    expect(sharing.cost.tokens).toBeLessThan(0.7 * plain.cost.tokens);
  });

  test("a file of one fixed row is run row by row without padding", async () => {
    await using lm = await OnnxCausalLm.load(decoderFile({ rows: 1 }).model);
    await collect(
      lm,
      [[1], [2, 3, 4]].map((prefix) => ({ prefix, continuation: [5] })),
    );
    expect(lm.cost).toEqual({ calls: 2, rows: 2, tokens: 4 });
    expect(lm.notes).toEqual(["the file has a fixed batch of 1: rows are run one by one"]);
  });

  test("a file that quantises with one scale a call scores each text alone, and says so", async () => {
    await using lm = await OnnxCausalLm.load(decoderFile({ ...full, quantized: true }).model);
    const asked = leaveOneOut(12);
    const together = await collect(lm, asked);
    expect(lm.cost).toEqual({ calls: 13, rows: 13, tokens: 13 * 13 });
    expect(lm.notes.at(-1)).toContain("quantises with one scale for a whole call");
    for (const [index, each] of asked.entries()) expect(await collect(lm, [each])).toEqual([together[index]]);
  });

  test("a limit of bytes cuts the model's runs and changes no score", async () => {
    const { model } = decoderFile(full);
    await using lm = await OnnxCausalLm.load(model);
    await using small = await OnnxCausalLm.load(model, { maxBatchBytes: 1 });
    const asked = leaveOneOut(5);
    expectScores(await collect(small, asked), asked, true);
    await collect(lm, asked);
    expect(small.cost).toEqual(lm.cost);
    expect(small.model.notes.at(-1)).toContain("maxBatchBytes");
    await expect(OnnxCausalLm.load(model, { maxBatchBytes: 0 })).rejects.toThrow(
      "maxBatchBytes must be a number of bytes above 0, got 0",
    );
  });

  test("one session serves calls with and without keys and values", async () => {
    let made = 0;
    const create = (...parameters: Parameters<typeof ort.InferenceSession.create>) => {
      made++;
      return ort.InferenceSession.create(...parameters);
    };
    const runtime = { InferenceSession: { create }, Tensor: ort.Tensor };
    await using lm = await OnnxCausalLm.load(decoderFile(full).model, { runtime });
    const before = made;
    await collect(lm, leaveOneOut(30));
    await lm.generate([1]);
    expect(made - before).toBe(1);
  });
});

const config = textFile({ max_position_embeddings: contextLength, eos_token_id: 7 });

describe("folders", () => {
  const { model } = decoderFile(full);

  async function describeLm(source: Parameters<typeof OnnxCausalLm.load>[0], options?: OnnxCausalLmOptions) {
    await using lm = await OnnxCausalLm.load(source, options);
    expectScores(await collect(lm, leaveOneOut(8)), leaveOneOut(8), true);
    return { contextLength: lm.contextLength, endTokens: lm.endTokens };
  }

  test("onnx/model.onnx with its configuration, by path, file URL and files", async () => {
    const files = { "config.json": config, "onnx/model.onnx": model };
    const path = write("usual", files);
    const expected = { contextLength, endTokens: [7] };
    expect(await describeLm(path)).toEqual(expected);
    expect(await describeLm(pathToFileURL(path))).toEqual(expected);
    expect(await describeLm(files)).toEqual(expected);
  });

  test("over http", async () => {
    const { model: outside, weights } = decoderFile({ ...full, externalData: "model.onnx_data" });
    const files = new Map(
      Object.entries({ "/lm/config.json": config, "/lm/onnx/model.onnx": outside, "/lm/onnx/model.onnx_data": weights }),
    );
    const server = createServer((request, response) => {
      const bytes = files.get(request.url!);
      response.statusCode = bytes === undefined ? 404 : 200;
      response.end(bytes);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    try {
      expect(await describeLm(`http://127.0.0.1:${port}/lm`)).toEqual({ contextLength, endTokens: [7] });
      expect(await describeLm(new URL(`http://127.0.0.1:${port}/lm/onnx/model.onnx`))).toMatchObject({ endTokens: [] });
      await expect(OnnxCausalLm.load(`http://127.0.0.1:${port}/other`)).rejects.toThrow('looked for "onnx/model.onnx"');
    } finally {
      server.close();
    }
  });

  test("model.onnx at the top, older names, other number formats, and any file by name", async () => {
    for (const [name, options] of [
      ["model.onnx", {}],
      ["onnx/decoder_model_merged.onnx", {}],
      ["onnx/model_quantized.onnx", { dtype: "q8" }],
      ["onnx/model_q4f16.onnx", { dtype: "q4f16" }],
      ["my/own.onnx", { file: "my/own.onnx" }],
    ] as const)
      await describeLm({ [name]: model }, options);
  });

  test("weights in files beside the model, on disk and given", async () => {
    const { model: outside, weights } = decoderFile({ ...full, externalData: "model.onnx_data" });
    const files = { "onnx/model.onnx": outside, "onnx/model.onnx_data": weights };
    await describeLm(files);
    await describeLm(write("outside", files));
    await describeLm(join(write("outside", files), "onnx/model.onnx"));
    await expect(OnnxCausalLm.load({ "onnx/model.onnx": outside })).rejects.toThrow(
      '"onnx/model.onnx" in the given files (onnx/model.onnx) keeps weights in "onnx/model.onnx_data", and there is no such file',
    );
  });

  test("end tokens come from generation_config.json first, as a number or a list", async () => {
    const files = { "model.onnx": model, "config.json": config };
    const generation = textFile({ eos_token_id: [3, 4] });
    expect((await describeLm({ ...files, "generation_config.json": generation })).endTokens).toEqual([3, 4]);
    expect((await describeLm({ ...files, "generation_config.json": textFile({}) })).endTokens).toEqual([7]);
    expect((await describeLm(files, { endTokens: [] })).endTokens).toEqual([]);
    expect((await describeLm({ "model.onnx": model, "config.json": textFile({ eos_token_id: null }) })).endTokens).toEqual([]);
  });

  test.each(["max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx"])(
    "the context comes from %s",
    async (key) => {
      const found = await describeLm({ "model.onnx": model, "config.json": textFile({ [key]: 24 }) });
      expect(found.contextLength).toBe(24);
      const nested = await describeLm({ "model.onnx": model, "config.json": textFile({ text_config: { [key]: 23 } }) });
      expect(nested.contextLength).toBe(23);
    },
  );

  test("texts longer than the context are refused, and generation ends at it", async () => {
    await using lm = await OnnxCausalLm.load({ "model.onnx": model, "config.json": config });
    await expect(collect(lm, [{ prefix: Array(30).fill(1), continuation: [1, 2, 3] }])).rejects.toThrow(
      "prefix 0 and its continuation are 33 tokens together, the model's context holds 32",
    );
    expect(await lm.generate(Array(30).fill(1), { stopTokens: [] })).toMatchObject({
      tokens: { length: 2 },
      stopReason: "length",
    });
    expect(lm.cost.calls).toBe(2);
  });

  test("sizes of heads that the file does not state come from the configuration", async () => {
    const { model: unstated } = decoderFile({ ...full, headsUnstated: true });
    await expect(OnnxCausalLm.load({ "model.onnx": unstated })).rejects.toThrow(
      '"past_key_values.0.key" of "model.onnx" has the shape [batch, heads, past_sequence_length, head_size]: it has several free axes',
    );
    const sizes = { num_attention_heads: 2, hidden_size: 6 };
    await describeLm({ "model.onnx": unstated, "config.json": textFile(sizes) });
    await describeLm({
      "model.onnx": unstated,
      "config.json": textFile({ num_attention_heads: 8, num_key_value_heads: 2, head_dim: 3 }),
    });
  });
});

describe("what cannot be loaded gets a sentence", () => {
  const { model } = decoderFile();
  const session = { run: () => 0, inputNames: [] };
  test.each<readonly [string, unknown, string]>([
    ["a function", () => 0, "source of OnnxCausalLm.load is a function, whose model cannot be seen"],
    ["a promise", Promise.resolve("models"), "a Promise: await it first"],
    ["a session", session, "a session of onnxruntime, which does not say what it was made of"],
    ["nothing", undefined, "source of OnnxCausalLm.load is undefined: pass the model's folder"],
    ["an empty path", "", "an empty string"],
    ["an object without bytes", { "model.onnx": 3 }, 'an object whose "model.onnx" holds no bytes'],
    ["a folder that is not there", "no/such/folder", "no/such/folder"],
    [
      "the name of a published model",
      "someone/some-model",
      'if "someone/some-model" is the name of a published model, download its files first',
    ],
    ["a file that is not there", "no/such/model.onnx", "model.onnx"],
    ["no files", {}, 'looked for "onnx/model.onnx", "onnx/decoder_model_merged.onnx"'],
    ["bytes that are no model", { "model.onnx": textFile("no") }, ""],
    [
      "a configuration that is not JSON",
      { "model.onnx": model, "config.json": textFile("{") },
      "config.json in the given files (model.onnx, config.json) is not JSON",
    ],
    ["a configuration that is a list", { "model.onnx": model, "config.json": textFile([]) }, "must hold an object"],
  ])("%s", async (_, source, sentence) => {
    // What JavaScript lets through, the types would not.
    const loading = OnnxCausalLm.load(source as string);
    await expect(loading).rejects.toThrow(InvalidArgumentError);
    await expect(OnnxCausalLm.load(source as string)).rejects.toThrow(sentence);
  });

  test("a loaded model, and a loaded language model", async () => {
    await using loaded = await OnnxModel.load(model);
    await expect(OnnxCausalLm.load(loaded as never)).rejects.toThrow(
      "make a language model of it with modelCausalLm(model, layout)",
    );
    await using lm = await OnnxCausalLm.load(model);
    await expect(OnnxCausalLm.load(lm as never)).rejects.toThrow("a language model that is loaded already");
  });

  test("the number formats that are there are named where the one asked for is not", async () => {
    const path = write("quantized", { "onnx/model_quantized.onnx": model });
    await expect(OnnxCausalLm.load(path)).rejects.toThrow('it has the dtype "q8"');
    await expect(OnnxCausalLm.load(path, { dtype: "q2" as never })).rejects.toThrow("dtype must be one of fp32, fp16, q8");
    await expect(OnnxCausalLm.load(path, { file: "onnx/other.onnx" })).rejects.toThrow('looked for "onnx/other.onnx"');
    await expect(OnnxCausalLm.load(join(path, "onnx/model_quantized.onnx"), { dtype: "q8" })).rejects.toThrow(
      "options.dtype picks a file of a folder, but the source is a single file",
    );
  });

  test("a layout of one's own serves where the names are not the usual ones, and is checked", async () => {
    const layout = { inputIds: "input_ids", logits: "logits" };
    await using lm = await OnnxCausalLm.load(model, { layout });
    expect(lm.layout).toBe(layout);
    await expect(OnnxCausalLm.load(model, { layout: { ...layout, logits: "scores" } })).rejects.toThrow(
      'layout.logits names output "scores"',
    );
  });
});

test("after disposal it says so; disposing twice is fine", async () => {
  const lm = await OnnxCausalLm.load(decoderFile().model);
  await lm.dispose();
  await lm[Symbol.asyncDispose]();
  await expect(collect(lm, [{ prefix: [1], continuation: [1] }])).rejects.toThrow("disposed");
});
