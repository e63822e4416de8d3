import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Continuation, ContinuationScore } from "@attr/core";
import { describe, expect, test } from "vitest";
import { OnnxModel } from "../onnx-model.ts";
import { OnnxCausalLm } from "./onnx-causal-lm.ts";

/** Models that lie outside the repository, where they are there. */
const shared = fileURLToPath(new URL("../../../../../shared/", import.meta.url));
const stories = `${shared}models/stories260K/hf`;
const captum = `${shared}conformance/captum/causal-lm/model.onnx`;

async function collect(lm: OnnxCausalLm, asked: readonly Continuation[]): Promise<ContinuationScore[]> {
  const all: ContinuationScore[] = [];
  for await (const score of lm.score(asked)) all.push(score);
  return all;
}

function expectClose(got: readonly ContinuationScore[], expected: readonly ContinuationScore[], tolerance: number): void {
  expect(got).toHaveLength(expected.length);
  for (const [index, { logProbabilities }] of expected.entries())
    for (const [i, value] of logProbabilities.entries())
      expect(Math.abs(got[index]!.logProbabilities[i]! - value)).toBeLessThan(tolerance);
}

/** A prompt, and the prompt with each token but the first in turn replaced. */
function leaveOneOut(prompt: readonly number[], answer: readonly number[], baseline: number): Continuation[] {
  const left = prompt.slice(1).map((_, index) => prompt.map((id, i) => (i === index + 1 ? baseline : id)));
  return [prompt, ...left].map((prefix) => ({ prefix, continuation: answer }));
}

/** Texts of many lengths, some of which begin alike. */
function mixture(vocabularySize: number): Continuation[] {
  return Array.from({ length: 24 }, (_, index) => ({
    prefix: Array.from({ length: 1 + ((index * 7) % 30) }, (__, i) =>
      i < 12 ? (i * 5) % vocabularySize : (index * 31 + i * 17) % vocabularySize,
    ),
    continuation: Array.from({ length: 1 + (index % 5) }, (__, i) => (index * 11 + i * 3) % vocabularySize),
  }));
}

const models: readonly (readonly [string, string, string])[] = [
  ["tales-lm", fileURLToPath(new URL("../../../../models/tales-lm", import.meta.url)), "its weights"],
  ["stories260K", stories, "../shared/models"],
];

for (const [name, folder, needed] of models) {
  describe.skipIf(!existsSync(`${folder}/onnx/model.onnx`))(`${name} (skipped where ${needed} are absent)`, () => {
    test("what it generates with its cache has the scores that one pass gives", async () => {
      await using lm = await OnnxCausalLm.load(folder);
      const generated = await lm.generate([1], { maxNewTokens: 30, stopTokens: [] });
      expect(generated.tokens).toHaveLength(30);
      expect(lm.cost).toEqual({ calls: 30, rows: 30, tokens: 30 });
      const [score] = await collect(lm, [{ prefix: [1], continuation: generated.tokens }]);
      for (const [i, value] of generated.logProbabilities.entries()) expect(score!.logProbabilities[i]).toBeCloseTo(value, 4);
    });

    test("shared beginnings, plain batches and rows alone give the same scores", async () => {
      await using sharing = await OnnxCausalLm.load(folder);
      await using plain = await OnnxCausalLm.load(folder, { sharePrefixes: false });
      await using alone = await OnnxCausalLm.load(folder, { sharePrefixes: false, maxBatchSize: 1 });
      const { tokens } = await sharing.generate([1], { maxNewTokens: 40, stopTokens: [] });
      const asked = leaveOneOut([1, ...tokens], [5, 6, 7], 0);
      const before = sharing.cost.tokens;
      const expected = await collect(alone, asked);
      expectClose(await collect(sharing, asked), expected, 1e-4);
      expect(sharing.cost.tokens - before).toBeLessThan(0.7 * alone.cost.tokens);
      const others = mixture(sharing.vocabularySize);
      const apart = await collect(alone, others);
      expectClose(await collect(sharing, others), apart, 1e-4);
      expectClose(await collect(plain, others), apart, 1e-4);
      expectClose(await collect(plain, others.toReversed()), apart.toReversed(), 1e-4);
    });
  });
}

// Ids of stories260K's tokenizer: "Once upon a time" after its BOS.
const onceUponATime = [1, 403, 407, 261, 378];
// ", there was a little girl named Lily. She"
const comma = 432;

describe.skipIf(!existsSync(stories))("stories260K (skipped where ../shared/models is absent)", () => {
  test("its configuration is read", async () => {
    await using lm = await OnnxCausalLm.load(stories);
    expect(lm).toMatchObject({ vocabularySize: 512, contextLength: 512, endTokens: [2] });
    expect(lm.layout.cache).toHaveLength(10);
  });

  test.each(["onnx/model.onnx", "onnx/model_logits.onnx"])("%s goes on from Once upon a time as it is known to", async (file) => {
    await using lm = await OnnxCausalLm.load(stories, { file });
    const { tokens, logProbabilities } = await lm.generate(onceUponATime, { maxNewTokens: 12 });
    expect(tokens[0]).toBe(comma);
    expect(Math.exp(logProbabilities[0]!)).toBeCloseTo(0.969, 3);
    const [score] = await collect(lm, [{ prefix: onceUponATime, continuation: tokens }]);
    for (const [i, value] of logProbabilities.entries()) expect(score!.logProbabilities[i]).toBeCloseTo(value, 4);
  });

  test("the file with a cache and the one without give the same texts and scores", async () => {
    await using cached = await OnnxCausalLm.load(stories);
    await using uncached = await OnnxCausalLm.load(stories, { file: "onnx/model_logits.onnx" });
    const { tokens } = await cached.generate(onceUponATime, { maxNewTokens: 40 });
    expect((await uncached.generate(onceUponATime, { maxNewTokens: 40 })).tokens).toEqual(tokens);
    expect(cached.cost.tokens).toBe(5 + 39);
    expect(uncached.cost.tokens).toBe(40 * 5 + (39 * 40) / 2);
    expectClose(await collect(uncached, mixture(512)), await collect(cached, mixture(512)), 1e-4);
  });

  test("a whole context is scored", async () => {
    await using lm = await OnnxCausalLm.load(stories);
    const prefix = Array.from({ length: 508 }, (_, i) => (i * 7) % 512);
    const asked = [prefix, prefix.slice(400), prefix.with(300, 5)].map((each) => ({ prefix: each, continuation: [1, 2, 3, 4] }));
    await using plain = await OnnxCausalLm.load(stories, { sharePrefixes: false, maxBatchSize: 1 });
    expectClose(await collect(lm, asked), await collect(plain, asked), 1e-3);
    await expect(collect(lm, [{ prefix, continuation: [1, 2, 3, 4, 5] }])).rejects.toThrow(
      "prefix 0 and its continuation are 513 tokens together, the model's context holds 512",
    );
  });

  test("the file that takes embeddings is refused with a sentence", async () => {
    await expect(OnnxCausalLm.load(stories, { file: "onnx/model_embeds.onnx" })).rejects.toThrow(
      '"onnx/model_embeds.onnx" takes embeddings ("inputs_embeds"), not token ids',
    );
  });
});

describe.skipIf(!existsSync(captum))("a file without configuration (skipped where ../shared/conformance is absent)", () => {
  test("its scores are the log-softmax of its logits, whatever is scored with them", async () => {
    await using lm = await OnnxCausalLm.load(captum);
    expect(lm).toMatchObject({ vocabularySize: 40, contextLength: undefined, endTokens: [] });
    await using model = await OnnxModel.load(captum);
    const asked = mixture(40);
    const scores = await collect(lm, asked);
    for (const [index, { prefix, continuation }] of asked.entries()) {
      const ids = model.backend.from([[...prefix, ...continuation]], "int64");
      const { logits } = await model.run({ feeds: { input_ids: ids }, fetches: ["logits"] });
      const { data } = await model.backend.read(logits!);
      for (const [i, token] of continuation.entries()) {
        const row = Array.from(data, Number).slice((prefix.length - 1 + i) * 40, (prefix.length + i) * 40);
        const normaliser = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
        expect(scores[index]!.logProbabilities[i]).toBeCloseTo(row[token]! - normaliser, 4);
      }
    }
  });
});
