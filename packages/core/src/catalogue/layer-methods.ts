import type { LayerSettings } from "../methods/gradient-options.ts";
import { InternalInfluence } from "../methods/internal-influence.ts";
import { LayerActivation, type LayerActivationSettings } from "../methods/layer-activation.ts";
import { LayerConductance } from "../methods/layer-conductance.ts";
import { LayerGradientXActivation, type LayerGradientXActivationSettings } from "../methods/layer-gradient-x-activation.ts";
import { NeuronConductance, type NeuronConductanceSettings } from "../methods/neuron-conductance.ts";
import type { DifferentiableGraphModel } from "../model/differentiable.ts";
import type { GraphModel } from "../model/model.ts";
import type { EntryOf } from "./method-entry.ts";

/** Makes a {@link LayerConductance}. */
export const layerConductance: EntryOf<
  "layer-conductance",
  (model: DifferentiableGraphModel, settings: LayerSettings) => LayerConductance
> = {
  name: "layer-conductance",
  title: "Layer conductance",
  summary: "How much of the way from the baseline to the input flows through each unit of a layer.",
  kind: "gradient",
  settings: ["layer", "baselines", "steps"],
  attributesTo: "layer",
  create: (model, settings) => new LayerConductance(model, settings),
};

/** Makes a {@link LayerGradientXActivation}. */
export const layerGradientXActivation: EntryOf<
  "layer-gradient-x-activation",
  (model: DifferentiableGraphModel, settings: LayerGradientXActivationSettings) => LayerGradientXActivation
> = {
  name: "layer-gradient-x-activation",
  title: "Layer gradient × activation",
  summary: "The gradient at each unit of a layer times what the unit holds: one call, and rough.",
  kind: "gradient",
  settings: ["layer", "multiplyByInputs"],
  attributesTo: "layer",
  create: (model, settings) => new LayerGradientXActivation(model, settings),
};

/** Makes an {@link InternalInfluence}. */
export const internalInfluence: EntryOf<
  "internal-influence",
  (model: DifferentiableGraphModel, settings: LayerSettings) => InternalInfluence
> = {
  name: "internal-influence",
  title: "Internal influence",
  summary: "The gradient by each unit of a layer, averaged along the way from the baseline to the input.",
  kind: "gradient",
  settings: ["layer", "baselines", "steps", "quadrature"],
  attributesTo: "layer",
  create: (model, settings) => new InternalInfluence(model, settings),
};

/** Makes a {@link LayerActivation}. */
export const layerActivation: EntryOf<
  "layer-activation",
  (model: GraphModel, settings: LayerActivationSettings) => LayerActivation
> = {
  name: "layer-activation",
  title: "Layer activation",
  summary: "What a layer holds, whatever the output makes of it.",
  kind: "activation",
  settings: ["layer"],
  attributesTo: "layer",
  create: (model, settings) => new LayerActivation(model, settings),
};

/** Makes a {@link NeuronConductance}. */
export const neuronConductance: EntryOf<
  "neuron-conductance",
  (model: DifferentiableGraphModel, settings: NeuronConductanceSettings) => NeuronConductance
> = {
  name: "neuron-conductance",
  title: "Neuron conductance",
  summary: "What the input contributes to the output by way of one neuron.",
  kind: "gradient",
  settings: ["layer", "neuron", "baselines", "steps", "quadrature", "multiplyByInputs"],
  create: (model, settings) => new NeuronConductance(model, settings),
};
