import { BlurIntegratedGradients, type BlurIntegratedGradientsSettings } from "../methods/blur-integrated-gradients.ts";
import { Deconvolution } from "../methods/deconvolution.ts";
import { GradCam } from "../methods/grad-cam.ts";
import type { LayerSettings } from "../methods/gradient-options.ts";
import { GuidedBackprop } from "../methods/guided-backprop.ts";
import { GuidedGradCam } from "../methods/guided-grad-cam.ts";
import { IntegratedGradients, type IntegratedGradientsOptions } from "../methods/integrated-gradients.ts";
import { Xrai, type XraiSettings } from "../methods/xrai.ts";
import { assertDifferentiableGraphModel } from "../model/assert-model.ts";
import type { DifferentiableGraphModel, DifferentiableModel } from "../model/differentiable.ts";
import type { EntryOf } from "./method-entry.ts";
import type { MethodSettings } from "./settings.ts";

/** Makes a {@link BlurIntegratedGradients}. */
export const blurIntegratedGradients: EntryOf<
  "blur-integrated-gradients",
  (model: DifferentiableModel, settings?: BlurIntegratedGradientsSettings) => BlurIntegratedGradients
> = {
  name: "blur-integrated-gradients",
  title: "Blur integrated gradients",
  summary: "Adds up gradients while the input comes out of a blur.",
  kind: "gradient",
  settings: ["steps", "quadrature", "maxSigma", "layout"],
  pictures: true,
  create: (model, settings) => new BlurIntegratedGradients(model, settings),
};

/** Makes an {@link Xrai} over {@link IntegratedGradients}. */
export const xrai: EntryOf<
  "xrai",
  (model: DifferentiableModel, settings?: XraiSettings) => Xrai<DifferentiableModel, IntegratedGradientsOptions>
> = {
  name: "xrai",
  title: "XRAI",
  summary: "Integrated gradients by regions of several sizes: the regions that matter most stand out.",
  kind: "gradient",
  settings: ["baselines", "steps", "segments", "layout"],
  pictures: true,
  create: (model, settings) => new Xrai(new IntegratedGradients(model), settings),
};

/** Makes a {@link GuidedBackprop}. */
export const guidedBackprop: EntryOf<"guided-backprop", (model: DifferentiableModel) => GuidedBackprop> = {
  name: "guided-backprop",
  title: "Guided backpropagation",
  summary:
    "The gradient with only what is positive let through rectifiers: sharp, and less about the class than about the input.",
  kind: "gradient",
  settings: [],
  pictures: true,
  create: (model) => new GuidedBackprop(model),
};

/** Makes a {@link Deconvolution}. */
export const deconvolution: EntryOf<"deconvolution", (model: DifferentiableModel) => Deconvolution> = {
  name: "deconvolution",
  title: "Deconvolution",
  summary: "Sends the output back through rectifiers that pass what is positive of it.",
  kind: "gradient",
  settings: [],
  pictures: true,
  create: (model) => new Deconvolution(model),
};

/** What the maps of a layer are read by: its name, and where it has its channels. */
type MapSettings = LayerSettings & Pick<MethodSettings, "layout" | "relu">;

/** Makes a {@link GradCam}, of channels in the last axis of the layer where the layout has them last. */
export const gradCam: EntryOf<"grad-cam", (model: DifferentiableGraphModel, settings: MapSettings) => GradCam> = {
  name: "grad-cam",
  title: "Grad-CAM",
  summary: "Where in a convolutional layer the evidence lies: coarse, and close to what the network found.",
  kind: "gradient",
  settings: ["layer", "relu", "layout"],
  attributesTo: "layer",
  pictures: true,
  create: (model, { layer, relu, layout }) => {
    assertDifferentiableGraphModel(model, "model");
    const axes = model.value(layer)?.shape?.length ?? 4; // a map of a picture has as many
    return new GradCam(model, { layer, relu, channelAxis: layout === "channels-last" ? axes - 1 : 1 });
  },
};

/** Makes a {@link GuidedGradCam}. */
export const guidedGradCam: EntryOf<
  "guided-grad-cam",
  (model: DifferentiableGraphModel, settings: Omit<MapSettings, "relu">) => GuidedGradCam
> = {
  name: "guided-grad-cam",
  title: "Guided Grad-CAM",
  summary: "Guided backpropagation where Grad-CAM at a layer speaks for the output: as fine as the input.",
  kind: "gradient",
  settings: ["layer", "layout"],
  pictures: true,
  create: (model, { layer, layout }) =>
    new GuidedGradCam(model, { layer, channels: layout === "channels-last" ? "last" : "first" }),
};
