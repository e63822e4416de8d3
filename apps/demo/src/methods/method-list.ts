/** What a method lets one set. */
export type MethodSetting = "samples" | "steps";

/** A method as the page offers it. */
export interface ListedMethod {
  /** As the command line calls it. */
  readonly name: string;
  readonly label: string;
  /** `perturbation`: takes pieces of the prompt away. `gradient`: differentiates at the tokens. */
  readonly kind: "perturbation" | "gradient";
  readonly settings: readonly MethodSetting[];
  /** One sentence for who has never heard of it. */
  readonly says: string;
}

export const methodList = [
  {
    name: "feature-ablation",
    label: "Feature ablation",
    kind: "perturbation",
    settings: [],
    says: "Takes one piece away at a time: a score is how much the number falls without it.",
  },
  {
    name: "shapley-value-sampling",
    label: "Shapley value sampling",
    kind: "perturbation",
    settings: ["samples"],
    says: "Adds the pieces in random orders: a score is a piece's fair share, with a standard error.",
  },
  {
    name: "kernel-shap",
    label: "Kernel SHAP",
    kind: "perturbation",
    settings: ["samples"],
    says: "Shapley values by a regression over random selections of pieces.",
  },
  {
    name: "shapley-values",
    label: "Shapley values, exact",
    kind: "perturbation",
    settings: [],
    says: "Every selection of pieces: exact, and only for few pieces (cut the text into sentences).",
  },
  {
    name: "lime",
    label: "LIME",
    kind: "perturbation",
    settings: ["samples"],
    says: "Fits a sparse linear model to what the model says near this text.",
  },
  {
    name: "integrated-gradients",
    label: "Integrated gradients",
    kind: "gradient",
    settings: ["steps"],
    says: "Adds up gradients along the way from masked tokens to the text.",
  },
  {
    name: "gradient-shap",
    label: "Gradient SHAP",
    kind: "gradient",
    settings: ["samples"],
    says: "Gradients at random points between masked tokens and the text.",
  },
  {
    name: "input-x-gradient",
    label: "Input × gradient",
    kind: "gradient",
    settings: [],
    says: "The gradient at the text times the embedding: one call, and rough.",
  },
  {
    name: "saliency",
    label: "Saliency",
    kind: "gradient",
    settings: [],
    says: "How fast the number changes with each token's embedding.",
  },
] as const satisfies readonly ListedMethod[];

export type MethodName = (typeof methodList)[number]["name"];
export type GradientMethodName = Extract<(typeof methodList)[number], { kind: "gradient" }>["name"];
export type PerturbationMethodName = Exclude<MethodName, GradientMethodName>;

export function methodNamed(name: string): ListedMethod & { readonly name: MethodName } {
  return methodList.find((method) => method.name === name) ?? methodList[0];
}

export function isGradientMethod(name: MethodName): name is GradientMethodName {
  return methodNamed(name).kind === "gradient";
}
