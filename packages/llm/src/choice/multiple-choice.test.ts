import {
  comprehensiveness,
  type Explainable,
  FeatureAblation,
  functionModel,
  type GameMethod,
  type HostTensor,
  KernelShap,
  Lime,
  type Model,
  ShapleyValueSampling,
  ShapleyValues,
} from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { countingLm } from "../attribution/counting-lm.fixture.ts";
import { TextSegmentInput } from "../inputs/text-segment-input.ts";
import { TextTokenInput } from "../inputs/text-token-input.ts";
import { wordTokenizer } from "../inputs/word-tokenizer.fixture.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { MultipleChoice } from "./multiple-choice.ts";
import { MultipleChoiceResult } from "./multiple-choice-result.ts";

const prompt = "Tom has a red kite. Sue has a ball.";
const options = ["the kite", "the ball", "a house of stone"];

/** A number in [-2, 2) made of numbers. */
function mixed(numbers: Iterable<number>): number {
  let state = 17;
  for (const number of numbers) state = Math.imul(state ^ (number + 7), 0x01000193);
  state ^= state >>> 13;
  return (((Math.imul(state, 0x5bd1e995) >>> 0) / 2 ** 32) * 4 - 2) as number;
}

interface Encoder {
  readonly model: Model;
  /** Every batch it was fed: ids, type ids and mask, `[n, options, length]`. */
  readonly calls: { readonly ids: number[][][]; readonly types: number[][][]; readonly mask: number[][][] }[];
}

/** An encoder whose logit of an option depends on all tokens that the mask shows, and on which text they belong to. */
function encoder({ maxBatchSize = 8, dtype = "int64" as "int64" | "int32" | "float32" } = {}): Encoder {
  const calls: Encoder["calls"] = [];
  const nested = (tensor: HostTensor): number[][][] => {
    const [n, choices, length] = tensor.shape as [number, number, number];
    return Array.from({ length: n }, (_, i) =>
      Array.from({ length: choices }, (__, j) =>
        Array.from({ length }, (___, k) => Number(tensor.data[(i * choices + j) * length + k]!)),
      ),
    );
  };
  const shape = ["n", "choices", "length"];
  const model = functionModel(
    ({ input_ids, token_type_ids, attention_mask }) => {
      const call = { ids: nested(input_ids!), types: nested(token_type_ids!), mask: nested(attention_mask!) };
      calls.push(call);
      return call.ids.map((rows, i) =>
        rows.map((ids, j) => {
          const kept = ids.flatMap((id, k) => (call.mask[i]![j]![k] === 1 ? [id, call.types[i]![j]![k]!] : []));
          return mixed(kept);
        }),
      );
    },
    {
      inputs: ["input_ids", "token_type_ids", "attention_mask"].map((name) => ({ name, shape, dtype })),
      maxBatchSize,
    },
  );
  return { model, calls };
}

const methods: [string, (model: Explainable) => GameMethod<Explainable>][] = [
  ["FeatureAblation", (model) => new FeatureAblation(model)],
  ["ShapleyValues", (model) => new ShapleyValues(model)],
  ["ShapleyValueSampling", (model) => new ShapleyValueSampling(model)],
  ["KernelShap", (model) => new KernelShap(model)],
  ["Lime", (model) => new Lime(model)],
];

describe.each(methods)("%s", (name, make) => {
  const models: [string, () => Explainable][] = [
    ["causal language models", () => countingLm()],
    ["encoders", () => encoder().model],
  ];
  test.each(models)("gives a number for every option and segment of %s", async (_, model) => {
    const result = await new MultipleChoice(make(model()), wordTokenizer()).attribute({ prompt, options });
    expect(result.segments).toEqual(["Tom", "has", "a", "red", "kite", "Sue", "has", "a", "ball"]);
    expect(result.attributions).toHaveLength(3);
    for (const row of result.attributions) expect(row).toHaveLength(9);
    expect(result.probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(result.scores.map(Math.exp)).toEqual(result.probabilities);
    expect(result.chosen).toBe(result.scores.indexOf(Math.max(...result.scores)));
    if (name !== "FeatureAblation" && name !== "Lime")
      for (const delta of result.delta!) expect(Math.abs(delta)).toBeLessThan(1e-9);
  });
});

describe("causal language models", () => {
  test("score the options after the same prompts, each distinct prompt once", async () => {
    const lm = countingLm();
    const tokenizer = wordTokenizer();
    const result = await new MultipleChoice(new FeatureAblation(lm), tokenizer).attribute({ prompt, options });
    expect(lm.requests).toHaveLength(10 * 3);
    expect(lm.cost.calls).toBe(1);
    expect(result.cost).toMatchObject({ calls: 1, rows: 30, prompts: 10 });
    const shown = new Set(lm.requests.map(({ continuation }) => tokenizer.decode(continuation).text));
    expect(shown).toEqual(new Set([" the kite", " the ball", " a house of stone"]));
  });

  test("letters are scored after the list of the options", async () => {
    const lm = countingLm();
    const tokenizer = wordTokenizer();
    const choice = new MultipleChoice(new FeatureAblation(lm), tokenizer, { format: { answers: "letters" } });
    const result = await choice.attribute({ prompt: "Who has it?", options });
    const text = tokenizer.decode([...lm.requests[1]!.prefix, ...lm.requests[1]!.continuation].slice(1)).text;
    expect(text).toBe("Who has it?\nA) the kite\nB) the ball\nC) a house of stone\nAnswer: B");
    // The list always stays.
    for (const { prefix } of lm.requests) expect(tokenizer.decode(prefix).text).toContain("\nA) the kite\nB) the ball");
    expect(result.options).toEqual(options);
    expect(result.pieces.map((piece) => piece.text).join("")).toBe("Who has it?");
  });

  test("the format is written out as asked", async () => {
    const lm = countingLm();
    const tokenizer = wordTokenizer();
    const format = { between: "\nAnswer:", answer: " It is {option}.", letters: ["x", "y", "z"] };
    await new MultipleChoice(new FeatureAblation(lm), tokenizer, { format }).attribute({ prompt: "Who?", options });
    const { prefix, continuation } = lm.requests[0]!;
    expect(tokenizer.decode([...prefix, ...continuation].slice(1)).text).toBe("Who?\nAnswer: It is the kite.");
  });

  test("scores are divided by tokens or characters when asked to", async () => {
    const raw = async (normalize: "none" | "tokens" | "characters") =>
      (await new MultipleChoice(new FeatureAblation(countingLm()), wordTokenizer(), { normalize }).attribute({ prompt, options }))
        .rawScores;
    const [none, tokens, characters] = [await raw("none"), await raw("tokens"), await raw("characters")];
    const lengths = { tokens: [2, 2, 4], characters: [8, 8, 16] };
    none.forEach((score, option) => {
      expect(tokens[option]! * lengths.tokens[option]!).toBeCloseTo(score, 9);
      expect(characters[option]! * lengths.characters[option]!).toBeCloseTo(score, 9);
    });
  });

  test("with raw scores an option's row is that of the answer alone", async () => {
    const choice = new MultipleChoice(new ShapleyValues(countingLm()), wordTokenizer(), { score: "logit" });
    const result = await choice.attribute({ prompt: "Who has it", options });
    expect(result.scores).toEqual(result.rawScores);
    expect(result.unit).toBe("nats");
    for (const delta of result.delta!) expect(Math.abs(delta)).toBeLessThan(1e-9);
  });

  test("prompts of token ids are followed by the same answers", async () => {
    const tokenizer = wordTokenizer();
    const lm = countingLm();
    const input = new TextTokenInput("Who has it", tokenizer, { baseline: "<mask>" });
    const result = await new MultipleChoice(new FeatureAblation(lm), tokenizer).attribute({ prompt: input, options });
    expect(lm.requests[0]!.prefix).toEqual(tokenizer.encode("Who has it").ids);
    expect(lm.requests.every(({ prefix }) => prefix.length === 4)).toBe(true);
    expect(result.segments).toEqual(["Who", " has", " it"]);
  });
});

describe("encoders", () => {
  const tokenizer = (): Tokenizer => wordTokenizer();

  test("read prompt and option as a pair, padded and masked, one row an option", async () => {
    const { model, calls } = encoder();
    const words = tokenizer();
    await new MultipleChoice(new FeatureAblation(model), words).attribute({ prompt: "Who has it?", options });
    const [question] = calls[0]!.ids;
    const expected = options.map((option) => words.encode("Who has it?", { pair: option }));
    const length = Math.max(...expected.map(({ ids }) => ids.length));
    expected.forEach(({ ids, typeIds }, option) => {
      const padding = new Array<number>(length - ids.length).fill(0);
      expect(question![option]).toEqual([...ids, ...padding]);
      expect(calls[0]!.types[0]![option]).toEqual([...typeIds, ...padding]);
      expect(calls[0]!.mask[0]![option]).toEqual([...ids.map(() => 1), ...padding]);
    });
  });

  test("a segment is taken away in all options at once", async () => {
    const { model, calls } = encoder();
    const words = tokenizer();
    const input = new TextSegmentInput("Who has it?", { baseline: { token: "<mask>", tokenizer: words } });
    await new MultipleChoice(new FeatureAblation(model), words).attribute({ prompt: input, options });
    const questions = calls.flatMap(({ ids }) => ids);
    expect(questions).toHaveLength(4);
    questions.slice(1).forEach((rows, segment) => {
      for (const row of rows) {
        expect(row.filter((id) => id === 3)).toHaveLength(1);
        expect(row[1 + segment]).toBe(3);
      }
    });
  });

  test.prop([fc.integer({ min: 1, max: 9 }), fc.constantFrom("int64" as const, "int32" as const, "float32" as const)])(
    "the batch size changes the number of calls and nothing else",
    async (maxBatchSize, dtype) => {
      const small = encoder({ maxBatchSize, dtype });
      const run = (model: Model) => new MultipleChoice(new FeatureAblation(model), tokenizer()).attribute({ prompt, options });
      const result = await run(small.model);
      const large = await run(encoder({ maxBatchSize: 64 }).model);
      expect(small.calls).toHaveLength(Math.ceil(10 / maxBatchSize));
      expect(result.cost).toMatchObject({ calls: small.calls.length, rows: 10, prompts: 10 });
      expect(result.attributions).toEqual(large.attributions);
    },
  );

  test("a question that comes out the same is asked once", async () => {
    const { model, calls } = encoder();
    const input = new TextSegmentInput("red blue", { baseline: "red" });
    await new MultipleChoice(new ShapleyValues(model), tokenizer()).attribute({ prompt: input, options });
    expect(calls.flatMap(({ ids }) => ids)).toHaveLength(2);
  });

  test("models that do not fit are refused in a sentence", async () => {
    const ask = (model: Model, prompts: string | TextTokenInput = prompt) =>
      new MultipleChoice(new FeatureAblation(model), tokenizer()).attribute({ prompt: prompts, options });
    const model = (names: readonly string[], shape?: (number | string)[], width = 3) =>
      functionModel(
        (inputs) => Array.from({ length: Object.values(inputs)[0]!.shape[0]! }, () => new Array<number>(width).fill(0)),
        { inputs: names.map((name) => ({ name, shape })) },
      );
    await expect(ask(model(["ids"]))).rejects.toThrow('does not know what to feed "ids"');
    await expect(ask(model(["attention_mask"]))).rejects.toThrow("the model has no input input_ids");
    await expect(ask(model(["input_ids"], ["n", "length"]))).rejects.toThrow('"input_ids" must be [n, options, length]');
    await expect(ask(model(["input_ids"], ["n", 4, "length"]))).rejects.toThrow("the model takes 4 options, got 3");
    await expect(ask(model(["input_ids"], ["n", 3, 8]))).rejects.toThrow("tokens, the model takes 8");
    await expect(ask(model(["input_ids"], undefined, 2))).rejects.toThrow("must be [n, options] = [10, 3]");
  });

  test("a question longer than the context is refused before the model is asked, and one as long is not", async () => {
    const { model, calls } = encoder();
    const ask = (contextLength: number) =>
      new MultipleChoice(new FeatureAblation(model), tokenizer(), { contextLength }).attribute({ prompt, options });
    await ask(1000);
    const longest = Math.max(...calls.flatMap(({ mask }) => mask.flat().map((row) => row.filter((kept) => kept === 1).length)));
    calls.length = 0;
    await expect(ask(longest - 1)).rejects.toThrow(`prompt and option are ${longest} tokens, the model takes ${longest - 1}`);
    expect(calls).toEqual([]);
    await ask(longest);
    expect(calls.length).toBeGreaterThan(0);
  });

  test("their inputs may have other names, and fewer", async () => {
    const seen: number[] = [];
    const model = functionModel(
      ({ tokens }) => {
        seen.push(tokens!.shape[0]!);
        return Array.from({ length: tokens!.shape[0]! }, (_, row) => [row, 1, 2]);
      },
      { inputs: ["tokens"] },
    );
    await new MultipleChoice(new FeatureAblation(model), tokenizer(), { inputs: { ids: "tokens" } }).attribute({
      prompt,
      options,
    });
    expect(seen).toEqual([10]);
  });
});

describe("MultipleChoiceResult", () => {
  const result = () =>
    new MultipleChoice(new ShapleyValues(countingLm()), wordTokenizer()).attribute({ prompt: "Who has it", options });

  test("why one and not another is the difference of two rows", async () => {
    const choice = await result();
    const contrast = choice.contrast(2, 0);
    contrast.attributions.forEach((score, segment) => {
      expect(score).toBe(choice.attributions[2]![segment]! - choice.attributions[0]![segment]!);
    });
    expect(contrast.value).toBe(choice.scores[2]! - choice.scores[0]!);
    const sum = contrast.attributions.reduce((total, score) => total + score, 0);
    expect(sum).toBeCloseTo(contrast.value! - contrast.baseValue!, 9);
    const document = contrast.toDocument();
    expect(document.title).toBe('Why "a house of stone" and not "the kite"');
    expect(document.rows.map(({ label }) => label.replace(" (chosen)", ""))).toEqual([
      "a house of stone and not the kite",
      "a house of stone",
      "the kite",
    ]);
    expect(document.rows[0]!.primary).toBe(true);
  });

  test("a contrast does not depend on whether options are normalised to probabilities", async () => {
    const raw = await new MultipleChoice(new ShapleyValues(countingLm()), wordTokenizer(), { score: "logit" }).attribute({
      prompt: "Who has it",
      options,
    });
    const shares = (await result()).contrast(0, 1).attributions;
    raw.contrast(0, 1).attributions.forEach((score, segment) => {
      expect(score).toBeCloseTo(shares[segment]!, 9);
    });
  });

  test("documents say which option they explain", async () => {
    const choice = await result();
    const chosen = choice.options[choice.chosen]!;
    expect(choice.toDocument()).toMatchObject({
      title: `Why the model chooses ${JSON.stringify(chosen)}`,
      explained: `the log-probability of option ${JSON.stringify(chosen)}`,
      rowKind: "option",
    });
    const other = (choice.chosen + 1) % 3;
    const explanation = choice.explain(other);
    expect(explanation.toDocument().title).toBe(
      `What speaks for ${JSON.stringify(choice.options[other])} (the model chooses ${JSON.stringify(chosen)})`,
    );
    expect(explanation.toDocument().rows.map(({ primary }) => primary)).toEqual([0, 1, 2].map((option) => option === other));
    expect(explanation.toAnsi({ color: false })).toContain(`option "${choice.options[other]}"`);
    expect(explanation.toHtml()).toContain("</html>");
    expect(explanation.toSvg()).toContain("</svg>");
    expect(() => choice.explain(3)).toThrow("option 3 is outside the 3 options (0 to 2)");
    expect(() => choice.contrast(0, -1)).toThrow("against -1 is outside the 3 options");
  });

  test("what is saved loads back", async () => {
    const sampled = await new MultipleChoice(new ShapleyValueSampling(encoder().model), wordTokenizer()).attribute(
      { prompt: "Who has it", options },
      { samples: 3 },
    );
    for (const choice of [await result(), sampled])
      expect({ ...MultipleChoiceResult.fromJSON(JSON.stringify(choice)) }).toEqual({ ...choice });
    expect(() => MultipleChoiceResult.fromJSON({ schema: "attr.llm/1" })).toThrow('must have the schema "attr.choice/1"');
  });
});

describe("what cannot be used is refused in a sentence", () => {
  const choice = new MultipleChoice(new FeatureAblation(countingLm()), wordTokenizer());

  test("questions", async () => {
    await expect(choice.attribute({ prompt, options: ["one"] })).rejects.toThrow("options must be at least two texts, got 1");
    await expect(choice.attribute({ prompt, options: ["one", 2 as never] })).rejects.toThrow(
      "options[1] must be a string, got number",
    );
    await expect(choice.attribute("why?" as never)).rejects.toThrow("attribute takes a question: { prompt, options }");
    await expect(choice.attribute({ prompt, options: ["one", ""] }, {})).resolves.toBeDefined();
  });

  test("settings", () => {
    const make =
      (settings: object, model: Explainable = countingLm()) =>
      () =>
        new MultipleChoice(new FeatureAblation(model), wordTokenizer(), settings);
    expect(make({ score: "odds" })).toThrow("score must be one of log_prob, logit");
    expect(make({ normalize: "words" })).toThrow('normalize must be "none", "tokens" or "characters"');
    expect(make({ inputs: {} })).toThrow("inputs is for encoders");
    expect(make({ contextLength: 9 })).toThrow("contextLength is for encoders");
    for (const contextLength of [0, 1.5, Number.NaN])
      expect(make({ contextLength }, encoder().model)).toThrow("contextLength must be a whole number of at least 1");
    expect(make({ format: {} }, encoder().model)).toThrow("format is for causal language models");
    expect(() => new MultipleChoice((() => 0) as never, wordTokenizer())).toThrow("method must be an attribution method");
  });

  test("formats", async () => {
    const ask = (format: object) =>
      new MultipleChoice(new FeatureAblation(countingLm()), wordTokenizer(), { format }).attribute({ prompt, options });
    await expect(ask({ answers: "numbers" })).rejects.toThrow('format.answers must be "continuation" or "letters"');
    await expect(ask({ letters: ["a"] })).rejects.toThrow("format.letters must hold one letter an option: 3 options, got 1");
    await expect(ask({ letters: ["a", "a", "b"] })).rejects.toThrow("format.letters must differ");
    await expect(ask({ answer: "{options}" })).rejects.toThrow("format.answer has no field {options}");
  });

  test("an aborted signal stops the work", async () => {
    for (const model of [countingLm(), encoder().model])
      await expect(
        new MultipleChoice(new FeatureAblation<Explainable>(model), wordTokenizer()).attribute(
          { prompt, options },
          { signal: AbortSignal.abort(new Error("enough")) },
        ),
      ).rejects.toThrow("enough");
  });
});

test("metrics of a result are over the question's game, for the option chosen or another", async () => {
  const choice = new MultipleChoice(new ShapleyValues(countingLm()), wordTokenizer());
  const question = { prompt: "Who has it", options };
  const result = await choice.attribute(question);
  for (const option of [undefined, 0, 2]) {
    const of = option ?? result.chosen;
    const { values, score } = await comprehensiveness(choice.rankFeatures(question, result, { option }), { shares: [1] });
    // Without any feature it falls by what all of them add.
    expect(values[0]![0]).toBeCloseTo(
      result.attributions[of]!.reduce((sum, value) => sum + value, 0),
      9,
    );
    expect(score).toEqual([values[0]![0]]);
  }
  expect(() => choice.rankFeatures(question, result, { option: 3 })).toThrow("option 3 is outside the 3 options of the question");
  expect(() => choice.rankFeatures({ prompt: "Who has it", options: ["a", "b"] }, result)).toThrow("other options");
});
