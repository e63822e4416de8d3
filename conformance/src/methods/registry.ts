import type { Case } from "../format/case.ts";
import { askEmbedding, embeddingMethods } from "./embedding.ts";
import { askForward } from "./forward.ts";
import { gradientMethods } from "./gradients.ts";
import { askLanguageModel, languageMethods } from "./language-model.ts";
import { askLayerActivation } from "./layer-activation.ts";
import type { CaseMethod } from "./method.ts";
import {
  askFeatureAblation,
  askKernelShap,
  askLime,
  askOcclusion,
  askShapleyValueSampling,
  askShapleyValues,
} from "./perturbation.ts";

/** The methods that are built, by the name the cases use. A new method is an entry here. */
const methods: Readonly<Record<string, CaseMethod>> = {
  Forward: askForward,
  LayerActivation: askLayerActivation,
  FeatureAblation: askFeatureAblation,
  Occlusion: askOcclusion,
  ShapleyValues: askShapleyValues,
  ShapleyValueSampling: askShapleyValueSampling,
  KernelShap: askKernelShap,
  Lime: askLime,
  ...gradientMethods,
};

/** Who answers a case, or why nobody does yet. */
export function methodFor(one: Case): { readonly answer: CaseMethod } | { readonly reason: string } {
  if (one.llm !== undefined && one.llm.layer !== undefined && Object.hasOwn(embeddingMethods, one.method))
    return { answer: askEmbedding };
  if (one.llm !== undefined && one.llm.layer === undefined && Object.hasOwn(languageMethods, one.method))
    return { answer: askLanguageModel };
  if (one.llm === undefined && Object.hasOwn(methods, one.method)) return { answer: methods[one.method]! };
  return { reason: `${one.method}${one.llm === undefined ? "" : " of a language model"} is not built yet` };
}
