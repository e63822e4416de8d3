import {
  type CausalLm,
  deletionCurve,
  FeatureAblation,
  type GameMethod,
  insertionCurve,
  KernelShap,
  Lime,
  Occlusion,
  ShapleyValueSampling,
  ShapleyValues,
} from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { dummyLlm } from "../../../core/src/causal-lm/dummy-llm.fixture.ts";
import { ProductBaselines } from "../inputs/product-baselines.ts";
import { TextSegmentInput } from "../inputs/text-segment-input.ts";
import { TextTemplateInput } from "../inputs/text-template-input.ts";
import { TextTokenInput } from "../inputs/text-token-input.ts";
import { characterTokenizer, wordTokenizer } from "../inputs/word-tokenizer.fixture.ts";
import { countingLm } from "./counting-lm.fixture.ts";
import { LLMAttribution } from "./llm-attribution.ts";
import type { LLMAttributionResult } from "./llm-attribution-result.ts";

function expectClose(got: ArrayLike<number>, expected: readonly number[], within: number): void {
  expect(got).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) expect(Math.abs(got[index]! - value)).toBeLessThanOrEqual(within);
}

function sumOfRows(rows: readonly Float64Array[]): number[] {
  return Array.from(rows[0]!, (_, feature) => rows.reduce((sum, row) => sum + row[feature]!, 0));
}

const template = "{} b {} {} e {}";
const values = ["a", "c", "d", "f"];
const target = "m n o p q";

describe("published answers of the dummy model", () => {
  const input = () => new TextTemplateInput(template, { values });

  test("leave-one-out", async () => {
    const result = await new LLMAttribution(new FeatureAblation(dummyLlm()), characterTokenizer).attribute(input(), { target });
    expectClose(result.sequenceAttributions, [-0.0007, -0.0031, -0.0126, 0.0102], 1e-4);
    const rows = [
      [0.0075, 0.0007, -0.0006, 0.001],
      [-0.0062, -0.0073, -0.0079, -0.0003],
      [-0.002, -0.005, -0.0056, -0.0011],
      [0.0113, 0.0034, 0.0006, 0.0047],
      [-0.0112, 0.005, 0.0009, 0.0058],
    ];
    rows.forEach((row, token) => {
      expectClose(result.tokenAttributions[token]!, row, 1e-4);
    });
    expectClose(result.logProbabilities, [-6.306409, -6.489181, -5.878282, -6.053438, -4.408538], 1e-6);
    expect(result.value).toBeCloseTo(-29.135847, 5);
    expect(result.inputTokens).toEqual(values);
  });

  const shapley = [
    [0.0037, -0.0006, -0.0011, -0.0029],
    [0.0005, 0.0002, -0.0134, 0.0081],
    [0.0017, 0.001, -0.0098, 0.0028],
    [0.01, -0.0021, 0.0025, 0.0087],
    [-0.0138, -0.0031, 0.0025, 0.0134],
  ];
  const methods: [string, (lm: CausalLm) => GameMethod<CausalLm, { samples?: number }>, object, number][] = [
    ["ShapleyValues", (lm) => new ShapleyValues(lm), {}, 1e-4],
    ["KernelShap", (lm) => new KernelShap(lm), {}, 1e-4],
    ["ShapleyValueSampling", (lm) => new ShapleyValueSampling(lm), { samples: 400 }, 2e-3],
  ];
  test.each(methods)("%s", async (_, make, options, within) => {
    const result = await new LLMAttribution(make(dummyLlm()), characterTokenizer).attribute(input(), { target, ...options });
    expectClose(result.sequenceAttributions, [0.0021, -0.0047, -0.0193, 0.0302], within);
    shapley.forEach((row, token) => {
      expectClose(result.tokenAttributions[token]!, row, within);
    });
    expect(result.baseValue).toBeCloseTo(-29.144205, 5);
    expect(Math.abs(result.delta!)).toBeLessThan(1e-9);
    // Sixteen prompts exist, and no method scores one twice.
    expect(result.cost.prompts).toBeLessThanOrEqual(16);
  });

  test("Lime has the limit of its sampling, an intercept and R²", async () => {
    const result = await new LLMAttribution(new Lime(dummyLlm()), characterTokenizer).attribute(input(), {
      target,
      regressor: { kind: "lasso", alpha: 0.001 },
    });
    expectClose(result.sequenceAttributions, [0, -0.00309, -0.01568, 0.02303], 2e-4);
    expect(result.intercept).toHaveLength(6);
    expect(result.rSquared).toHaveLength(6);
  });

  test("tokens as features, with and without the start token", async () => {
    const llm = new LLMAttribution(new FeatureAblation(dummyLlm()), characterTokenizer);
    const all = await llm.attribute(new TextTokenInput("a b c", characterTokenizer, { includeSpecialTokens: true }), { target });
    expectClose(all.logProbabilities, [-6.311561, -6.492657, -5.878859, -6.053503, -4.410305], 1e-6);
    expectClose(all.sequenceAttributions, [0, 0.045243, -0.006438, 0.010148], 1e-6);
    expectClose(all.tokenAttributions[0]!, [0, 0.004622, 0.000249, 0.009153], 1e-6);
    expectClose(all.tokenAttributions[4]!, [0, -0.001637, -0.002214, 0.003355], 1e-6);
    const words = await llm.attribute(new TextTokenInput("a b c", characterTokenizer), { target });
    expectClose(words.sequenceAttributions, [0.045243, -0.006438, 0.010148], 1e-6);
  });

  test("the answer has no start token, whatever the tokenizer adds to texts", async () => {
    const result = await new LLMAttribution(new FeatureAblation(dummyLlm()), characterTokenizer).attribute("a b c", { target });
    expect(result.outputIds).toEqual([109, 110, 111, 112, 113]);
  });

  test("probabilities of long answers are tiny", async () => {
    const llm = new LLMAttribution(new FeatureAblation(dummyLlm()), characterTokenizer, { attrTarget: "prob" });
    const result = await llm.attribute(input(), { target });
    expect(result.value / 2.2206e-13).toBeCloseTo(1, 3);
    expect(result.unit).toBe("probability");
    for (const score of result.sequenceAttributions) expect(Math.abs(score)).toBeLessThan(1e-14);
  });
});

/** Every answer token gets 0.1, 0.2, 0.3 and 0.4 less where a, c, d and f are missing. */
function additiveLm() {
  return countingLm({
    logProbability: (_, before) =>
      -2 +
      ["a", "c", "d", "f"].reduce((sum, word, index) => sum + (before.includes(word.charCodeAt(0)) ? 0 : -(index + 1) / 10), 0),
  });
}

describe("published answers of the additive model", () => {
  const exact: [string, (lm: CausalLm) => GameMethod<CausalLm>][] = [
    ["FeatureAblation", (lm) => new FeatureAblation(lm)],
    ["ShapleyValues", (lm) => new ShapleyValues(lm)],
    ["ShapleyValueSampling", (lm) => new ShapleyValueSampling(lm)],
    ["KernelShap", (lm) => new KernelShap(lm)],
  ];
  test.each(exact)("%s", async (_, make) => {
    const llm = new LLMAttribution(make(additiveLm()), characterTokenizer);
    const result = await llm.attribute(new TextTemplateInput(template, { values }), { target });
    expectClose(result.sequenceAttributions, [0.5, 1, 1.5, 2], 1e-9);
    for (const row of result.tokenAttributions) expectClose(row, [0.1, 0.2, 0.3, 0.4], 1e-9);
  });

  test("Lime", async () => {
    const result = await new LLMAttribution(new Lime(additiveLm()), characterTokenizer).attribute(
      new TextTemplateInput(template, { values }),
      { target, regressor: { kind: "lasso", alpha: 0.001 } },
    );
    expectClose(result.sequenceAttributions, [0.4957, 0.9957, 1.4957, 1.9957], 2e-4);
  });
});

const words = fc.uniqueArray(fc.constantFrom("red", "blue", "kite", "ball", "Tom", "Sue", "has", "the"), {
  minLength: 1,
  maxLength: 5,
});
const answers = fc.array(fc.constantFrom(" yes", " no", " maybe"), { minLength: 1, maxLength: 3 });

/** Whatever both tokenizers of a property agree on: ids by first sight. */
async function explain<Options extends object>(
  make: (lm: CausalLm) => GameMethod<CausalLm, Options>,
  prompt: readonly string[],
  answer: readonly string[],
  options: { readonly attrTarget?: "log_prob" | "prob" | "logit" } = {},
): Promise<{ result: LLMAttributionResult; lm: ReturnType<typeof countingLm> }> {
  const lm = countingLm();
  const llm = new LLMAttribution<object>(make(lm), wordTokenizer(), options);
  return { result: await llm.attribute(prompt.join(" "), { target: answer.join("") }), lm };
}

describe("laws", () => {
  test.prop([words, answers])("the tokens' scores add up to the answer's, in nats and in logits", async (prompt, answer) => {
    for (const attrTarget of ["log_prob", "logit"] as const) {
      const { result } = await explain((lm) => new ShapleyValues(lm), prompt, answer, { attrTarget });
      expectClose(sumOfRows(result.tokenAttributions), [...result.sequenceAttributions], 1e-9);
      expect(result.tokenValues.reduce((sum, value) => sum + value, 0)).toBeCloseTo(result.value, 9);
    }
  });

  test.prop([words, answers])(
    "Shapley values add up to what the prompt changes, whatever is explained",
    async (prompt, answer) => {
      for (const attrTarget of ["log_prob", "prob", "logit"] as const) {
        const { result } = await explain((lm) => new ShapleyValues(lm), prompt, answer, { attrTarget });
        expect(Math.abs(result.delta!)).toBeLessThan(1e-9);
        result.tokenAttributions.forEach((row, token) => {
          const sum = row.reduce((total, score) => total + score, 0);
          expect(sum).toBeCloseTo(result.tokenValues[token]! - result.tokenBaseValues![token]!, 9);
        });
      }
    },
  );

  test.prop([words, answers])("probabilities are products of the tokens' probabilities", async (prompt, answer) => {
    const { result } = await explain((lm) => new FeatureAblation(lm), prompt, answer, { attrTarget: "prob" });
    expect(result.value).toBeCloseTo(
      result.tokenValues.reduce((product, value) => product * value, 1),
      12,
    );
    expectClose(result.tokenValues, [...result.logProbabilities.map(Math.exp)], 1e-12);
  });

  test.prop([words, answers])("leave-one-out scores features + 1 prompts, in one call, each once", async (prompt, answer) => {
    const { result, lm } = await explain((lm) => new FeatureAblation(lm), prompt, answer);
    expect(lm.requests).toHaveLength(prompt.length + 1);
    expect(lm.cost.calls).toBe(1);
    expect(result.evaluations).toBe(prompt.length + 1);
    expect(result.cost).toMatchObject({ calls: 1, rows: prompt.length + 1, prompts: prompt.length + 1 });
    expect(new Set(lm.requests.map(({ prefix }) => prefix.join(","))).size).toBe(lm.requests.length);
  });

  test.prop([words, fc.integer({ min: 0, max: 3 })])("the same seed gives the same result", async (prompt, seed) => {
    const run = async () => {
      const llm = new LLMAttribution(new ShapleyValueSampling(countingLm()), wordTokenizer());
      return await llm.attribute(prompt.join(" "), { target: " yes", samples: 3, seed });
    };
    expect(JSON.stringify(await run())).toBe(JSON.stringify(await run()));
  });

  test("a feature that never changes the prompt has the score 0 and costs nothing", async () => {
    const lm = countingLm();
    const input = new TextTemplateInput("{} {} {}", { values: ["red", "blue", "kite"], baselines: ["red", "x", "y"] });
    const result = await new LLMAttribution(new ShapleyValues(lm), wordTokenizer()).attribute(input, { target: " yes" });
    expect(result.sequenceAttributions[0]).toBeCloseTo(0, 12);
    expect(result.evaluations).toBe(8);
    expect(lm.requests).toHaveLength(4);
    expect(result.cost.prompts).toBe(4);
  });

  test("features of one group share its score, and the check sum counts it once", async () => {
    const input = new TextTemplateInput("{} {} {}", { values: ["red", "blue", "kite"], mask: [0, 1, 0] });
    const result = await new LLMAttribution(new ShapleyValues(countingLm()), wordTokenizer()).attribute(input, {
      target: " yes",
    });
    expect(result.sequenceAttributions[0]).toBe(result.sequenceAttributions[2]);
    expect(result.evaluations).toBe(4);
    expect(Math.abs(result.delta!)).toBeLessThan(1e-9);
  });

  test("drawn baselines are drawn once a coalition", async () => {
    const input = () =>
      new TextTemplateInput("{} {}", {
        values: ["red", "kite"],
        baselines: new ProductBaselines([
          ["blue", "green"],
          ["ball", "bat"],
        ]),
      });
    const run = () => new LLMAttribution(new ShapleyValues(countingLm()), wordTokenizer()).attribute(input(), { target: " yes" });
    const one = await run();
    expect(JSON.stringify(one)).toBe(JSON.stringify(await run()));
    expect(Math.abs(one.delta!)).toBeLessThan(1e-9);
  });

  test("more coalitions than are scored at a time change nothing but the number of calls", async () => {
    const lm = countingLm();
    const prompt = "one two three four five six seven eight nine";
    const result = await new LLMAttribution(new ShapleyValues(lm), wordTokenizer()).attribute(prompt, { target: " yes" });
    expect(lm.requests).toHaveLength(512);
    expect(lm.cost.calls).toBe(2);
    expect(Math.abs(result.delta!)).toBeLessThan(1e-9);
  });
});

describe("answers", () => {
  const tokenizer = wordTokenizer();
  const yes = tokenizer.encode(" yes no", { addSpecialTokens: false }).ids;

  test("as text and as ids are the same", async () => {
    const run = (answer: string | readonly number[]) =>
      new LLMAttribution(new FeatureAblation(countingLm()), tokenizer).attribute("red kite", { target: answer });
    expect(JSON.stringify(await run(" yes no"))).toBe(JSON.stringify(await run(yes)));
  });

  test("are generated where none is given, with the stop tokens and the length asked for", async () => {
    const lm = countingLm({ generated: [...yes, ...yes] });
    const llm = new LLMAttribution(new FeatureAblation(lm), tokenizer);
    expect((await llm.attribute("red kite", { generation: { maxNewTokens: 3 } })).outputTokens).toEqual([" yes", " no", " yes"]);
    expect((await llm.attribute("red kite", { generation: { stopTokens: [" no"] } })).outputTokens).toEqual([" yes"]);
    expect((await llm.attribute("red kite")).outputIds).toEqual([...yes, ...yes]);
  });

  test("lose their skipped tokens", async () => {
    const llm = new LLMAttribution(new FeatureAblation(countingLm()), tokenizer);
    expect((await llm.attribute("red kite", { target: " yes no", skipTokens: [" yes"] })).outputTokens).toEqual([" no"]);
  });

  test("that the tokenizer reads otherwise beside the prompt come with a warning", async () => {
    const llm = new LLMAttribution(new FeatureAblation(countingLm()), tokenizer);
    expect((await llm.attribute("red kite", { target: " yes" })).warnings).toEqual([]);
    const glued = await llm.attribute(new TextSegmentInput("red kite ", { by: "word" }), { target: "yes" });
    expect(glued.warnings.join()).toContain("reads prompt and answer together as other tokens than apart");
  });
});

describe("stopping", () => {
  test("an aborted signal ends the work between two model calls", async () => {
    const controller = new AbortController();
    let scored = 0;
    const lm = countingLm({
      onScore: () => {
        if (++scored === 3) controller.abort(new Error("enough"));
      },
    });
    const llm = new LLMAttribution(new ShapleyValues(lm), wordTokenizer());
    await expect(llm.attribute("one two three four", { target: " yes", signal: controller.signal })).rejects.toThrow("enough");
    expect(scored).toBeLessThan(16);
  });

  test("a signal that is aborted already asks the model nothing", async () => {
    const lm = countingLm();
    const llm = new LLMAttribution(new FeatureAblation(lm), wordTokenizer());
    await expect(llm.attribute("one", { target: " yes", signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
    expect(lm.requests).toHaveLength(0);
  });

  test("progress counts the coalitions", async () => {
    const seen: number[] = [];
    const llm = new LLMAttribution(new FeatureAblation(countingLm()), wordTokenizer());
    await llm.attribute("one two", { target: " yes", onProgress: ({ done, total }) => seen.push(done / total) });
    expect(seen.at(-1)).toBe(1);
  });

  test("sampled methods give results on the way, and the last is the whole", async () => {
    const llm = new LLMAttribution(new ShapleyValueSampling(countingLm()), wordTokenizer());
    const options = { target: " yes", samples: 4 };
    const results: LLMAttributionResult[] = [];
    for await (const result of llm.stream("one two three four five six", options)) results.push(result);
    expect(results.length).toBeGreaterThan(1);
    expect(results.at(-1)!.sequenceAttributions).toEqual(
      (await llm.attribute("one two three four five six", options)).sequenceAttributions,
    );
    expect(results.at(-1)!.sequenceStandardErrors).toHaveLength(6);
  });
});

test("occlusion leaves neighbouring features out together", async () => {
  const lm = countingLm();
  const tokenizer = wordTokenizer();
  const input = new TextSegmentInput("a b c d");
  const score = async (...left: readonly number[]): Promise<number> => {
    const prompt = input.prompt((player) => !left.includes(player));
    const text = prompt.kind === "text" ? prompt.text : "";
    for await (const { logProbabilities } of lm.score([
      { prefix: tokenizer.encode(text).ids, continuation: tokenizer.encode(" e", { addSpecialTokens: false }).ids },
    ]))
      return logProbabilities[0]!;
    return Number.NaN;
  };
  const [full, ...without] = [await score(), await score(0, 1), await score(1, 2), await score(2, 3)];
  const losses = without.map((value) => full - value);
  const llm = new LLMAttribution(new Occlusion(lm), tokenizer);
  const result = await llm.attribute(input, { target: " e", window: 2 });
  const means = [losses[0]!, (losses[0]! + losses[1]!) / 2, (losses[1]! + losses[2]!) / 2, losses[2]!];
  expectClose(result.sequenceAttributions, means, 1e-9);
  await expect(llm.attribute("a b c d", { target: " e", window: 5 })).rejects.toThrow(
    "window must be a whole number from 1 to the 4 features",
  );
});

describe("what cannot be used is refused in a sentence", () => {
  const lm = countingLm();
  const tokenizer = wordTokenizer();
  tokenizer.encode(" a");
  const llm = new LLMAttribution(new FeatureAblation(lm), tokenizer);
  const plain =
    (method: unknown, from: unknown = tokenizer) =>
    () =>
      // Plain JavaScript can hand over anything.
      new LLMAttribution(method as GameMethod<CausalLm>, from as typeof tokenizer);

  test.each<[string, () => unknown, string]>([
    ["a function", plain(() => 0), "made over a model"],
    ["the class", plain(FeatureAblation), "the function or class FeatureAblation"],
    ["the model itself", plain(lm), "got the model itself: new LLMAttribution(new FeatureAblation(model), tokenizer)"],
    ["nothing", plain(undefined), "got nothing"],
    [
      "a method of batches",
      plain({ name: "FeaturePermutation" }),
      "LLMAttribution cannot use FeaturePermutation: it exchanges values between the examples of a batch, and a prompt is one example",
    ],
    ["a method of gradients", plain({ name: "Saliency", attribute() {} }), "use a perturbation method"],
    ["a method over a function", plain({ name: "FeatureAblation", model: () => 0, estimate() {} }), "got a function"],
    [
      "a method over a session",
      plain({ name: "FeatureAblation", model: { run() {}, inputNames: ["input_ids"] }, estimate() {} }),
      "got a session of onnxruntime",
    ],
    [
      "a method over a plain model",
      plain({ name: "FeatureAblation", model: { run() {}, inputs: [], outputs: [], backend: {} }, estimate() {} }),
      "modelCausalLm(model, layout)",
    ],
    ["no tokenizer", plain(new FeatureAblation(lm), null), "the tokenizer must be one of ours"],
    [
      "another target",
      () => new LLMAttribution(new FeatureAblation(lm), tokenizer, { attrTarget: "odds" as never }),
      "attrTarget must be one of log_prob, prob, logit",
    ],
  ])("%s", (_, make, sentence) => {
    expect(make).toThrow(sentence);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ["an answer without tokens", () => llm.attribute("red", { target: "" }), "the target has no token"],
    [
      "an answer that is all skipped",
      () => llm.attribute("red", { target: " a", skipTokens: [" a"] }),
      "skipTokens leaves no token",
    ],
    [
      "ids of another model",
      () => llm.attribute("red", { target: [512] }),
      "token 512 of the target is outside the model's vocabulary of 512",
    ],
    ["a target and how to generate it", () => llm.attribute("red", { target: " a", generation: {} }), "leave one of the two out"],
    ["an answer that ends at once", () => llm.attribute("red"), "ended its answer before the first token"],
    ["a prompt that is none", () => llm.attribute(7 as never, { target: " a" }), "input must be a text or an input"],
    [
      "a prompt of another tokenizer",
      () =>
        new LLMAttribution(new FeatureAblation(countingLm({ vocabularySize: 5 })), tokenizer).attribute("w x y z", {
          target: " a",
        }),
      "is outside the model's vocabulary of 5: the tokenizer (512 tokens) belongs to another model",
    ],
    [
      "more text than the model reads",
      () =>
        new LLMAttribution(new FeatureAblation(countingLm({ contextLength: 3 })), tokenizer).attribute("a b c", { target: " a" }),
      "a prompt of 4 tokens and an answer of 1 are longer than the model's context of 3",
    ],
    [
      "an empty prompt where no BOS stands",
      () => new LLMAttribution(new FeatureAblation(countingLm()), wordTokenizer({ bos: false })).attribute("a", { target: " a" }),
      "has no token left, and the tokenizer has no BOS token",
    ],
  ])("%s", async (_, attribute, sentence) => {
    await expect(attribute()).rejects.toThrow(sentence);
  });
});

describe("rankFeatures", () => {
  test("metrics of a result are over the game it is of: features go strongest first, no prompt is scored twice", async () => {
    const lm = countingLm();
    const llm = new LLMAttribution(new FeatureAblation(lm), wordTokenizer());
    const input = new TextTemplateInput("{} {} {} {}", { values: ["Tom", "has", "a", "kite"], mask: [0, 1, 1, 2] });
    const result = await llm.attribute(input, { target: " Tom" });
    const ranked = llm.rankFeatures(input, result);
    const [first, second, third] = [0, 1, 3].sort((a, b) => result.sequenceAttributions[b]! - result.sequenceAttributions[a]!);
    expect([...ranked.order]).toEqual([first, second, third].map((feature) => input.playerOf[feature!]));
    const { values, evaluations, method } = await deletionCurve(ranked);
    expect(values[0]![0]).toBe(result.value);
    // One feature taken away is what ablation measured.
    expect(values[0]![0]! - values[0]![1]!).toBeCloseTo(result.sequenceAttributions[first!]!, 12);
    expect(evaluations).toMatchObject({ coalitions: 4, rows: 4 });
    expect(method).toBe("FeatureAblation");
    expect((await insertionCurve(ranked)).evaluations).toMatchObject({ coalitions: 2, rows: 2 });
    expect(() => llm.rankFeatures("Tom has", result)).toThrow("the result is of 4 features, and the input has 2");
    expect(() => llm.rankFeatures("Tom has a kite", result)).toThrow("groups them otherwise");
  });
});
