import type { DifferentiableModel, Explainable, GameMethod, TargetOptions, TensorMethod } from "@attr/core";
import {
  featureAblation,
  type GameMethodEntry,
  gradientShap,
  inputXGradient,
  integratedGradients,
  kernelShap,
  lime,
  type MethodEntry,
  type MethodSettings,
  saliency,
  shapleyValueSampling,
  shapleyValues,
} from "@attr/core/catalogue";

/** The methods over texts that take pieces away, the one that is taken where none is named first. */
const perturbing = [featureAblation, shapleyValues, shapleyValueSampling, kernelShap, lime] as const;

/** Those that differentiate at the tokens' embeddings. */
const differentiating = [integratedGradients, gradientShap, inputXGradient, saliency] as const;

export type MethodName = (typeof perturbing)[number]["name"];
export type GradientMethodName = (typeof differentiating)[number]["name"];

type GradientMethod = TensorMethod<DifferentiableModel, TargetOptions & MethodSettings>;

const methods: readonly GameMethodEntry<MethodName>[] = perturbing;
const gradientMethods: readonly MethodEntry<GradientMethodName, (view: DifferentiableModel) => GradientMethod>[] =
  differentiating;

export const methodNames: readonly MethodName[] = methods.map(({ name }) => name);
export const gradientMethodNames: readonly GradientMethodName[] = gradientMethods.map(({ name }) => name);

export function isGradientMethod(name: string): name is GradientMethodName {
  return gradientMethods.some((method) => method.name === name);
}

/** A method by its name, over a model of either kind. */
export function createMethod<M extends Explainable>(name: MethodName, model: M): GameMethod<M> {
  return entryNamed(methods, name).create(model);
}

/** A gradient method by its name, at a language model's embedding. */
export function createGradientMethod(name: GradientMethodName, view: DifferentiableModel): GradientMethod {
  return entryNamed(gradientMethods, name).create(view);
}

function entryNamed<Entry extends { readonly name: string }>(entries: readonly Entry[], name: Entry["name"]): Entry {
  return entries.find((entry) => entry.name === name)!; // names are those of the entries
}
