import "../symbol-dispose.ts";
import { OnnxCausalLm } from "@attr/backend-onnx";
import { fromEmbedding } from "@attr/core";
import { embeddingMethodNamed, gameMethodNamed } from "@attr/core/catalogue";
import { LLMAttribution, type LLMAttributionResult, LLMGradientAttribution, loadTokenizer, type Tokenizer } from "@attr/llm";
import { isGradientMethod, methodNamed } from "../methods/method-list.ts";
import { textInput, tokenInput } from "../methods/text-input.ts";
import type { Tell } from "../worker/messages.ts";
import { once } from "../worker/once.ts";
import { openEmbedded } from "../worker/open-embedded.ts";
import { serve } from "../worker/serve.ts";
import type { LanguageExplanation, LanguageSettings } from "./language-settings.ts";

interface LanguageModel {
  readonly model: OnnxCausalLm;
  readonly tokenizer: Tokenizer;
}

const addresses = import.meta.glob<string>("../../generated/tales-lm/*", { query: "?url", import: "default", eager: true });

const open = once(async (onProgress): Promise<LanguageModel> => {
  const { files, runtime } = await openEmbedded(addresses, onProgress);
  return { tokenizer: await loadTokenizer(files), model: await OnnxCausalLm.load(files, { runtime }) };
});

serve<LanguageSettings, LanguageExplanation>(async (settings, tell) => {
  const lm = await open(tell.progress);
  tell.ready();
  const { answer, against } = settings;
  const [doing, doingAgainst] =
    against === "" ? ["Asking the model"] : ["Asking the model (1 of 2)", "Asking the model (2 of 2)"];
  const result = await explain(lm, settings, answer, doing!, tell);
  if (doingAgainst === undefined) return { result: result.toJSON() };
  const other = await explain(lm, settings, against, doingAgainst, { ...tell, partial: () => {} });
  return { result: result.toJSON(), against: other.toJSON() };
});

async function explain(
  { model, tokenizer }: LanguageModel,
  settings: LanguageSettings,
  answer: string,
  doing: string,
  tell: Tell<LanguageExplanation>,
): Promise<LLMAttributionResult> {
  const { prompt, method, by, absent } = settings;
  const known = methodNamed(method).settings;
  const options = {
    ...(answer !== "" && { target: afterPrompt(answer, prompt) }),
    ...(known.includes("samples") && { samples: settings.samples }),
    ...(known.includes("steps") && { steps: settings.steps }),
    onProgress: (progress: { done: number; total: number; unit: string }) => tell.progress({ doing, ...progress }),
  };
  if (isGradientMethod(method)) {
    const llm = new LLMGradientAttribution(embeddingMethodNamed(method).create(fromEmbedding(model)), tokenizer);
    return await llm.attribute(tokenInput(prompt, tokenizer), options);
  }
  const llm = new LLMAttribution(gameMethodNamed(method).create(model), tokenizer);
  let last: LLMAttributionResult | undefined;
  for await (const partial of llm.stream(textInput(prompt, by, absent, tokenizer), options)) {
    last = partial;
    tell.partial({ result: partial.toJSON() });
  }
  // Every method yields at least once.
  return last!;
}

/** An answer as it follows the prompt: a space stands between them unless there is one. */
function afterPrompt(answer: string, prompt: string): string {
  return /^\s/.test(answer) || /\s$/.test(prompt) ? answer : ` ${answer}`;
}
