import * as gradient from "./gradient-methods.ts";
import * as layer from "./layer-methods.ts";
import type { MethodEntry } from "./method-entry.ts";
import * as perturbation from "./perturbation-methods.ts";
import * as picture from "./picture-methods.ts";

type NameIn<Module extends Readonly<Record<keyof Module, { readonly name: string }>>> = Module[keyof Module]["name"];

/** The name of a method of core. */
export type MethodName = NameIn<typeof gradient> | NameIn<typeof layer> | NameIn<typeof perturbation> | NameIn<typeof picture>;

/** Every method of core, those first that say something of most models. */
export const allMethods: readonly MethodEntry<MethodName>[] = [
  gradient.integratedGradients,
  gradient.saliency,
  gradient.smoothGrad,
  gradient.inputXGradient,
  gradient.gradientShap,
  gradient.expectedGradients,
  gradient.deepLift,
  gradient.deepLiftShap,
  gradient.lrp,
  gradient.guidedIntegratedGradients,
  picture.blurIntegratedGradients,
  picture.xrai,
  picture.guidedBackprop,
  picture.deconvolution,
  picture.gradCam,
  picture.guidedGradCam,
  perturbation.occlusion,
  perturbation.featureAblation,
  perturbation.featurePermutation,
  perturbation.shapleyValueSampling,
  perturbation.shapleyValues,
  perturbation.kernelShap,
  perturbation.lime,
  layer.layerConductance,
  layer.layerGradientXActivation,
  layer.internalInfluence,
  layer.layerActivation,
  layer.neuronConductance,
];

/** A method by its name; undefined for a name that none has. */
export function methodNamed(name: MethodName): MethodEntry<MethodName>;
export function methodNamed(name: string): MethodEntry<MethodName> | undefined;
export function methodNamed(name: string): MethodEntry<MethodName> | undefined {
  return allMethods.find((method) => method.name === name);
}
