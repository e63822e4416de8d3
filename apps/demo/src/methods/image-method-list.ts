import {
  blurIntegratedGradients,
  deconvolution,
  deepLift,
  featureAblation,
  gradCam,
  gradientShap,
  guidedBackprop,
  guidedGradCam,
  guidedIntegratedGradients,
  inputXGradient,
  integratedGradients,
  kernelShap,
  lime,
  lrp,
  type MethodEntry,
  occlusion,
  saliency,
  shapleyValueSampling,
  smoothGrad,
  xrai,
} from "@attr/core/catalogue";
import { type ListedMethod, listedMethods } from "./listed-method.ts";

const entries = [
  integratedGradients,
  saliency,
  smoothGrad,
  gradCam,
  guidedGradCam,
  occlusion,
  featureAblation,
  kernelShap,
  shapleyValueSampling,
  lime,
  xrai,
  guidedIntegratedGradients,
  blurIntegratedGradients,
  deepLift,
  gradientShap,
  inputXGradient,
  lrp,
  guidedBackprop,
  deconvolution,
] as const;

export type ImageMethodName = (typeof entries)[number]["name"];

/** The methods over a picture. */
export const imageMethods: readonly MethodEntry<ImageMethodName>[] = entries;

/** The same, as the page offers them. */
export const imageMethodList: readonly ListedMethod<ImageMethodName>[] = listedMethods(imageMethods).map((method) =>
  method.settings.includes("featureMask") ? { ...method, label: `${method.label} of parts` } : method,
);

export function imageMethodNamed(name: string | null): ListedMethod<ImageMethodName> {
  return imageMethodList.find((method) => method.name === name) ?? imageMethodList[0]!;
}

const samples: Readonly<Partial<Record<ImageMethodName, number>>> = {
  "smooth-grad": 25,
  "kernel-shap": 600,
  "shapley-value-sampling": 40,
  lime: 600,
  "gradient-shap": 50,
};

/** As many samples as a method needs to show something; of one that is not sampled any number. */
export function samplesAtStart(method: ImageMethodName): number {
  return samples[method] ?? 100;
}
