import {
  deepLift,
  featureAblation,
  gradientShap,
  inputXGradient,
  integratedGradients,
  kernelShap,
  lime,
  saliency,
  shapleyValueSampling,
} from "@attr/core/catalogue";

/** The methods over a model that takes tensors that every room over tensors has. */
export const tensorMethods = [
  integratedGradients,
  saliency,
  inputXGradient,
  deepLift,
  gradientShap,
  featureAblation,
  shapleyValueSampling,
  kernelShap,
  lime,
] as const;
