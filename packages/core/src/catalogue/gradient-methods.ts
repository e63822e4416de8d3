import { DeepLift, type DeepLiftSettings } from "../methods/deep-lift.ts";
import { DeepLiftShap } from "../methods/deep-lift-shap.ts";
import { ExpectedGradients } from "../methods/expected-gradients.ts";
import type { MultiplyByInputs } from "../methods/gradient-options.ts";
import { GradientShap } from "../methods/gradient-shap.ts";
import { GuidedIntegratedGradients } from "../methods/guided-integrated-gradients.ts";
import { InputXGradient } from "../methods/input-x-gradient.ts";
import { IntegratedGradients, type IntegratedGradientsSettings } from "../methods/integrated-gradients.ts";
import { Lrp } from "../methods/lrp.ts";
import { NoiseTunnel } from "../methods/noise-tunnel.ts";
import type { TargetOptions } from "../methods/options.ts";
import { Saliency, type SaliencySettings } from "../methods/saliency.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import type { EntryOf } from "./method-entry.ts";

/** Makes an {@link IntegratedGradients}. */
export const integratedGradients: EntryOf<
  "integrated-gradients",
  (model: DifferentiableModel, settings?: IntegratedGradientsSettings) => IntegratedGradients
> = {
  name: "integrated-gradients",
  title: "Integrated gradients",
  summary: "Adds up gradients along the way from the baseline to the input.",
  kind: "gradient",
  settings: ["baselines", "steps", "quadrature", "multiplyByInputs"],
  create: (model, settings) => new IntegratedGradients(model, settings),
};

/** Makes a {@link Saliency}. */
export const saliency: EntryOf<"saliency", (model: DifferentiableModel, settings?: SaliencySettings) => Saliency> = {
  name: "saliency",
  title: "Saliency",
  summary: "How fast the output changes with each element: the size of the gradient, without a sign.",
  kind: "gradient",
  settings: ["abs"],
  create: (model, settings) => new Saliency(model, settings),
};

/** Makes a {@link NoiseTunnel} over a {@link Saliency}. */
export const smoothGrad: EntryOf<
  "smooth-grad",
  (model: DifferentiableModel, settings?: SaliencySettings) => NoiseTunnel<DifferentiableModel, TargetOptions>
> = {
  name: "smooth-grad",
  title: "SmoothGrad",
  summary: "Gradients at noisy copies of the input, averaged: what is left is less speckled.",
  kind: "gradient",
  settings: ["abs", "samples", "stdev", "seed"],
  pictures: true,
  create: (model, settings) => new NoiseTunnel(new Saliency(model, settings)),
};

/** Makes an {@link InputXGradient}. */
export const inputXGradient: EntryOf<"input-x-gradient", (model: DifferentiableModel) => InputXGradient> = {
  name: "input-x-gradient",
  title: "Input × gradient",
  summary: "The gradient at the input times the input: one call, and rough.",
  kind: "gradient",
  settings: [],
  create: (model) => new InputXGradient(model),
};

/** Makes a {@link GradientShap}. */
export const gradientShap: EntryOf<"gradient-shap", (model: DifferentiableModel, settings?: MultiplyByInputs) => GradientShap> = {
  name: "gradient-shap",
  title: "Gradient SHAP",
  summary: "Gradients at random points between the baseline and the input.",
  kind: "gradient",
  settings: ["baselines", "samples", "stdev", "seed", "multiplyByInputs"],
  baselineRows: "distribution",
  create: (model, settings) => new GradientShap(model, settings),
};

/** Makes an {@link ExpectedGradients}. */
export const expectedGradients: EntryOf<
  "expected-gradients",
  (model: DifferentiableModel, settings?: MultiplyByInputs) => ExpectedGradients
> = {
  name: "expected-gradients",
  title: "Expected gradients",
  summary: "Integrated gradients over random baselines and random points on the way from them.",
  kind: "gradient",
  settings: ["baselines", "samples", "seed", "multiplyByInputs"],
  baselineRows: "distribution",
  create: (model, settings) => new ExpectedGradients(model, settings),
};

/** Makes a {@link DeepLift}. */
export const deepLift: EntryOf<"deep-lift", (model: DifferentiableModel, settings?: DeepLiftSettings) => DeepLift> = {
  name: "deep-lift",
  title: "DeepLIFT",
  summary: "Splits the difference to the baseline's output, layer by layer, in one pass.",
  kind: "gradient",
  settings: ["baselines", "epsilon", "multiplyByInputs"],
  create: (model, settings) => new DeepLift(model, settings),
};

/** Makes a {@link DeepLiftShap}. */
export const deepLiftShap: EntryOf<"deep-lift-shap", (model: DifferentiableModel, settings?: DeepLiftSettings) => DeepLiftShap> =
  {
    name: "deep-lift-shap",
    title: "DeepLIFT SHAP",
    summary: "DeepLIFT against many baselines, averaged.",
    kind: "gradient",
    settings: ["baselines", "epsilon", "multiplyByInputs"],
    baselineRows: "distribution",
    create: (model, settings) => new DeepLiftShap(model, settings),
  };

/** Makes an {@link Lrp}. */
export const lrp: EntryOf<"lrp", (model: DifferentiableModel) => Lrp> = {
  name: "lrp",
  title: "Layer-wise relevance propagation",
  summary: "Hands the output back from layer to layer, to each unit what it contributed.",
  kind: "gradient",
  settings: [],
  create: (model) => new Lrp(model),
};

/** Makes a {@link GuidedIntegratedGradients}. */
export const guidedIntegratedGradients: EntryOf<
  "guided-integrated-gradients",
  (model: DifferentiableModel) => GuidedIntegratedGradients
> = {
  name: "guided-integrated-gradients",
  title: "Guided integrated gradients",
  summary: "Integrated gradients along a way that avoids where the model wavers.",
  kind: "gradient",
  settings: ["baselines", "steps"],
  create: (model) => new GuidedIntegratedGradients(model),
};
