import {
  type DifferentiableModel,
  type EmbeddingView,
  type Explainable,
  FeatureAblation,
  type GameMethod,
  GradientShap,
  InputXGradient,
  IntegratedGradients,
  KernelShap,
  Lime,
  Saliency,
  ShapleyValueSampling,
  ShapleyValues,
  type TargetOptions,
  type TensorMethod,
} from "@attr/core";
import type { GradientMethodName, PerturbationMethodName } from "./method-list.ts";

/** What a user can set of a method. */
export interface MethodSettings {
  readonly samples?: number | undefined;
  readonly steps?: number | undefined;
}

const perturbationMethods = {
  "feature-ablation": FeatureAblation,
  "shapley-value-sampling": ShapleyValueSampling,
  "kernel-shap": KernelShap,
  "shapley-values": ShapleyValues,
  lime: Lime,
} as const;

/** A perturbation method by its name, over a model of either kind. */
export function perturbationMethod<M extends Explainable>(name: PerturbationMethodName, model: M): GameMethod<M, MethodSettings> {
  return new perturbationMethods[name](model);
}

type GradientMethod = TensorMethod<DifferentiableModel, TargetOptions & MethodSettings>;

const gradientMethods: Readonly<Record<GradientMethodName, (view: EmbeddingView) => GradientMethod>> = {
  "integrated-gradients": (view) => new IntegratedGradients(view),
  "gradient-shap": (view) => new GradientShap(view),
  "input-x-gradient": (view) => new InputXGradient(view),
  saliency: (view) => new Saliency(view),
};

/** A gradient method by its name, at a language model's embedding. */
export function gradientMethod(name: GradientMethodName, view: EmbeddingView): GradientMethod {
  return gradientMethods[name](view);
}
