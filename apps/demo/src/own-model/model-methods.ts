import type { ListedMethod } from "../methods/method-list.ts";
import { type TensorMethodName, tensorMethodList } from "../methods/tensor-method-list.ts";

/** What can be asked of a method beside samples and steps. */
export interface ModelMethod extends ListedMethod {
  readonly name: ModelMethodName;
  /** Whether it is about an inner value: one has to be named, and it is not attributed to like an input. @defaultValue false */
  readonly atLayer?: boolean | undefined;
  /** Whether what is absent is filled with a baseline: one row, or many that stand for a distribution. */
  readonly baseline?: "row" | "rows" | undefined;
  /** Whether elements can be put together into features. @defaultValue false */
  readonly groups?: boolean | undefined;
  /** Whether it is worth while to average over noisy copies of the input. @defaultValue false */
  readonly noise?: boolean | undefined;
}

type Extra = Omit<ModelMethod, "name" | "label" | "kind" | "settings" | "says">;

/** What the methods that every room over tensors has can be asked here. */
const extras: Readonly<Record<TensorMethodName, Extra>> = {
  "integrated-gradients": { baseline: "row", noise: true },
  saliency: { noise: true },
  "input-x-gradient": { noise: true },
  "deep-lift": { baseline: "row", noise: true },
  "gradient-shap": { baseline: "rows" },
  "feature-ablation": { baseline: "row", groups: true },
  "shapley-value-sampling": { baseline: "row", groups: true },
  "kernel-shap": { baseline: "row", groups: true },
  lime: { baseline: "row", groups: true },
};

const more = [
  {
    name: "occlusion",
    label: "Occlusion",
    kind: "perturbation",
    settings: [],
    says: "Slides a window of the baseline over the input: a score is how much the output falls below it.",
    baseline: "row",
  },
  {
    name: "shapley-values",
    label: "Shapley values, exact",
    kind: "perturbation",
    settings: [],
    says: "Every set of features: exact, and for 16 features at most, so put elements together.",
    baseline: "row",
    groups: true,
  },
  {
    name: "deep-lift-shap",
    label: "DeepLIFT SHAP",
    kind: "gradient",
    settings: [],
    says: "DeepLIFT against many baselines, averaged.",
    baseline: "rows",
  },
  {
    name: "expected-gradients",
    label: "Expected gradients",
    kind: "gradient",
    settings: ["samples"],
    says: "Integrated gradients over random baselines and random points on the way from them.",
    baseline: "rows",
  },
  {
    name: "lrp",
    label: "Layer-wise relevance propagation",
    kind: "gradient",
    settings: [],
    says: "Shares the output out, layer by layer, to what it was made of (epsilon rule).",
    noise: true,
  },
  {
    name: "guided-backprop",
    label: "Guided backpropagation",
    kind: "gradient",
    settings: [],
    says: "The gradient with all that is negative at a rectifier left out: sharp, and not much of an explanation.",
    noise: true,
  },
  {
    name: "deconvolution",
    label: "Deconvolution",
    kind: "gradient",
    settings: [],
    says: "Sends the output back through rectifiers that pass what is positive.",
    noise: true,
  },
  {
    name: "grad-cam",
    label: "Grad-CAM",
    kind: "gradient",
    settings: [],
    says: "Which places of a convolution's maps speak for the output: coarse, and easy to read. It needs a layer.",
    atLayer: true,
  },
  {
    name: "guided-grad-cam",
    label: "Guided Grad-CAM",
    kind: "gradient",
    settings: [],
    says: "Guided backpropagation, where Grad-CAM at a layer speaks for the output. It needs a layer.",
    atLayer: true,
  },
  {
    name: "layer-conductance",
    label: "Layer conductance",
    kind: "gradient",
    settings: ["steps"],
    says: "How much of the way from the baseline to the input flows through each element of a layer. It needs a layer.",
    atLayer: true,
    baseline: "row",
  },
  {
    name: "internal-influence",
    label: "Internal influence",
    kind: "gradient",
    settings: ["steps"],
    says: "The gradient by a layer, averaged along the way from the baseline to the input. It needs a layer.",
    atLayer: true,
    baseline: "row",
  },
  {
    name: "layer-activation",
    label: "Layer activation",
    kind: "gradient",
    settings: [],
    says: "What a layer holds, whatever the output makes of it. It needs a layer.",
    atLayer: true,
  },
] as const satisfies readonly (ListedMethod & Extra)[];

export type ModelMethodName = TensorMethodName | (typeof more)[number]["name"];

/** The methods on offer for a model of the user's. */
export const modelMethods: readonly ModelMethod[] = [
  ...tensorMethodList.map((method) => ({ ...method, ...extras[method.name] })),
  ...more,
];

export function modelMethodNamed(name: string): ModelMethod {
  return modelMethods.find((method) => method.name === name) ?? modelMethods[0]!;
}
