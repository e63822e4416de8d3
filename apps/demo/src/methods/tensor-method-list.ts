import type { ListedMethod } from "./method-list.ts";

/** The methods over a model that takes tensors, as the page offers them. */
export const tensorMethodList = [
  {
    name: "integrated-gradients",
    label: "Integrated gradients",
    kind: "gradient",
    settings: ["steps"],
    says: "Adds up gradients along the way from the baseline to the input.",
  },
  {
    name: "saliency",
    label: "Saliency",
    kind: "gradient",
    settings: [],
    says: "How fast the output changes with each element: the size of the gradient, without a sign.",
  },
  {
    name: "input-x-gradient",
    label: "Input × gradient",
    kind: "gradient",
    settings: [],
    says: "The gradient at the input times the input: one call, and rough.",
  },
  {
    name: "deep-lift",
    label: "DeepLIFT",
    kind: "gradient",
    settings: [],
    says: "Splits the difference to the baseline's output, layer by layer, in one pass.",
  },
  {
    name: "gradient-shap",
    label: "Gradient SHAP",
    kind: "gradient",
    settings: ["samples"],
    says: "Gradients at random points between the baseline and the input.",
  },
  {
    name: "feature-ablation",
    label: "Feature ablation",
    kind: "perturbation",
    settings: [],
    says: "Puts the baseline in place of one element at a time: a score is how much the output falls.",
  },
  {
    name: "shapley-value-sampling",
    label: "Shapley value sampling",
    kind: "perturbation",
    settings: ["samples"],
    says: "Puts elements in place of the baseline in random orders: a score is an element's fair share, with a standard error.",
  },
  {
    name: "kernel-shap",
    label: "Kernel SHAP",
    kind: "perturbation",
    settings: ["samples"],
    says: "Shapley values by a regression over random selections of elements.",
  },
  {
    name: "lime",
    label: "LIME",
    kind: "perturbation",
    settings: ["samples"],
    says: "Fits a sparse linear model to what the output is near this input.",
  },
] as const satisfies readonly ListedMethod[];

export type TensorMethodName = (typeof tensorMethodList)[number]["name"];

export function tensorMethodNamed(name: string | null): ListedMethod & { readonly name: TensorMethodName } {
  return tensorMethodList.find((method) => method.name === name) ?? tensorMethodList[0];
}
