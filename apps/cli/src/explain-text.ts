import type { OnnxCausalLm } from "@attr/backend-onnx";
import { fromEmbedding, type WorkOptions } from "@attr/core";
import { methodNamed } from "@attr/core/catalogue";
import {
  type AttrTarget,
  type LLMAttributeOptions,
  LLMAttribution,
  type LLMAttributionResult,
  LLMGradientAttribution,
  type Tokenizer,
} from "@attr/llm";
import { type Arguments, UsageError } from "./arguments.ts";
import { createGradientMethod, type GradientMethodName, gradientMethodNames, isGradientMethod, methodNames } from "./methods.ts";
import { chosenInput, chosenMethod, tokenInput, units } from "./shared-options.ts";

export const attrTargets = ["log_prob", "prob", "logit"] as const;

/** A prompt, and the model whose answer to it is explained. */
export interface TextToExplain {
  readonly given: Arguments;
  readonly prompt: string;
  readonly model: OnnxCausalLm;
  readonly tokenizer: Tokenizer;
}

/** Explains an answer by the method asked for: one that takes words away, or one that differentiates at the tokens' embeddings. */
export async function explainText(text: TextToExplain, work: WorkOptions): Promise<LLMAttributionResult> {
  const { given, prompt, model, tokenizer } = text;
  const { attrTarget, answer, gradients } = checkTextOptions(given);
  const options = { ...answer, ...work };
  if (gradients !== undefined) return await explainByGradients(text, gradients, options);
  const { method, options: methodOptions } = chosenMethod(given, model);
  const input = chosenInput(given, prompt, tokenizer);
  return await new LLMAttribution(method, tokenizer, { attrTarget }).attribute(input, { ...methodOptions, ...options });
}

/** Reads what is asked of an answer. @throws UsageError where options do not go together: before any model is opened. */
export function checkTextOptions(given: Arguments): {
  readonly attrTarget: AttrTarget;
  readonly answer: LLMAttributeOptions;
  /** Set where the method takes gradients. */
  readonly gradients: Gradients | undefined;
} {
  const name = given.choice("method", [...methodNames, ...gradientMethodNames], "feature-ablation");
  const attrTarget = given.choice("attr-target", attrTargets, "log_prob");
  const target = given.text("target");
  if (target !== undefined && ["max-new-tokens", "temperature", "top-p"].some((option) => given.typed(option)))
    throw new UsageError("--max-new-tokens, --temperature and --top-p are for generated answers; --target gives the answer");
  let gradients: Gradients | undefined;
  if (isGradientMethod(name)) {
    if (attrTarget === "prob") throw new UsageError(`${name} explains log_prob or logit, not prob`);
    if (given.typed("by") && given.choice("by", units, "token") !== "token")
      throw new UsageError(`${name} explains tokens: leave --by out`);
    for (const option of ["steps", "samples"] as const)
      if (given.typed(option) && !methodNamed(name).settings.includes(option))
        throw new UsageError(`--${option} is for other methods; ${name} has none`);
    gradients = { name, attrTarget };
  } else if (given.typed("steps")) throw new UsageError(`--steps is for integrated-gradients; ${name} follows no path`);
  const generation = {
    maxNewTokens: given.number("max-new-tokens"),
    temperature: given.number("temperature"),
    topP: given.number("top-p"),
    seed: given.number("seed"),
  };
  return { attrTarget, answer: target === undefined ? { generation } : { target }, gradients };
}

interface Gradients {
  readonly name: GradientMethodName;
  readonly attrTarget: Exclude<AttrTarget, "prob">;
}

async function explainByGradients(
  { given, prompt, model, tokenizer }: TextToExplain,
  { name, attrTarget }: Gradients,
  options: LLMAttributeOptions,
): Promise<LLMAttributionResult> {
  const { settings } = methodNamed(name);
  const methodOptions: Record<string, number> = {};
  for (const option of ["steps", "samples", "seed"] as const) {
    const value = given.number(option);
    if (value !== undefined && settings.includes(option)) methodOptions[option] = value;
  }
  const llm = new LLMGradientAttribution(createGradientMethod(name, fromEmbedding(model, { attrTarget })), tokenizer);
  return await llm.attribute(tokenInput(given, prompt, tokenizer), { ...methodOptions, ...options });
}
