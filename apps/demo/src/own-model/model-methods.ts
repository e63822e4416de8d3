import {
  deconvolution,
  deepLiftShap,
  expectedGradients,
  gradCam,
  guidedBackprop,
  guidedGradCam,
  internalInfluence,
  layerActivation,
  layerConductance,
  lrp,
  type MethodEntry,
  occlusion,
  shapleyValues,
} from "@attr/core/catalogue";
import { type ListedMethod, listedMethods } from "../methods/listed-method.ts";
import { tensorMethods } from "../methods/tensor-methods.ts";

const entries = [
  ...tensorMethods,
  occlusion,
  shapleyValues,
  deepLiftShap,
  expectedGradients,
  lrp,
  guidedBackprop,
  deconvolution,
  gradCam,
  guidedGradCam,
  layerConductance,
  internalInfluence,
  layerActivation,
] as const;

export type ModelMethodName = (typeof entries)[number]["name"];

/** A method for a model of the user's, and what can be asked of it beside samples and steps. */
export interface ModelMethod extends ListedMethod<ModelMethodName> {
  /** Whether it is about an inner value: one has to be named, and it is not attributed to like an input. */
  readonly atLayer: boolean;
  /** Whether what is absent is filled with a baseline: one row, or many that stand for a distribution. */
  readonly baseline: "row" | "rows" | undefined;
  /** Whether elements can be put together into features. */
  readonly groups: boolean;
  /** Whether it is worth while to average over noisy copies of the input. */
  readonly noise: boolean;
}

/** The methods on offer for a model of the user's. */
const offered: readonly MethodEntry<ModelMethodName>[] = entries;

/** The same, as the page offers them. */
export const modelMethods: readonly ModelMethod[] = listedMethods(offered, {
  "shapley-values": "Every set of features: exact, and for 16 features at most, so put elements together.",
}).map((method) => {
  const { settings, says, kind, baselineRows } = method;
  const atLayer = settings.includes("layer");
  const many = baselineRows === "distribution";
  return {
    ...method,
    says: atLayer ? `${says} It needs a layer.` : says,
    atLayer,
    baseline: settings.includes("baselines") ? (many ? "rows" : "row") : undefined,
    groups: settings.includes("featureMask"),
    noise: kind === "gradient" && !atLayer && !many,
  };
});

export function modelMethodNamed(name: string): ModelMethod {
  return modelMethods.find((method) => method.name === name) ?? modelMethods[0]!;
}

/** What makes a method. */
export function modelMethodEntry(name: ModelMethodName): MethodEntry<ModelMethodName> {
  return offered.find((entry) => entry.name === name)!; // names are those of the entries
}
