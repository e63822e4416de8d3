import type { OnnxCausalLm } from "@attr/backend-onnx";
import { fromEmbedding } from "@attr/core";
import {
  type AttrTarget,
  type LLMAttributeOptions,
  LLMAttribution,
  type LLMAttributionResult,
  LLMGradientAttribution,
  type Tokenizer,
} from "@attr/llm";
import { type Arguments, UsageError } from "./arguments.ts";
import { type GradientMethodName, gradientMethod, gradientMethodNames, isGradientMethod } from "./gradient-methods.ts";
import { methodNames } from "./methods.ts";
import { chosenInput, chosenMethod, tokenInput, units } from "./shared-options.ts";

/** A prompt, and the model whose answer to it is explained. */
export interface TextToExplain {
  readonly given: Arguments;
  readonly prompt: string;
  readonly model: OnnxCausalLm;
  readonly tokenizer: Tokenizer;
  readonly attrTarget: AttrTarget;
}

/** Explains an answer by the method asked for: one that takes words away, or one that differentiates at the tokens' embeddings. */
export async function explainText(text: TextToExplain, options: LLMAttributeOptions): Promise<LLMAttributionResult> {
  const { given, prompt, model, tokenizer, attrTarget } = text;
  const name = given.choice("method", [...methodNames, ...gradientMethodNames], "feature-ablation");
  if (isGradientMethod(name)) return await explainByGradients(name, text, options);
  if (given.typed("steps")) throw new UsageError(`--steps is for integrated-gradients; ${name} follows no path`);
  const { method, options: methodOptions } = chosenMethod(given, model);
  const input = chosenInput(given, prompt, tokenizer);
  return await new LLMAttribution(method, tokenizer, { attrTarget }).attribute(input, { ...methodOptions, ...options });
}

async function explainByGradients(
  name: GradientMethodName,
  { given, prompt, model, tokenizer, attrTarget }: TextToExplain,
  options: LLMAttributeOptions,
): Promise<LLMAttributionResult> {
  const { create, options: known } = gradientMethod(name);
  if (attrTarget === "prob") throw new UsageError(`${name} explains log_prob or logit, not prob`);
  if (given.typed("by") && given.choice("by", units, "token") !== "token")
    throw new UsageError(`${name} explains tokens: leave --by out`);
  const methodOptions: Record<string, number> = {};
  for (const option of ["steps", "samples", "seed"] as const) {
    const value = given.number(option);
    if (value === undefined) continue;
    if (known.includes(option)) methodOptions[option] = value;
    else if (option !== "seed" && given.typed(option)) throw new UsageError(`--${option} is for other methods; ${name} has none`);
  }
  const llm = new LLMGradientAttribution(create(fromEmbedding(model, { attrTarget })), tokenizer);
  return await llm.attribute(tokenInput(given, prompt, tokenizer), { ...methodOptions, ...options });
}
