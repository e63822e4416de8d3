import type { OnnxCausalLm } from "@attr/backend-onnx";
import { fromEmbedding, type WorkOptions } from "@attr/core";
import {
  type CreateAtEmbedding,
  type EmbeddingMethodName,
  embeddingMethodNamed,
  embeddingMethods,
  type GameMethodName,
  type MethodEntry,
} from "@attr/core/catalogue";
import {
  type AttrTarget,
  type LLMAttributeOptions,
  LLMAttribution,
  type LLMAttributionResult,
  LLMGradientAttribution,
  type Tokenizer,
} from "@attr/llm";
import { type Arguments, UsageError } from "./arguments.ts";
import { chosenInput, chosenMethod, gameMethodNames, tokenInput, units } from "./shared-options.ts";

export const attrTargets = ["log_prob", "prob", "logit"] as const;

/** The methods over a prompt: those that take pieces away, and those that differentiate at the tokens' embeddings. */
export const textMethodNames: readonly (GameMethodName | EmbeddingMethodName)[] = [
  ...gameMethodNames,
  ...embeddingMethods.map(({ name }) => name),
];

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
  const name = given.choice("method", textMethodNames, "feature-ablation");
  const attrTarget = given.choice("attr-target", attrTargets, "log_prob");
  const target = given.text("target");
  if (target !== undefined && ["max-new-tokens", "temperature", "top-p"].some((option) => given.typed(option)))
    throw new UsageError("--max-new-tokens, --temperature and --top-p are for generated answers; --target gives the answer");
  let gradients: Gradients | undefined;
  const method = embeddingMethodNamed(name);
  if (method !== undefined) {
    if (attrTarget === "prob") throw new UsageError(`${name} explains log_prob or logit, not prob`);
    if (given.typed("by") && given.choice("by", units, "token") !== "token")
      throw new UsageError(`${name} explains tokens: leave --by out`);
    for (const option of ["steps", "samples"] as const)
      if (given.typed(option) && !method.settings.includes(option))
        throw new UsageError(`--${option} is for other methods; ${name} has none`);
    gradients = { method, attrTarget };
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
  readonly method: MethodEntry<EmbeddingMethodName, CreateAtEmbedding>;
  readonly attrTarget: Exclude<AttrTarget, "prob">;
}

async function explainByGradients(
  { given, prompt, model, tokenizer }: TextToExplain,
  { method, attrTarget }: Gradients,
  options: LLMAttributeOptions,
): Promise<LLMAttributionResult> {
  const methodOptions: Record<string, number> = {};
  for (const option of ["steps", "samples", "seed"] as const) {
    const value = given.number(option);
    if (value !== undefined && method.settings.includes(option)) methodOptions[option] = value;
  }
  const llm = new LLMGradientAttribution(method.create(fromEmbedding(model, { attrTarget })), tokenizer);
  return await llm.attribute(tokenInput(given, prompt, tokenizer), { ...methodOptions, ...options });
}
