import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { seededRandom } from "../tensor/random.ts";
import { modelCausalLm } from "./model-causal-lm.ts";
import { tinyTransformer } from "./tiny-transformer.fixture.ts";
import { likeliestToken, sampleToken } from "./token-sampling.ts";

const cached = tinyTransformer({ cache: true, mask: true, positions: true });

function make(options: Parameters<typeof modelCausalLm>[2] = {}) {
  return modelCausalLm(cached.model, cached.layout, options);
}

test("with a cache every new token costs one token", async () => {
  const lm = make();
  await lm.generate([1, 2, 3, 4, 5], { maxNewTokens: 6 });
  expect(lm.cost).toEqual({ calls: 6, rows: 6, tokens: 5 + 5 });
});

test("a long prompt goes in in pieces", async () => {
  const lm = make({ maxTokens: 2 });
  const { tokens } = await lm.generate([1, 2, 3, 4, 5], { maxNewTokens: 2 });
  expect(lm.cost).toEqual({ calls: 4, rows: 4, tokens: 6 });
  expect(tokens).toEqual((await make().generate([1, 2, 3, 4, 5], { maxNewTokens: 2 })).tokens);
});

test("a stop token ends the text and is not part of it", async () => {
  const { tokens } = await make().generate([1], { maxNewTokens: 10 });
  const stop = tokens[4]!;
  const before = tokens.slice(0, tokens.indexOf(stop));
  const given = await make().generate([1], { maxNewTokens: 10, stopTokens: [stop] });
  expect(given).toMatchObject({ tokens: before, stopReason: "stop-token" });
  expect(given.logProbabilities).toHaveLength(before.length);
  const own = await make({ endTokens: [stop] }).generate([1], { maxNewTokens: 10 });
  expect(own.tokens).toEqual(before);
  const none = await make({ endTokens: [stop] }).generate([1], { maxNewTokens: 10, stopTokens: [] });
  expect(none).toMatchObject({ tokens, stopReason: "length" });
});

test("a full context ends the text", async () => {
  const lm = make({ contextLength: 6 });
  expect(await lm.generate([1, 2, 3, 4])).toMatchObject({ tokens: { length: 2 }, stopReason: "length" });
  expect(await lm.generate([1, 2, 3, 4, 5, 6])).toMatchObject({ tokens: [], stopReason: "length" });
  await expect(lm.generate([1, 2, 3, 4, 5, 6, 7])).rejects.toThrow("prompt is 7 tokens, the model's context holds 6");
});

test("the same seed gives the same text, another seed another", async () => {
  const text = async (seed: number) => (await make().generate([1, 2], { temperature: 1.5, seed, maxNewTokens: 20 })).tokens;
  expect(await text(3)).toEqual(await text(3));
  expect(await text(3)).not.toEqual(await text(4));
});

test("log-probabilities are of the model's own distribution, whatever the temperature", async () => {
  const { tokens, logProbabilities } = await make().generate([1, 2], { temperature: 2, topK: 5, topP: 0.9, maxNewTokens: 5 });
  const logits = cached.forward([1, 2, ...tokens]);
  for (const [i, token] of tokens.entries()) {
    const row = logits[1 + i]!;
    expect(logProbabilities[i]).toBeCloseTo(row[token]! - Math.log(row.reduce((sum, entry) => sum + Math.exp(entry), 0)), 9);
  }
});

test("progress counts the new tokens", async () => {
  const seen: number[] = [];
  await make().generate([1], { maxNewTokens: 3, onProgress: ({ done, total }) => seen.push(done / total) });
  expect(seen).toEqual([1 / 3, 2 / 3, 1]);
});

test.each([
  [{ maxNewTokens: -1 }, "maxNewTokens must be a whole number from 0 up, got -1"],
  [{ temperature: -1 }, "temperature must be a number from 0 up, got -1"],
  [{ temperature: Number.NaN }, "temperature must be"],
  [{ topK: 2.5 }, "topK must be a whole number from 0 up, got 2.5"],
  [{ topP: 0 }, "topP must be above 0 and at most 1, got 0"],
  [{ stopTokens: [99] }, "stopTokens holds token 99 at place 0"],
])("%o is refused", async (options, sentence) => {
  await expect(make().generate([1], options)).rejects.toThrow(sentence);
});

test("an empty prompt is refused", async () => {
  await expect(make().generate([])).rejects.toThrow("prompt is empty");
  await expect(make().generate([50])).rejects.toThrow("prompt holds token 50 at place 0");
});

describe("sampling", () => {
  const logits = fc
    .array(fc.float({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 12 })
    .map((list) => Float32Array.from(list));
  const all = { temperature: 1, topK: 0, topP: 1 };

  test.prop([logits, fc.integer({ min: 1, max: 12 }), fc.double({ min: 0.05, max: 1, noNaN: true }), fc.integer()])(
    "draws only from the likeliest topK that make up topP",
    (row, topK, topP, seed) => {
      const token = sampleToken(row, { temperature: 0.7, topK, topP }, seededRandom(seed));
      const order = Array.from(row.keys())
        .sort((a, b) => row[b]! - row[a]! || a - b)
        .slice(0, topK);
      const weights = order.map((id) => Math.exp(row[id]! / 0.7));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const rank = order.indexOf(token);
      expect(rank).toBeGreaterThanOrEqual(0);
      const before = weights.slice(0, rank).reduce((sum, weight) => sum + weight, 0);
      expect(before).toBeLessThanOrEqual(topP * total * (1 + 1e-9));
    },
  );

  test.prop([logits, fc.integer()])("topK 1, and a temperature near 0, are greedy", (row, seed) => {
    expect(sampleToken(row, { ...all, topK: 1 }, seededRandom(seed))).toBe(likeliestToken(row));
    const cold = sampleToken(row, { ...all, temperature: 1e-12 }, seededRandom(seed));
    expect(row[cold]).toBeCloseTo(row[likeliestToken(row)]!, 5);
  });

  test("frequencies are the probabilities", () => {
    const row = Float32Array.of(0, Math.log(2), Math.log(5), Number.NEGATIVE_INFINITY);
    const random = seededRandom(1);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 8000; i++) counts[sampleToken(row, all, random)]!++;
    expect(counts[3]).toBe(0);
    for (const [token, share] of [1, 2, 5].entries()) expect(counts[token]! / 8000).toBeCloseTo(share / 8, 1);
  });

  test("of equal tokens greedy takes the lowest id", () => {
    expect(likeliestToken(Float32Array.of(1, 3, 3))).toBe(1);
  });
});
