import {
  type CausalLm,
  FeatureAblation,
  type GameMethod,
  InvalidArgumentError,
  KernelShap,
  Lime,
  ShapleyValueSampling,
  ShapleyValues,
  tensor,
} from "@attr/core";
import {
  type InterpretableInput,
  LLMAttribution,
  type LLMAttributionResult,
  TextTemplateInput,
  TextTokenInput,
  type Tokenizer,
} from "@attr/llm";
import type { CaseFolder } from "../case-folder.ts";
import type { Case, LanguageModelQuestion } from "../format/case.ts";
import type { Answer } from "./method.ts";
import { type SamplingOptions, samplingOptions } from "./options.ts";

/** The methods that can be asked about a language model. A new one is an entry here. */
export const languageMethods: Readonly<Record<string, (model: CausalLm) => GameMethod<CausalLm, SamplingOptions>>> = {
  FeatureAblation: (model) => new FeatureAblation(model),
  ShapleyValues: (model) => new ShapleyValues(model),
  ShapleyValueSampling: (model) => new ShapleyValueSampling(model),
  KernelShap: (model) => new KernelShap(model),
  Lime: (model) => new Lime(model),
};

/** The effect of every feature of a prompt on the answer: `seq` on the whole of it, `token` on each of its tokens. */
export async function askLanguageModel(one: Case, folder: CaseFolder): Promise<Answer> {
  const question = one.llm;
  if (question === undefined) throw new InvalidArgumentError("llm is missing");
  const { model, tokenizer } = await folder.languageModel();
  const method = languageMethods[one.method]!(model); // the registry has looked
  const attribution = new LLMAttribution(method, tokenizer, { attrTarget: question.attrTarget });
  const result = await attribution.attribute(promptOf(question, tokenizer), {
    ...samplingOptions({ ...one.options, ...question.options }),
    target: question.target,
  });
  return answerOf(result);
}

/** A result as the cases write it. */
export function answerOf(result: LLMAttributionResult): Answer {
  return {
    values: {
      seq: tensor([...result.sequenceAttributions], "float64"),
      token: tensor(
        result.tokenAttributions.map((row) => [...row]),
        "float64",
      ),
    },
    // Where the spaces between words belong to the labels is each tokenizer's own.
    inputTokens: result.inputTokens.map((label) => label.trim()),
    outputTokens: result.outputTokens.map((label) => label.trim()),
  };
}

export function promptOf({ input }: LanguageModelQuestion, tokenizer: Tokenizer): InterpretableInput {
  if (input.kind === "text-token")
    return new TextTokenInput(input.text, tokenizer, {
      baseline: input.baseline,
      skipTokens: input.skipTokens,
      includeSpecialTokens: true, // every token is a feature that the case does not skip
    });
  const { template, values, baselines, mask } = input;
  return new TextTemplateInput(template, { values, baselines, mask });
}
