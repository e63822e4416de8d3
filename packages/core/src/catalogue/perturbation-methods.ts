import { FeatureAblation } from "../methods/feature-ablation.ts";
import { FeaturePermutation } from "../methods/feature-permutation.ts";
import { KernelShap } from "../methods/kernel-shap.ts";
import { Lime } from "../methods/lime.ts";
import type { Explainable } from "../methods/method.ts";
import { Occlusion } from "../methods/occlusion.ts";
import { ShapleyValueSampling } from "../methods/shapley-value-sampling.ts";
import { ShapleyValues } from "../methods/shapley-values.ts";
import type { Model } from "../model/model.ts";
import type { EntryOf } from "./method-entry.ts";

/** Makes a {@link FeatureAblation}. */
export const featureAblation: EntryOf<"feature-ablation", <M extends Explainable>(model: M) => FeatureAblation<M>> = {
  name: "feature-ablation",
  title: "Feature ablation",
  summary: "Takes one feature away at a time: a score is how much the output falls without it.",
  kind: "perturbation",
  settings: ["baselines", "featureMask"],
  create: (model) => new FeatureAblation(model),
};

/** Makes a {@link FeaturePermutation}. */
export const featurePermutation: EntryOf<"feature-permutation", <M extends Model>(model: M) => FeaturePermutation<M>> = {
  name: "feature-permutation",
  title: "Feature permutation",
  summary: "Exchanges a feature among the examples: a score is how much the output falls.",
  kind: "perturbation",
  settings: ["featureMask", "samples", "seed"],
  create: (model) => new FeaturePermutation(model),
};

/** Makes an {@link Occlusion}. */
export const occlusion: EntryOf<"occlusion", <M extends Explainable>(model: M) => Occlusion<M>> = {
  name: "occlusion",
  title: "Occlusion",
  summary: "Covers a window that slides over the input with the baseline: a score is how much the output falls.",
  kind: "perturbation",
  settings: ["baselines", "window", "strides"],
  pictures: true,
  create: (model) => new Occlusion(model),
};

/** Makes a {@link ShapleyValues}. */
export const shapleyValues: EntryOf<"shapley-values", <M extends Explainable>(model: M) => ShapleyValues<M>> = {
  name: "shapley-values",
  title: "Shapley values, exact",
  summary: "Tries every selection of features: exact fair shares, for up to about fifteen features.",
  kind: "perturbation",
  settings: ["baselines", "featureMask"],
  create: (model) => new ShapleyValues(model),
};

/** Makes a {@link ShapleyValueSampling}. */
export const shapleyValueSampling: EntryOf<
  "shapley-value-sampling",
  <M extends Explainable>(model: M) => ShapleyValueSampling<M>
> = {
  name: "shapley-value-sampling",
  title: "Shapley value sampling",
  summary: "Adds features in random orders: a score is a feature's fair share, with a standard error.",
  kind: "perturbation",
  settings: ["baselines", "featureMask", "samples", "seed"],
  create: (model) => new ShapleyValueSampling(model),
};

/** Makes a {@link KernelShap}. */
export const kernelShap: EntryOf<"kernel-shap", <M extends Explainable>(model: M) => KernelShap<M>> = {
  name: "kernel-shap",
  title: "Kernel SHAP",
  summary: "Shapley values by a regression over random selections of features.",
  kind: "perturbation",
  settings: ["baselines", "featureMask", "samples", "seed"],
  create: (model) => new KernelShap(model),
};

/** Makes a {@link Lime}. */
export const lime: EntryOf<"lime", <M extends Explainable>(model: M) => Lime<M>> = {
  name: "lime",
  title: "LIME",
  summary: "Fits a sparse linear model to what the output is when some features are missing.",
  kind: "perturbation",
  settings: ["baselines", "featureMask", "samples", "seed"],
  create: (model) => new Lime(model),
};
