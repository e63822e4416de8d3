import {
  type DifferentiableModel,
  type EmbeddingView,
  GradientShap,
  InputXGradient,
  IntegratedGradients,
  Saliency,
  type TargetOptions,
  type TensorMethod,
} from "@attr/core";

/** What the command line can set of a gradient method. */
export interface GradientMethodOptions extends TargetOptions {
  readonly steps?: number | undefined;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
}

interface GradientMethod {
  readonly create: (view: EmbeddingView) => TensorMethod<DifferentiableModel, GradientMethodOptions>;
  readonly options: readonly ("steps" | "samples" | "seed")[];
}

/** The gradient methods by the names the command line knows, and the options each takes. */
const methods = {
  "integrated-gradients": { create: (view) => new IntegratedGradients(view), options: ["steps"] },
  "gradient-shap": { create: (view) => new GradientShap(view), options: ["samples", "seed"] },
  "input-x-gradient": { create: (view) => new InputXGradient(view), options: [] },
  saliency: { create: (view) => new Saliency(view), options: [] },
} as const satisfies Readonly<Record<string, GradientMethod>>;

export type GradientMethodName = keyof typeof methods;

export const gradientMethodNames: readonly GradientMethodName[] = Object.keys(methods).filter(
  (name): name is GradientMethodName => name in methods,
);

export function isGradientMethod(name: string): name is GradientMethodName {
  return Object.hasOwn(methods, name);
}

export function gradientMethod(name: GradientMethodName): GradientMethod {
  return methods[name];
}
