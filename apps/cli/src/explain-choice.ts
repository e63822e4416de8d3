import type { WorkOptions } from "@attr/core";
import { MultipleChoice, type MultipleChoiceResult } from "@attr/llm";
import { type Arguments, UsageError } from "./arguments.ts";
import type { ChoiceModel } from "./open-model.ts";
import { chosenInput, chosenMethod } from "./shared-options.ts";

export const choiceScores = ["log_prob", "logit"] as const;
export const choiceAnswers = ["continuation", "letters"] as const;
export const choiceNormalizations = ["none", "tokens", "characters"] as const;

/** A question, and the model that picks one of its options. */
export interface ChoiceToExplain extends ChoiceModel {
  readonly given: Arguments;
  readonly prompt: string;
  readonly options: readonly string[];
}

/** Explains what spoke for and against every option. */
export async function explainChoice(
  { given, prompt, options, model, tokenizer, kind, contextLength }: ChoiceToExplain,
  work: WorkOptions,
): Promise<MultipleChoiceResult> {
  if (kind === "encoder" && (given.typed("answers") || given.typed("normalize")))
    throw new UsageError("--answers and --normalize are for language models; this model is an encoder");
  const causal = kind === "causal" && {
    format: { answers: given.choice("answers", choiceAnswers, "continuation") },
    normalize: given.choice("normalize", choiceNormalizations, "none"),
  };
  const { method, options: methodOptions } = chosenMethod(given, model);
  const score = given.choice("score", choiceScores, "log_prob");
  const task = new MultipleChoice(method, tokenizer, { score, contextLength, ...causal });
  return await task.attribute({ prompt: chosenInput(given, prompt, tokenizer), options }, { ...methodOptions, ...work });
}

/** The options of a question. @throws UsageError for fewer than two, and for two that are the same. */
export function choiceOptions(given: Arguments): readonly string[] {
  const options = given.texts("option");
  if (options.length < 2) throw new UsageError(`--option is needed at least twice, got ${options.length}`);
  const twice = options.find((option, at) => options.indexOf(option) !== at);
  if (twice !== undefined) throw new UsageError(`--option ${JSON.stringify(twice)} is given twice`);
  return options;
}

/** An option by its number from 1, or by its text. @throws UsageError where it is neither. */
export function optionIndex(text: string | undefined, name: string, options: readonly string[]): number | undefined {
  if (text === undefined) return undefined;
  const byText = options.indexOf(text);
  if (byText >= 0) return byText;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= options.length) return number - 1;
  throw new UsageError(`--${name} takes the number of an option (1 to ${options.length}) or its text, got "${text}"`);
}
