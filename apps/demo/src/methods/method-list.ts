import {
  type EmbeddingMethodName,
  embeddingMethodNamed,
  embeddingMethods,
  type GameMethodName,
  gameMethods,
} from "@attr/core/catalogue";
import { type ListedMethod, listedMethods } from "./listed-method.ts";

export type MethodName = GameMethodName | EmbeddingMethodName;

/** The methods over texts, as the page offers them. */
export const methodList: readonly ListedMethod<MethodName>[] = listedMethods<MethodName>([...gameMethods, ...embeddingMethods], {
  "shapley-values": "Every selection of pieces: exact, and only for few pieces (cut the text into sentences).",
  "integrated-gradients": "Adds up gradients along the way from masked tokens to the text.",
  "gradient-shap": "Gradients at random points between masked tokens and the text.",
  "input-x-gradient": "The gradient at the text times the embedding: one call, and rough.",
  saliency: "How fast the number changes with each token's embedding.",
});

export function methodNamed(name: string): ListedMethod<MethodName> {
  return methodList.find((method) => method.name === name) ?? methodList[0]!;
}

export function isGradientMethod(name: MethodName): name is EmbeddingMethodName {
  return embeddingMethodNamed(name) !== undefined;
}
