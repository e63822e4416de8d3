import {
  type DifferentiableGraphModel,
  fromLayer,
  InputXGradient,
  IntegratedGradients,
  InvalidArgumentError,
  logSoftmax,
  Saliency,
  type TensorMethod,
} from "@attr/core";
import { LLMGradientAttribution, TextTokenInput } from "@attr/llm";
import type { CaseFolder } from "../case-folder.ts";
import type { Case } from "../format/case.ts";
import { pathOptions } from "./gradients.ts";
import { answerOf, promptOf } from "./language-model.ts";
import type { Answer } from "./method.ts";

/** The methods that can be asked at the embedding of a language model. */
export const embeddingMethods: Readonly<Record<string, (view: DifferentiableGraphModel) => TensorMethod>> = {
  IntegratedGradients: (view) => new IntegratedGradients(view),
  LayerGradientXActivation: (view) => new InputXGradient(view),
  InputXGradient: (view) => new InputXGradient(view),
  Saliency: (view) => new Saliency(view, { abs: false }),
};

/** The effect of every token of a prompt on the answer, by gradients at the embedding. */
export async function askEmbedding(one: Case, folder: CaseFolder): Promise<Answer> {
  const { llm } = one;
  if (llm?.layer === undefined) throw new InvalidArgumentError("llm.layer is missing");
  if (llm.attrTarget !== "log_prob") throw new InvalidArgumentError(`llm.attrTarget must be "log_prob", got "${llm.attrTarget}"`);
  const { tokenizer } = await folder.languageModel();
  const view = fromLayer(logSoftmax(await folder.model()), llm.layer);
  const attribution = new LLMGradientAttribution(embeddingMethods[one.method]!(view), tokenizer); // the registry has looked
  const prompt = promptOf(llm, tokenizer);
  if (!(prompt instanceof TextTokenInput)) throw new InvalidArgumentError("llm.input must be a text of tokens");
  const result = await attribution.attribute(prompt, {
    target: llm.target,
    ...pathOptions({ ...one.options, ...llm.options }),
  });
  return answerOf(result);
}
