import { coreMethods } from "@attr/testing";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { haveRealModels, openBytes, openPhotos, openReactions, openStories, type PhotoModel } from "./real-twins.fixture.ts";
import { compareAttributions, type Twins } from "./same-attributions.fixture.ts";

const opened: AsyncDisposable[] = [];
const keep = <M extends AsyncDisposable>(model: M): M => {
  opened.push(model);
  return model;
};
beforeAll(async () => {
  await tf.setBackend("wasm");
  await tf.ready();
});
afterAll(async () => {
  for (const model of opened) await model[Symbol.asyncDispose]();
});

interface Real {
  readonly open: () => Promise<(seed: number) => Promise<Twins>>;
  readonly skips?: Readonly<Record<string, string>>;
  /** Inputs that are tried, where rectifiers have an edge. @defaultValue 1 */
  readonly attempts?: number;
}

const withReason = (methods: readonly string[], reason: string): Record<string, string> =>
  Object.fromEntries(methods.map((method) => [method, reason]));

const perturbations = ["FeatureAblation", "FeaturePermutation", "Occlusion", "ShapleyValues", "ShapleyValueSampling", "KernelShap", "Lime"]; // biome-ignore format: a list
const gradients = Object.keys(coreMethods).filter((method) => !perturbations.includes(method));
const alongPaths = ["IntegratedGradients", "GradientShap", "ExpectedGradients", "GuidedIntegratedGradients", "NoiseTunnel", "LayerConductance", "InternalInfluence", "NeuronConductance"]; // biome-ignore format: a list

const mobilenet: PhotoModel = {
  folder: "mobilenet-v1-0.25",
  tfjs: "tfjs/model.json",
  size: [224, 224, 3],
  layer: ["conv_pw_11_relu_out", "conv_pw_11_relu"],
  explained: ["flatten_1_out", "flatten_1"],
};

const real: Readonly<Record<string, Real>> = {
  "mobilenet-v1-0.25": {
    open: () => openPhotos(mobilenet, keep),
    attempts: 6,
    skips: {
      ...withReason(
        alongPaths,
        "of 1.3 million rectifiers one in every second row lies so near its edge that rounding decides: compared with smooth ones below",
      ),
      ...withReason(
        ["GuidedBackprop", "Deconvolution"],
        "its rectifiers stop at 6: the ONNX file has them as Clip, the other as Relu and a clip, and only a Relu is a rectifier of these methods",
      ),
    },
  },
  "mobilenet-v1-0.25 with smooth rectifiers": {
    open: () => openPhotos({ ...mobilenet, smooth: true }, keep),
    skips: withReason(
      Object.keys(coreMethods).filter((method) => !alongPaths.includes(method)),
      "compared above, with the model's own rectifiers",
    ),
  },
  tinyvgg: {
    open: () =>
      openPhotos({ folder: "tinyvgg", tfjs: "model.json", size: [64, 64, 3], layer: ["conv_2_1_out", "conv_2_1"] }, keep),
    attempts: 4,
  },
  doodlenet: {
    open: () =>
      openPhotos({ folder: "doodlenet", tfjs: "model.json", size: [28, 28, 1], layer: ["conv2d_3_relu_out", "conv2d_3"] }, keep),
    attempts: 4,
  },
  reactionrnn: {
    open: () => openReactions(keep),
    skips: {
      ...withReason(
        ["DeepLift", "DeepLiftShap"],
        "the ONNX file's GRU is one operator, through which the true derivative passes: its delta is not zero, that of the layer's operations is",
      ),
      Lrp: "the ONNX file's GRU is one operator, which relevance cannot pass",
    },
  },
  magika: {
    open: () => openBytes(keep),
    // Where the bytes hardly matter, a difference of outputs is little more than their rounding.
    attempts: 3,
    skips: withReason(gradients, "its graph for TensorFlow.js has control flow, which can be run and no more"),
  },
  "stories260K from ids": { open: () => openStories("ids", keep) },
  "stories260K from embeddings": { open: () => openStories("embeds", keep) },
};

for (const [name, { open, skips, attempts }] of Object.entries(real))
  describe.skipIf(!haveRealModels)(`${name} is explained alike on onnxruntime and TensorFlow.js by`, () => {
    let models: ReturnType<typeof open> | undefined;
    const twins = async (seed: number): Promise<Twins> => {
      models ??= open();
      return await (await models)(seed);
    };
    compareAttributions(twins, { skips, attempts });
  });

test.skipIf(haveRealModels)("the models to compare are not there: put them beside the repository, in shared/models", () => {});
