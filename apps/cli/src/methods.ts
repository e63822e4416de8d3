import {
  type Explainable,
  FeatureAblation,
  type GameMethod,
  KernelShap,
  Lime,
  ShapleyValueSampling,
  ShapleyValues,
} from "@attr/core";

/** The perturbation methods by the names the command line knows, and the options each takes. */
const methods = {
  "feature-ablation": { method: FeatureAblation, options: [] },
  "shapley-values": { method: ShapleyValues, options: [] },
  "shapley-value-sampling": { method: ShapleyValueSampling, options: ["samples", "seed"] },
  "kernel-shap": { method: KernelShap, options: ["samples", "seed"] },
  lime: { method: Lime, options: ["samples", "seed"] },
} as const;

export type MethodName = keyof typeof methods;

export const methodNames: readonly MethodName[] = Object.keys(methods).filter((name): name is MethodName => name in methods);

/** A method by its name, over a model of either kind. */
export function createMethod<M extends Explainable>(name: MethodName, model: M): GameMethod<M> {
  return new methods[name].method(model);
}

export function methodOptions(name: MethodName): readonly string[] {
  return methods[name].options;
}
