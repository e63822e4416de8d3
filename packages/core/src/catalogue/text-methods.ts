import type { TensorMethod } from "../methods/method.ts";
import type { TargetOptions } from "../methods/options.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import { gradientShap, inputXGradient, integratedGradients, saliency } from "./gradient-methods.ts";
import type { GameMethodEntry, MethodEntry } from "./method-entry.ts";
import { featureAblation, kernelShap, lime, shapleyValueSampling, shapleyValues } from "./perturbation-methods.ts";
import type { MethodSettings } from "./settings.ts";

/** The name of a method that takes pieces of a text away. */
export type GameMethodName = (
  | typeof featureAblation
  | typeof shapleyValues
  | typeof shapleyValueSampling
  | typeof kernelShap
  | typeof lime
)["name"];

/** The methods over prompts that take pieces away: what `LLMAttribution` and `MultipleChoice` are made with. */
export const gameMethods: readonly GameMethodEntry<GameMethodName>[] = [
  featureAblation,
  shapleyValues,
  shapleyValueSampling,
  kernelShap,
  lime,
];

/** The name of a method that differentiates at the embedding of a text's tokens. */
export type EmbeddingMethodName = (
  | typeof integratedGradients
  | typeof gradientShap
  | typeof inputXGradient
  | typeof saliency
)["name"];

/** Makes its method over any model with gradients, such as what `fromEmbedding` gives. */
export type CreateAtEmbedding = (model: DifferentiableModel) => TensorMethod<DifferentiableModel, TargetOptions & MethodSettings>;

/** The methods over prompts that differentiate at the tokens' embeddings: what `LLMGradientAttribution` is made with. */
export const embeddingMethods: readonly MethodEntry<EmbeddingMethodName, CreateAtEmbedding>[] = [
  integratedGradients,
  gradientShap,
  inputXGradient,
  saliency,
];

/** A method that takes pieces of a text away, by its name; undefined for a name that none has. */
export function gameMethodNamed(name: GameMethodName): GameMethodEntry<GameMethodName>;
export function gameMethodNamed(name: string): GameMethodEntry<GameMethodName> | undefined;
export function gameMethodNamed(name: string): GameMethodEntry<GameMethodName> | undefined {
  return gameMethods.find((method) => method.name === name);
}

/** A method that differentiates at the tokens' embeddings, by its name; undefined for a name that none has. */
export function embeddingMethodNamed(name: EmbeddingMethodName): MethodEntry<EmbeddingMethodName, CreateAtEmbedding>;
export function embeddingMethodNamed(name: string): MethodEntry<EmbeddingMethodName, CreateAtEmbedding> | undefined;
export function embeddingMethodNamed(name: string): MethodEntry<EmbeddingMethodName, CreateAtEmbedding> | undefined {
  return embeddingMethods.find((method) => method.name === name);
}
