import {
  DeepLift,
  type DifferentiableModel,
  FeatureAblation,
  GradientShap,
  InputXGradient,
  IntegratedGradients,
  KernelShap,
  Lime,
  Saliency,
  ShapleyValueSampling,
  type TargetOptions,
  type TensorMethod,
} from "@attr/core";
import type { MethodSettings } from "./create-method.ts";
import type { TensorMethodName } from "./tensor-method-list.ts";

/** A method over a model that takes tensors. */
export type TensorMethodOf<M extends DifferentiableModel> = Pick<TensorMethod<M, TargetOptions & MethodSettings>, "attribute">;

const makers: Readonly<Record<TensorMethodName, (model: DifferentiableModel) => TensorMethodOf<DifferentiableModel>>> = {
  "integrated-gradients": (model) => new IntegratedGradients(model),
  saliency: (model) => new Saliency(model),
  "input-x-gradient": (model) => new InputXGradient(model),
  "deep-lift": (model) => new DeepLift(model),
  "gradient-shap": (model) => new GradientShap(model),
  "feature-ablation": (model) => new FeatureAblation(model),
  "shapley-value-sampling": (model) => new ShapleyValueSampling(model),
  "kernel-shap": (model) => new KernelShap(model),
  lime: (model) => new Lime(model),
};

/** A method by its name, over a model that takes tensors. */
export function tensorMethod(name: TensorMethodName, model: DifferentiableModel): TensorMethodOf<DifferentiableModel> {
  return makers[name](model);
}
