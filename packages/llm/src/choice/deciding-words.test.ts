import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { OnnxCausalLm, OnnxModel } from "@attr/backend-onnx";
import { FeatureAblation } from "@attr/core";
import { expect, test } from "vitest";
import { LLMAttribution } from "../attribution/llm-attribution.ts";
import { TextSegmentInput } from "../inputs/text-segment-input.ts";
import { loadTokenizer } from "../tokenizer/load-tokenizer.ts";
import { MultipleChoice } from "./multiple-choice.ts";

interface DecidingWord {
  readonly start: number;
  readonly end: number;
}

interface GeneratedQuestion {
  readonly prompt: string;
  readonly choicePrompt: string;
  readonly options: readonly string[];
  readonly answer: number;
  readonly deciding: readonly DecidingWord[];
  readonly decidingChoice: readonly DecidingWord[];
}

const models = new URL("../../../../models/", import.meta.url);

/** The first questions of those neither model has seen. */
function questions(count: number): readonly GeneratedQuestion[] {
  const file: { readonly questions: readonly GeneratedQuestion[] } = JSON.parse(
    readFileSync(new URL("questions.json", models), "utf8"),
  );
  expect(file.questions.length).toBeGreaterThanOrEqual(count);
  return file.questions.slice(0, count);
}

/** Whether the segment with the highest score overlaps a deciding word. */
function topIsDeciding(input: TextSegmentInput, scores: Float64Array, deciding: readonly DecidingWord[]): boolean {
  const [start, end] = input.layout.spans[scores.indexOf(Math.max(...scores))]!;
  return deciding.some((word) => start < word.end && word.start < end);
}

const file = (name: string): string => fileURLToPath(new URL(name, models));

// Weights are in the repository; a checkout without them can still run all other tests.
const trained = (name: string): boolean => existsSync(file(`${name}/onnx/model.onnx`));

test.skipIf(!trained("tales-lm"))(
  "the word that matters most to tales-lm decides the answer, in nine of ten questions",
  { timeout: 300_000 },
  async () => {
    const tokenizer = await loadTokenizer(file("tales-lm"));
    await using lm = await OnnxCausalLm.load(file("tales-lm"));
    const llm = new LLMAttribution(new FeatureAblation(lm), tokenizer);
    let hits = 0;
    for (const { prompt, options, answer, deciding } of questions(200)) {
      const input = new TextSegmentInput(prompt, { withSpace: true });
      const result = await llm.attribute(input, { target: ` ${options[answer]}` });
      if (topIsDeciding(input, result.sequenceAttributions, deciding)) hits++;
    }
    expect(hits).toBeGreaterThanOrEqual(180);
  },
);

test.skipIf(!trained("tales-choice"))(
  "the word that matters most to tales-choice decides the answer, in nine of ten questions",
  { timeout: 300_000 },
  async () => {
    const tokenizer = await loadTokenizer(file("tales-choice"));
    // Threads that wait for each other cost more than they give on a model this small.
    await using model = await OnnxModel.load(file("tales-choice/onnx/model.onnx"), { session: { intraOpNumThreads: 1 } });
    const choice = new MultipleChoice(new FeatureAblation(model), tokenizer);
    let hits = 0;
    for (const { choicePrompt, options, answer, decidingChoice } of questions(200)) {
      const input = new TextSegmentInput(choicePrompt, { baseline: { token: "<mask>", tokenizer } });
      const result = await choice.attribute({ prompt: input, options });
      if (topIsDeciding(input, result.attributions[answer]!, decidingChoice)) hits++;
    }
    expect(hits).toBeGreaterThanOrEqual(180);
  },
);
