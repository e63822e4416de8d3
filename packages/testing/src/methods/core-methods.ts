import {
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
  GuidedIntegratedGradients,
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
} from "@attr/core";
import type { AxiomName, LawName } from "../axioms/axioms.ts";
import type { AnyMethod } from "../axioms/subject.ts";

/** A method of core with what it promises. */
export interface MethodDeclaration {
  /** The method over a model. */
  make(model: DifferentiableGraphModel): unknown;
  /** The axioms it keeps by its definition. */
  readonly axioms: readonly AxiomName[];
  /** Those that it keeps only as nearly as its steps or samples go, with how far it may be off, of the larger of 1 and the number. */
  readonly nearly?: Readonly<Partial<Record<AxiomName, number>>> | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Laws of every method that cannot hold of this one, each with the reason. @defaultValue none */
  readonly exceptions?: Readonly<Partial<Record<LawName, string>>> | undefined;
}

/** At so many steps a smooth network's path integral is as good as exact. */
const fine = { steps: 100 };

/**
 * The methods of core by name, each with the axioms that it promises: what every backend is held to. Methods at a layer are over the layers of
 * the suite's perceptrons.
 */
export const coreMethods: Readonly<Record<string, MethodDeclaration>> = {
  FeatureAblation: {
    make: (model) => new FeatureAblation(model),
    axioms: ["dummy", "symmetry", "linearity", "implementationInvariance"],
  },
  FeaturePermutation: {
    make: (model) => new FeaturePermutation(model),
    axioms: ["linearity", "implementationInvariance"],
    exceptions: { batchEquivariance: "features are exchanged between the examples of a batch" },
  },
  Occlusion: {
    make: (model) => new Occlusion(model),
    options: { window: { a: [1], b: [1] } },
    axioms: ["dummy", "symmetry", "linearity", "implementationInvariance"],
  },
  ShapleyValues: {
    make: (model) => new ShapleyValues(model),
    axioms: ["completeness", "efficiency", "dummy", "symmetry", "linearity", "implementationInvariance"],
  },
  ShapleyValueSampling: {
    make: (model) => new ShapleyValueSampling(model),
    axioms: ["completeness", "efficiency", "dummy", "linearity", "implementationInvariance"],
  },
  KernelShap: {
    make: (model) => new KernelShap(model),
    // With all 32 coalitions of five players the fit is exact.
    options: { samples: 64 },
    axioms: ["completeness", "efficiency", "dummy", "symmetry", "linearity", "implementationInvariance"],
  },
  Lime: { make: (model) => new Lime(model), options: { samples: 64 }, axioms: ["implementationInvariance"] },
  Saliency: { make: (model) => new Saliency(model), axioms: ["dummy", "symmetry", "implementationInvariance"] },
  InputXGradient: {
    make: (model) => new InputXGradient(model),
    axioms: ["dummy", "symmetry", "linearity", "implementationInvariance"],
  },
  IntegratedGradients: {
    make: (model) => new IntegratedGradients(model),
    options: fine,
    axioms: ["dummy", "symmetry", "linearity", "implementationInvariance"],
    nearly: { completeness: 1e-3 },
  },
  GradientShap: {
    make: (model) => new GradientShap(model),
    options: { samples: 4 },
    axioms: ["dummy", "symmetry", "linearity", "implementationInvariance"],
  },
  ExpectedGradients: {
    make: (model) => new ExpectedGradients(model),
    options: { samples: 4 },
    axioms: ["dummy", "symmetry", "linearity", "implementationInvariance"],
  },
  GuidedIntegratedGradients: {
    make: (model) => new GuidedIntegratedGradients(model),
    // A sum over the left ends of the steps: its gap shrinks as 1/steps, to 0.03 at the most over 1200 examples of 400 networks.
    options: { steps: 400 },
    axioms: ["dummy"],
    nearly: { completeness: 6e-2 },
  },
  NoiseTunnel: {
    make: (model) => new NoiseTunnel(new InputXGradient(model)),
    options: { samples: 3, stdev: 0.1 },
    axioms: ["dummy", "linearity", "implementationInvariance"],
  },
  DeepLift: { make: (model) => new DeepLift(model), axioms: ["completeness", "dummy", "symmetry", "linearity"] },
  DeepLiftShap: { make: (model) => new DeepLiftShap(model), axioms: ["completeness", "dummy", "symmetry", "linearity"] },
  GuidedBackprop: { make: (model) => new GuidedBackprop(model), axioms: ["dummy", "symmetry"] },
  Deconvolution: { make: (model) => new Deconvolution(model), axioms: ["dummy", "symmetry"] },
  Lrp: { make: (model) => new Lrp(model), axioms: ["dummy", "symmetry"] },
  GradCam: { make: (model) => new GradCam(model, { layer: "active" }), axioms: [] },
  LayerActivation: {
    make: (model) => new LayerActivation(model, { layer: "active" }),
    axioms: [],
    exceptions: { structure: "it explains no output", abort: "its first call is its last" },
  },
  LayerGradientXActivation: { make: (model) => new LayerGradientXActivation(model, { layer: "active" }), axioms: ["linearity"] },
  LayerConductance: {
    make: (model) => new LayerConductance(model, { layer: "active" }),
    options: { steps: 400 },
    axioms: ["linearity"],
    nearly: { completeness: 3e-2 },
  },
  InternalInfluence: { make: (model) => new InternalInfluence(model, { layer: "active" }), axioms: ["linearity"] },
  NeuronConductance: {
    make: (model) => new NeuronConductance(model, { layer: "active", neuron: [1] }),
    options: fine,
    axioms: ["dummy", "symmetry", "linearity"],
  },
};

/** A declared method, as the axioms see it. */
export function methodOf(declaration: MethodDeclaration, model: DifferentiableGraphModel): AnyMethod {
  return declaration.make(model) as AnyMethod; // every method of core takes what the axioms give: options of others are of no effect
}
