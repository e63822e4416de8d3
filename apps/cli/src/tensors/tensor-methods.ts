import {
  type AttributionResult,
  type Baselines,
  BlurIntegratedGradients,
  Deconvolution,
  DeepLift,
  type DifferentiableGraphModel,
  FeatureAblation,
  type FeatureMask,
  GradCam,
  GradientShap,
  GuidedBackprop,
  GuidedGradCam,
  GuidedIntegratedGradients,
  type Inputs,
  InputXGradient,
  IntegratedGradients,
  KernelShap,
  Lime,
  Lrp,
  NoiseTunnel,
  Occlusion,
  Saliency,
  ShapleyValueSampling,
  ShapleyValues,
  type TargetOptions,
  type TensorLike,
  Xrai,
} from "@attr/core";

/** What a method is made with, beside the model. */
export interface TensorMethodSettings {
  /** Where pictures have their channels. @defaultValue "channels-first" */
  readonly layout?: "channels-first" | "channels-last" | undefined;
  /** The layer of methods at a layer. */
  readonly layer?: string | undefined;
}

/** All that a call of a method may be given; each takes what {@link TensorMethodEntry} says. */
export interface TensorMethodOptions extends TargetOptions {
  readonly baselines?: Baselines | undefined;
  readonly featureMask?: FeatureMask | undefined;
  readonly steps?: number | undefined;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  readonly stdev?: number | undefined;
  readonly window?: readonly number[] | undefined;
  readonly strides?: readonly number[] | undefined;
  readonly segments?: readonly Readonly<Record<string, TensorLike>>[] | undefined;
}

export type TensorMethodOption = Exclude<keyof TensorMethodOptions, keyof TargetOptions>;

/** A method, ready to be asked. */
export interface ReadyMethod {
  attribute(inputs: Inputs, options: TensorMethodOptions): Promise<AttributionResult>;
}

export interface TensorMethodEntry {
  /** What it can be given beside a target. */
  readonly takes: readonly TensorMethodOption[];
  /** It is about pictures alone. @defaultValue false */
  readonly pictures?: boolean | undefined;
  /** It needs the name of a layer. @defaultValue false */
  readonly atLayer?: boolean | undefined;
  create(model: DifferentiableGraphModel, settings: TensorMethodSettings): ReadyMethod;
}

const features = ["baselines", "featureMask"] as const;
const sampled = ["samples", "seed"] as const;

/** What each method takes is held against the options of its class here. */
const entries = {
  "integrated-gradients": { takes: ["baselines", "steps"], create: (model) => new IntegratedGradients(model) },
  saliency: { takes: [], create: (model) => new Saliency(model) },
  "smooth-grad": { takes: [...sampled, "stdev"], pictures: true, create: (model) => new NoiseTunnel(new Saliency(model)) },
  "input-x-gradient": { takes: [], create: (model) => new InputXGradient(model) },
  "gradient-shap": { takes: ["baselines", ...sampled], create: (model) => new GradientShap(model) },
  "deep-lift": { takes: ["baselines"], create: (model) => new DeepLift(model) },
  lrp: { takes: [], create: (model) => new Lrp(model) },
  "guided-integrated-gradients": { takes: ["baselines", "steps"], create: (model) => new GuidedIntegratedGradients(model) },
  "blur-integrated-gradients": {
    takes: ["steps"],
    pictures: true,
    create: (model, { layout }) => new BlurIntegratedGradients(model, { layout }),
  },
  xrai: {
    takes: ["baselines", "steps", "segments"],
    pictures: true,
    create: (model, { layout }) => new Xrai(new IntegratedGradients(model), { layout }),
  },
  "guided-backprop": { takes: [], pictures: true, create: (model) => new GuidedBackprop(model) },
  deconvolution: { takes: [], pictures: true, create: (model) => new Deconvolution(model) },
  "grad-cam": {
    takes: [],
    pictures: true,
    atLayer: true,
    create: (model, { layer, layout }) =>
      new GradCam(model, { layer: layer ?? "", channelAxis: layout === "channels-last" ? 3 : 1 }),
  },
  "guided-grad-cam": {
    takes: [],
    pictures: true,
    atLayer: true,
    create: (model, { layer }) => new GuidedGradCam(model, { layer: layer ?? "" }),
  },
  occlusion: {
    takes: ["baselines", "window", "strides"],
    pictures: true,
    create: (model) => {
      const method = new Occlusion(model);
      return { attribute: (inputs, options) => method.attribute(inputs, { ...options, window: options.window ?? [] }) };
    },
  },
  "feature-ablation": { takes: features, create: (model) => new FeatureAblation(model) },
  "shapley-value-sampling": { takes: [...features, ...sampled], create: (model) => new ShapleyValueSampling(model) },
  "shapley-values": { takes: features, create: (model) => new ShapleyValues(model) },
  "kernel-shap": { takes: [...features, ...sampled], create: (model) => new KernelShap(model) },
  lime: { takes: [...features, ...sampled], create: (model) => new Lime(model) },
} as const satisfies Readonly<Record<string, TensorMethodEntry>>;

export type TensorMethodName = keyof typeof entries;

const names: readonly TensorMethodName[] = Object.keys(entries).filter((name): name is TensorMethodName => name in entries);

/** A method by its name. */
export function tensorMethod(name: TensorMethodName): TensorMethodEntry {
  return entries[name];
}

/** The methods over pictures, the one that is taken where none is named first. */
export const pictureMethods: readonly TensorMethodName[] = names;

/** The methods over tables: those that are not about pictures alone. */
export const tableMethods: readonly TensorMethodName[] = names.filter((name) => tensorMethod(name).pictures !== true);
