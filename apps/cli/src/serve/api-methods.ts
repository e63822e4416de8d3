import {
  type AttributionResult,
  BlurIntegratedGradients,
  Deconvolution,
  DeepLift,
  DeepLiftShap,
  type DifferentiableGraphModel,
  ExpectedGradients,
  FeatureAblation,
  FeaturePermutation,
  GradCam,
  GradientShap,
  GuidedBackprop,
  GuidedGradCam,
  GuidedIntegratedGradients,
  type Inputs,
  InputXGradient,
  IntegratedGradients,
  InternalInfluence,
  KernelShap,
  LayerActivation,
  LayerConductance,
  LayerGradientXActivation,
  Lime,
  Lrp,
  NeuronConductance,
  NoiseTunnel,
  Occlusion,
  Saliency,
  ShapleyValueSampling,
  ShapleyValues,
  type TargetOptions,
  Xrai,
} from "@attr/core";

/** What a method lets one set, by name: of which kind it is, and what it does. */
export const apiSettings = {
  baselines: { kind: "tensors", help: "what stands for an absent feature: a number, or by input name a number or a tensor" },
  featureMask: { kind: "tensors", help: "which elements are one feature: by input name a tensor of whole numbers" },
  window: { kind: "lengths", help: "the size of the window: one length an axis but the first, or such by input name" },
  strides: { kind: "lengths", help: "how far the window moves at a time, as window is given" },
  samples: { kind: "number", minimum: 1, maximum: 100_000, integer: true, help: "how many samples are drawn" },
  seed: { kind: "number", minimum: 0, integer: true, help: "makes sampling repeatable" },
  steps: { kind: "number", minimum: 1, maximum: 10_000, integer: true, help: "points of the path" },
  quadrature: {
    kind: "choice",
    choices: ["gauss-legendre", "riemann-left", "riemann-middle", "riemann-right", "trapezoid"],
    help: "how the points of the path lie and weigh",
  },
  stdev: { kind: "number", minimum: 0, help: "standard deviation of the noise" },
  multiplyByInputs: { kind: "boolean", help: "false: how sensitive the output is, in place of what adds up to its change" },
  abs: { kind: "boolean", help: "false: signed gradients" },
  relu: { kind: "boolean", help: "false: keeps what speaks against the target" },
  epsilon: { kind: "number", minimum: 0, help: "differences below it are taken for none" },
  maxSigma: { kind: "number", minimum: 0, help: "the strongest blur, in pixels" },
  layout: { kind: "choice", choices: ["channels-first", "channels-last"], help: "where channels are" },
  layer: { kind: "text", help: "name of the inner value that the method is about" },
  neuron: { kind: "lengths", help: "place of the neuron in the layer, without the first axis" },
} as const satisfies Readonly<Record<string, ApiSetting>>;

/** A setting, as data: requests are held against it, and the API's description is made of it. */
export type ApiSetting = { readonly help: string } & (
  | { readonly kind: "number"; readonly minimum?: number; readonly maximum?: number; readonly integer?: boolean }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  | { readonly kind: "boolean" | "text" | "tensors" | "lengths" }
);

export type ApiSettingName = keyof typeof apiSettings;

/** Settings by name, as {@link apiSettings} says they are. */
export type ApiMethodSettings = Readonly<Partial<Record<ApiSettingName, unknown>>>;

/** A method over tensors, its settings made. */
export interface ReadyMethod {
  attribute(inputs: Inputs, options: TargetOptions): Promise<AttributionResult>;
}

interface ApiMethodEntry {
  readonly settings: readonly ApiSettingName[];
  readonly make: (model: DifferentiableGraphModel, settings: never) => unknown;
}

const perturbed = ["baselines", "featureMask"] as const;
const path = ["baselines", "steps", "quadrature"] as const;

/** The methods of core by the names of the command line, with all that JSON can set of each. */
const methods = {
  "feature-ablation": { settings: perturbed, make: (model) => new FeatureAblation(model) },
  "feature-permutation": { settings: ["featureMask", "samples", "seed"], make: (model) => new FeaturePermutation(model) },
  occlusion: { settings: ["baselines", "window", "strides"], make: (model) => new Occlusion(model) },
  "shapley-values": { settings: perturbed, make: (model) => new ShapleyValues(model) },
  "shapley-value-sampling": { settings: [...perturbed, "samples", "seed"], make: (model) => new ShapleyValueSampling(model) },
  "kernel-shap": { settings: [...perturbed, "samples", "seed"], make: (model) => new KernelShap(model) },
  lime: { settings: [...perturbed, "samples", "seed"], make: (model) => new Lime(model) },
  saliency: { settings: ["abs"], make: (model, settings) => new Saliency(model, settings) },
  "smooth-grad": {
    settings: ["abs", "samples", "stdev", "seed"],
    make: (model, settings) => new NoiseTunnel(new Saliency(model, settings)),
  },
  "input-x-gradient": { settings: [], make: (model) => new InputXGradient(model) },
  "integrated-gradients": {
    settings: [...path, "multiplyByInputs"],
    make: (model, settings) => new IntegratedGradients(model, settings),
  },
  "guided-integrated-gradients": { settings: ["baselines", "steps"], make: (model) => new GuidedIntegratedGradients(model) },
  "blur-integrated-gradients": {
    settings: ["steps", "quadrature", "maxSigma", "layout"],
    make: (model, settings) => new BlurIntegratedGradients(model, settings),
  },
  xrai: {
    settings: ["baselines", "steps", "layout"],
    make: (model, settings) => new Xrai(new IntegratedGradients(model), settings),
  },
  "gradient-shap": {
    settings: ["baselines", "samples", "stdev", "seed", "multiplyByInputs"],
    make: (model, settings) => new GradientShap(model, settings),
  },
  "expected-gradients": {
    settings: ["baselines", "samples", "seed", "multiplyByInputs"],
    make: (model, settings) => new ExpectedGradients(model, settings),
  },
  "deep-lift": {
    settings: ["baselines", "epsilon", "multiplyByInputs"],
    make: (model, settings) => new DeepLift(model, settings),
  },
  "deep-lift-shap": {
    settings: ["baselines", "epsilon", "multiplyByInputs"],
    make: (model, settings) => new DeepLiftShap(model, settings),
  },
  "guided-backprop": { settings: [], make: (model) => new GuidedBackprop(model) },
  deconvolution: { settings: [], make: (model) => new Deconvolution(model) },
  lrp: { settings: [], make: (model) => new Lrp(model) },
  "grad-cam": { settings: ["layer", "relu"], make: (model, settings) => new GradCam(model, settings) },
  "guided-grad-cam": { settings: ["layer"], make: (model, settings) => new GuidedGradCam(model, settings) },
  "layer-activation": { settings: ["layer"], make: (model, settings) => new LayerActivation(model, settings) },
  "layer-gradient-x-activation": {
    settings: ["layer", "multiplyByInputs"],
    make: (model, settings) => new LayerGradientXActivation(model, settings),
  },
  "layer-conductance": {
    settings: ["layer", "baselines", "steps"],
    make: (model, settings) => new LayerConductance(model, settings),
  },
  "internal-influence": { settings: ["layer", ...path], make: (model, settings) => new InternalInfluence(model, settings) },
  "neuron-conductance": {
    settings: ["layer", "neuron", ...path, "multiplyByInputs"],
    make: (model, settings) => new NeuronConductance(model, settings),
  },
} as const satisfies Readonly<Record<string, ApiMethodEntry>>;

export type ApiMethodName = keyof typeof methods;

export const apiMethodNames: readonly ApiMethodName[] = Object.keys(methods).filter(
  (name): name is ApiMethodName => name in methods,
);

export function isApiMethod(name: string): name is ApiMethodName {
  return Object.hasOwn(methods, name);
}

/** What a method lets one set. */
export function settingsOfApiMethod(name: ApiMethodName): readonly ApiSettingName[] {
  return methods[name].settings;
}

/** A method over a model, with settings that were held against {@link apiSettings}; constructors check the rest and say what is wrong. */
export function apiMethod(name: ApiMethodName, model: DifferentiableGraphModel, settings: ApiMethodSettings): ReadyMethod {
  const { make }: ApiMethodEntry = methods[name];
  const method = make(model, settings as never) as ReadyMethod; // every class of the table has attribute, and reads its own settings
  return { attribute: (inputs, options) => method.attribute(inputs, { ...settings, ...options }) };
}
