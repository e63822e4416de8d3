import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { Continuation, ContinuationScore } from "./causal-lm.ts";
import { collect } from "./collect.fixture.ts";
import { modelCausalLm } from "./model-causal-lm.ts";
import { type TinyTransformer, type TinyTransformerOptions, tinyTransformer } from "./tiny-transformer.fixture.ts";

/** Every combination of inputs a decoder comes with. */
const kinds: readonly (readonly [string, TinyTransformerOptions])[] = [
  ["ids alone", {}],
  ["a mask", { mask: true }],
  ["a mask and positions", { mask: true, positions: true }],
  ["a fixed length", { length: 24 }],
  ["a fixed length and a mask", { length: 24, mask: true }],
  ["a cache", { cache: true }],
  ["a cache and positions", { cache: true, positions: true }],
  ["a cache and a mask", { cache: true, mask: true }],
  ["a cache, a mask and positions", { cache: true, mask: true, positions: true }],
];

const token = fc.integer({ min: 0, max: 12 });
/** Few different tokens at first, so that texts begin alike; more later. */
const continuation = fc.record({
  prefix: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 14, size: "max" }),
  continuation: fc.array(token, { minLength: 1, maxLength: 4 }),
});
const continuations = fc.array(continuation, { maxLength: 16, size: "max" });

function oracle(tiny: TinyTransformer, { prefix, continuation: answer }: Continuation): ContinuationScore {
  const logits = tiny.forward([...prefix, ...answer]);
  const rows = answer.map((_, i) => logits[prefix.length - 1 + i]!);
  const normaliser = rows.map((row) => Math.log(row.reduce((sum, entry) => sum + Math.exp(entry), 0)));
  return {
    logits: Float64Array.from(answer, (id, i) => rows[i]![id]!),
    logProbabilities: Float64Array.from(answer, (id, i) => rows[i]![id]! - normaliser[i]!),
  };
}

function expectClose(got: readonly ContinuationScore[], expected: readonly ContinuationScore[], digits = 9): void {
  expect(got).toHaveLength(expected.length);
  for (const [index, score] of expected.entries()) {
    expect(got[index]!.logits).toHaveLength(score.logits.length);
    for (const [i, value] of score.logits.entries()) expect(got[index]!.logits[i]).toBeCloseTo(value, digits);
    for (const [i, value] of score.logProbabilities.entries()) expect(got[index]!.logProbabilities[i]).toBeCloseTo(value, digits);
  }
}

describe.each(kinds)("scores of a model with %s", (_, kind) => {
  const limits = [fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 16)] as const;

  test.prop([continuations, ...limits], { numRuns: 20 })(
    "are those of every text computed alone, whatever a call may hold",
    async (asked, maxBatchSize, maxTokens, callOverhead) => {
      const tiny = tinyTransformer(kind);
      const lm = modelCausalLm(tiny.model, tiny.layout, { maxBatchSize, maxTokens, callOverhead });
      expectClose(
        await collect(lm.score(asked)),
        asked.map((each) => oracle(tiny, each)),
      );
      for (const call of tiny.calls) expect(call.rows).toBeLessThanOrEqual(maxBatchSize);
    },
  );

  test("count calls, rows and tokens as the model sees them", async () => {
    const tiny = tinyTransformer(kind);
    const lm = modelCausalLm(tiny.model, tiny.layout);
    expect(lm.cost).toEqual({ calls: 0, rows: 0, tokens: 0 });
    await collect(lm.score(leaveOneOut(20)));
    await lm.generate([1, 2, 3], { maxNewTokens: 3 });
    expect(lm.cost).toEqual({
      calls: tiny.calls.length,
      rows: tiny.calls.reduce((sum, call) => sum + call.rows, 0),
      tokens: tiny.calls.reduce((sum, call) => sum + call.rows * call.width, 0),
    });
  });

  test("greedy text is the likeliest token at every step, with its log-probability", async () => {
    const tiny = tinyTransformer(kind);
    const lm = modelCausalLm(tiny.model, tiny.layout);
    const { tokens, logProbabilities, stopReason } = await lm.generate([3, 1, 4], { maxNewTokens: 8 });
    expect(stopReason).toBe("length");
    expect(tokens).toHaveLength(8);
    const text = [3, 1, 4];
    for (const [i, next] of tokens.entries()) {
      const row = tiny.forward(text).at(-1)!;
      expect(next).toBe(row.indexOf(Math.max(...row)));
      text.push(next);
      expect(logProbabilities[i]).toBeCloseTo(row[next]! - Math.log(row.reduce((sum, entry) => sum + Math.exp(entry), 0)), 9);
    }
  });
});

/** A prompt of `length` tokens, and the prompt with each token in turn replaced, all with the same answer. */
function leaveOneOut(length: number): Continuation[] {
  const prompt = Array.from({ length }, (_, i) => 1 + (i % 12));
  const answer = [5, 6, 7];
  return [prompt, ...prompt.map((_, left) => prompt.map((id, i) => (i === left ? 0 : id)))].map((prefix) => ({
    prefix,
    continuation: answer,
  }));
}

describe("sharing", () => {
  const cached = { cache: true, mask: true, positions: true };

  test("prompts with one token left out each cost far less than their sum, and score the same", async () => {
    const asked = leaveOneOut(40);
    const [shared, plain] = [tinyTransformer(cached), tinyTransformer(cached)];
    const sharing = modelCausalLm(shared.model, shared.layout);
    const alone = modelCausalLm(plain.model, plain.layout, { sharePrefixes: false });
    expectClose(await collect(sharing.score(asked)), await collect(alone.score(asked)));
    expect(alone.cost).toEqual({ calls: 1, rows: 41, tokens: 41 * 42 });
    expect(sharing.cost.tokens).toBeLessThan(0.65 * alone.cost.tokens);
    // 42 tokens of the prompt, and after every left-out token what is behind it: little of it padding.
    const distinct = 42 + asked.slice(1).reduce((sum, _, left) => sum + 42 - left, 0);
    expect(sharing.cost.tokens).toBeLessThan(1.15 * distinct);
  });

  test("prompts with every subset of 6 parts go on from each other over several levels", async () => {
    const parts = Array.from({ length: 6 }, (_, i) => [i + 1, i + 2, i + 3]);
    const asked = Array.from({ length: 64 }, (_, subset) => ({
      prefix: [1, 2, 3, 4, ...parts.flatMap((part, i) => ((subset >> i) & 1 ? part : part.map(() => 0)))],
      continuation: [5, 6, 7],
    }));
    const tiny = tinyTransformer(cached);
    const lm = modelCausalLm(tiny.model, tiny.layout, { callOverhead: 4 });
    expectClose(
      await collect(lm.score(asked)),
      asked.map((each) => oracle(tiny, each)),
    );
    // 4 tokens in front, a part in 2, 4, 8 … forms, and 2 tokens of the answer after each prompt.
    const distinct = 4 + 3 * (2 + 4 + 8 + 16 + 32 + 64) + 64 * 2;
    expect(lm.cost.tokens).toBeLessThan(1.2 * distinct);
    expect(new Set(tiny.calls.filter((call) => call.fetches.length > 1).map((call) => call.past)).size).toBeGreaterThan(2);
  });

  test("many answers to one prompt cost the prompt once", async () => {
    const tiny = tinyTransformer(cached);
    const lm = modelCausalLm(tiny.model, tiny.layout);
    const prefix = Array.from({ length: 30 }, (_, i) => i % 13);
    const asked = Array.from({ length: 13 }, (_, id) => ({ prefix, continuation: [id, 3] }));
    expectClose(
      await collect(lm.score(asked)),
      asked.map((each) => oracle(tiny, each)),
    );
    expect(lm.cost).toEqual({ calls: 2, rows: 13, tokens: 31 + 12 });
  });

  test("answers of one token need nothing but the prompt", async () => {
    const tiny = tinyTransformer();
    const lm = modelCausalLm(tiny.model, tiny.layout);
    const prefix = [1, 2, 3];
    const asked = Array.from({ length: 13 }, (_, id) => ({ prefix, continuation: [id] }));
    const scores = await collect(lm.score(asked));
    expect(lm.cost).toEqual({ calls: 1, rows: 1, tokens: 3 });
    expect(scores.reduce((sum, score) => sum + Math.exp(score.logProbabilities[0]!), 0)).toBeCloseTo(1, 12);
  });

  test("equal requests are computed once and answered each", async () => {
    const tiny = tinyTransformer();
    const lm = modelCausalLm(tiny.model, tiny.layout);
    const asked = Array.from({ length: 5 }, () => ({ prefix: [1, 2], continuation: [3, 4] }));
    const scores = await collect(lm.score(asked));
    expect(lm.cost).toEqual({ calls: 1, rows: 1, tokens: 3 });
    expect(new Set(scores.map((score) => score.logProbabilities)).size).toBe(5);
    expectClose(scores, Array(5).fill(oracle(tiny, asked[0]!)));
  });

  test("keys and values are asked for only where rows go on from them", async () => {
    const tiny = tinyTransformer(cached);
    await collect(modelCausalLm(tiny.model, tiny.layout).score(leaveOneOut(40)));
    const keeping = tiny.calls.filter((call) => call.fetches.length > 1);
    expect(keeping).toHaveLength(1);
    expect(keeping[0]!.rows).toBe(1);
  });

  test("little memory means more calls and the same scores", async () => {
    const asked = leaveOneOut(20);
    const tiny = tinyTransformer(cached);
    // 4 entries of 8 float64 a token: room for 40 tokens.
    const lm = modelCausalLm(tiny.model, tiny.layout, { cacheMemory: 40 * 4 * 8 * 8 });
    expectClose(
      await collect(lm.score(asked)),
      asked.map((each) => oracle(tiny, each)),
    );
    for (const call of tiny.calls) expect(call.rows * (call.width + call.past)).toBeLessThanOrEqual(40);
  });
});

describe("calls", () => {
  test("a large vocabulary makes them smaller", async () => {
    const tiny = tinyTransformer();
    // Room for the logits of 10 tokens.
    const lm = modelCausalLm(tiny.model, tiny.layout, { logitsMemory: 10 * 13 * 4 });
    await collect(lm.score(Array.from({ length: 6 }, (_, id) => ({ prefix: [id, 1, 2], continuation: [1, 2] }))));
    expect(tiny.calls.map((call) => call.rows)).toEqual([2, 2, 2]);
  });

  test("the model's own row limit holds", async () => {
    const tiny = tinyTransformer({ maxBatchSize: 1 });
    const lm = modelCausalLm(tiny.model, tiny.layout);
    await collect(lm.score(leaveOneOut(3)));
    expect(tiny.calls.map((call) => call.rows)).toEqual([1, 1, 1, 1]);
  });

  test("results come in order, each as soon as it is known", async () => {
    const tiny = tinyTransformer({ maxBatchSize: 1 });
    const lm = modelCausalLm(tiny.model, tiny.layout);
    const asked = [[1], [2, 2, 2, 2], [3, 3]].map((prefix) => ({ prefix, continuation: [1] }));
    let count = 0;
    for await (const score of lm.score(asked)) {
      expectClose([score], [oracle(tiny, asked[count]!)]);
      expect(tiny.calls).toHaveLength(++count);
    }
    expect(count).toBe(3);
  });

  test("progress counts tokens up to their number", async () => {
    const tiny = tinyTransformer({ maxBatchSize: 1 });
    const seen: unknown[] = [];
    const asked = [[1], [2, 2]].map((prefix) => ({ prefix, continuation: [1, 1] }));
    await collect(modelCausalLm(tiny.model, tiny.layout).score(asked, { onProgress: (progress) => seen.push(progress) }));
    expect(seen).toEqual([
      { done: 2, total: 5, unit: "tokens" },
      { done: 5, total: 5, unit: "tokens" },
    ]);
  });

  test("a signal stops the work between two of them", async () => {
    const tiny = tinyTransformer({ maxBatchSize: 1 });
    const lm = modelCausalLm(tiny.model, tiny.layout);
    const control = new AbortController();
    const { signal } = control;
    const stopping = { signal, onProgress: () => control.abort(new Error("enough")) };
    await expect(collect(lm.score(leaveOneOut(5), stopping))).rejects.toThrow("enough");
    expect(tiny.calls).toHaveLength(1);
    await expect(lm.generate([1], { signal })).rejects.toThrow("enough");
    await expect(collect(lm.score([], { signal }))).rejects.toThrow("enough");
    expect(tiny.calls).toHaveLength(1);
  });

  test("nothing asked, nothing computed", async () => {
    const tiny = tinyTransformer();
    expect(await collect(modelCausalLm(tiny.model, tiny.layout).score([]))).toEqual([]);
    expect(tiny.calls).toHaveLength(0);
  });
});

describe("what cannot be scored is refused before anything is computed", () => {
  const good = { prefix: [1], continuation: [2] };
  const bad: readonly (readonly [string, unknown, string])[] = [
    ["an empty prefix", { prefix: [], continuation: [1] }, "prefix 1 is empty"],
    ["an empty continuation", { prefix: [1], continuation: [] }, "continuation 1 is empty"],
    [
      "an id past the vocabulary",
      { prefix: [1, 13], continuation: [1] },
      "prefix 1 holds token 13 at place 1, outside the model's vocabulary (0 to 12)",
    ],
    ["a negative id", { prefix: [1], continuation: [-1] }, "continuation 1 holds token -1 at place 0"],
    ["a fraction", { prefix: [1.5], continuation: [1] }, "prefix 1 holds 1.5 at place 0: token ids are whole numbers"],
    ["a bigint", { prefix: [1n], continuation: [1] }, "prefix 1 holds the bigint 1 at place 0"],
    ["a text", { prefix: "one", continuation: [1] }, "prefix 1 must be a list of token ids, got string"],
    ["a gap", undefined, "continuations[1] must be { prefix, continuation }"],
    [
      "more tokens than the context holds",
      { prefix: Array(40).fill(1), continuation: Array(9).fill(2) },
      "prefix 1 and its continuation are 49 tokens together, the model's context holds 48",
    ],
  ];

  test.each(bad)("%s", async (_, asked, sentence) => {
    const tiny = tinyTransformer();
    const lm = modelCausalLm(tiny.model, tiny.layout, { contextLength: tiny.contextLength });
    // What JavaScript lets through, the types would not.
    const work = collect(lm.score([good, asked as Continuation]));
    await expect(work).rejects.toThrow(sentence);
    expect(tiny.calls).toHaveLength(0);
  });

  test("no list at all", async () => {
    const tiny = tinyTransformer();
    const work = collect(modelCausalLm(tiny.model, tiny.layout).score(good as unknown as Continuation[]));
    await expect(work).rejects.toThrow("continuations must be a list");
  });
});

test("a context filled to its last token is scored", async () => {
  for (const [, kind] of kinds) {
    const tiny = tinyTransformer(kind);
    const lm = modelCausalLm(tiny.model, tiny.layout, { contextLength: tiny.contextLength });
    const length = lm.contextLength!;
    const asked = [length - 3, 1, length - 10].map((size) => ({
      prefix: Array.from({ length: size }, (_, i) => i % 13),
      continuation: [4, 5, 6],
    }));
    expectClose(
      await collect(lm.score(asked)),
      asked.map((each) => oracle(tiny, each)),
    );
  }
});

test("logits that are no numbers are named", async () => {
  const tiny = tinyTransformer();
  const broken = {
    ...tiny.model,
    run: async (request: Parameters<typeof tiny.model.run>[0]) => {
      const { logits } = await tiny.model.run(request);
      const { data, shape, dtype } = await tiny.model.backend.read(logits!);
      return {
        logits: tiny.model.backend.fromData(new Float64Array(data.length).fill(Number.NaN), shape, dtype),
      };
    },
  };
  const lm = modelCausalLm(broken, tiny.layout);
  await expect(collect(lm.score([{ prefix: [1, 2], continuation: [3] }]))).rejects.toThrow(
    "the model's logits after 2 tokens of prefix 0 and its continuation hold NaN or infinity",
  );
  await expect(lm.generate([1])).rejects.toThrow("the model's logits after 1 tokens hold NaN or infinity");
});

test("a model that gives logits for the last token only is refused with a sentence", async () => {
  const tiny = tinyTransformer();
  const last = {
    ...tiny.model,
    run: async (request: Parameters<typeof tiny.model.run>[0]) => {
      const { logits } = await tiny.model.run(request);
      const [n, t, v] = logits!.shape;
      return { logits: tiny.model.backend.slice(logits!, [0, t! - 1, 0], [n!, t!, v!]) };
    },
  };
  await expect(collect(modelCausalLm(last, tiny.layout).score([{ prefix: [1, 2], continuation: [3] }]))).rejects.toThrow(
    'output "logits" has shape [1, 1, 13], expected [1, 2, 13]',
  );
});

describe("a layout that does not fit the model is refused", () => {
  const tiny = tinyTransformer({ mask: true, cache: true });
  test.each([
    [
      { ...tiny.layout, inputIds: "input_ids" },
      'layout.inputIds names input "input_ids", which the model does not have; it has "ids", "mask"',
    ],
    [{ ...tiny.layout, logits: "scores" }, 'layout.logits names output "scores"'],
    [{ ...tiny.layout, attentionMask: undefined }, 'input "mask" of the model has no role in the layout'],
    [{ ...tiny.layout, positionIds: "mask" }, 'input "mask" is both layout.attentionMask and layout.positionIds'],
    [{ ...tiny.layout, cache: [{ ...tiny.layout.cache![0]!, shape: [2, 4] }] }, 'layout.cache[0].shape must hold "past" once'],
  ])("%#", (layout, sentence) => {
    expect(() => modelCausalLm(tiny.model, layout)).toThrow(sentence);
  });
});

describe("options that make no sense are refused", () => {
  const tiny = tinyTransformer();
  test.each([
    [{ maxBatchSize: 0 }, "maxBatchSize must be a whole number from 1 up, got 0"],
    [{ maxTokens: 1.5 }, "maxTokens must be a whole number from 1 up, got 1.5"],
    [{ contextLength: -1 }, "contextLength must be"],
    [{ endTokens: [1.5] }, "endTokens must hold token ids, whole numbers from 0 on, got 1.5"],
    [{ callOverhead: -1 }, "callOverhead must be a number of tokens from 0 on, got -1"],
    [{ padToken: 13 }, "padToken 13 is outside the vocabulary (0 to 12)"],
  ])("%o", (options, sentence) => {
    expect(() => modelCausalLm(tiny.model, tiny.layout, options)).toThrow(sentence);
  });
});

test("a model that does not say its vocabulary needs the number", () => {
  const tiny = tinyTransformer();
  const model = { ...tiny.model, outputs: [{ name: "logits" }] };
  expect(() => modelCausalLm(model, tiny.layout)).toThrow("vocabularySize is needed");
  expect(modelCausalLm(model, tiny.layout, { vocabularySize: 13 }).vocabularySize).toBe(13);
});

test("after disposal it says so, and the model is left alone", async () => {
  const tiny = tinyTransformer();
  const lm = modelCausalLm(tiny.model, tiny.layout);
  await lm[Symbol.asyncDispose]();
  await lm[Symbol.asyncDispose]();
  await expect(collect(lm.score([]))).rejects.toThrow("was disposed");
  await expect(lm.generate([1])).rejects.toThrow("was disposed");
  await tiny.model.run({ feeds: { ids: tiny.model.backend.from([[1]], "int64") }, fetches: ["logits"] });
});
