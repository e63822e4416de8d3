import { OnnxModel, writeModel } from "@attr/backend-onnx";
import { fromLayer, type HostTensor, hostBackend, type Model } from "@attr/core";
import { attentionNetwork, convolutionalNetwork, type Network, networkRows, perceptron, shapesOf } from "@attr/testing";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe } from "vitest";
import { onnxNetwork } from "../../../backend-onnx/src/onnx-network.fixture.ts";
import { layersModel } from "../layers-network.fixture.ts";
import { TfjsModel } from "../tfjs-model.ts";
import { compareAttributions, type Twins } from "./same-attributions.fixture.ts";

const opened: AsyncDisposable[] = [];
const live: LayersModel[] = [];
beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterAll(async () => {
  for (const model of opened) await model[Symbol.asyncDispose]();
  for (const model of live) model.dispose();
});

interface Made {
  readonly network: Network;
  readonly layer: string;
  readonly neuron: readonly number[];
  readonly windows: readonly (readonly number[])[];
  /** Explained from here on. @defaultValue the inputs */
  readonly from?: string;
  /** Features of each input, counted through. @defaultValue every number is one */
  readonly features?: number;
}

const pairs: Readonly<Record<string, Made>> = {
  "a perceptron": { network: perceptron({ seed: 1 }), layer: "active", neuron: [1], windows: [[2], [1]] },
  "a perceptron of rectifiers": {
    network: perceptron({ seed: 2, activation: "relu" }),
    layer: "hidden",
    neuron: [2],
    windows: [[2], [1]],
  },
  "a convolutional network": {
    network: convolutionalNetwork({ seed: 3 }),
    layer: "active",
    neuron: [2, 3, 1],
    windows: [[4, 4, 2]],
    features: 5,
  },
  "a convolutional network with maxima": {
    network: convolutionalNetwork({ seed: 4, activation: "tanh", pooling: "maxPooling" }),
    layer: "second",
    neuron: [0, 1, 2],
    windows: [[4, 8, 1]],
    features: 5,
  },
  attention: {
    network: attentionNetwork({ seed: 5 }),
    layer: "mixed",
    neuron: [1, 2],
    windows: [[2, 3]],
    features: 4,
  },
  "attention at the embedding of tokens": {
    network: attentionNetwork({ seed: 6, tokens: true }),
    layer: "value",
    neuron: [3, 0],
    windows: [[1, 3]],
    features: 4,
    from: "embedded",
  },
};

async function twinsOf({ network, layer, neuron, windows, from, features }: Made): Promise<Twins> {
  const rows = networkRows(network, 3);
  const inputs = Object.fromEntries(Object.entries(rows).map(([name, value]) => [name, hostBackend.from(value) as HostTensor]));
  const layers = layersModel(network);
  live.push(layers);
  const onnx = await OnnxModel.load(writeModel(onnxNetwork(network)), { session: { intraOpNumThreads: 1 } });
  const tfjs = await TfjsModel.from(layers, { tf });
  opened.push(onnx, tfjs);
  const attributed = from === undefined ? Object.keys(inputs) : [from];
  const shapes = shapesOf(network);
  const side = (model: OnnxModel | TfjsModel) => ({
    model: from === undefined ? model : (fromLayer(model, from) as Model),
    inputs,
    attributed,
    // Both have their images with the channels last.
    layer: { name: layer, channelAxis: shapes.get(layer)!.length },
  });
  return {
    sides: [side(onnx), side(tfjs)],
    neuron: [neuron, neuron],
    windows,
    target: [0, 1, 1],
    ...(features !== undefined && {
      options: () => ({
        featureMask: Object.fromEntries(
          attributed.map((name) => {
            const shape = shapes.get(name)!;
            const size = shape.reduce((product, length) => product * length, 1);
            const ids = Int32Array.from({ length: size }, (_, i) => Math.floor((i * features) / size));
            return [name, hostBackend.fromData(ids, [1, ...shape], "int32")];
          }),
        ),
      }),
    }),
  };
}

for (const [name, made] of Object.entries(pairs))
  describe(`${name} is explained alike on onnxruntime and TensorFlow.js by`, () => {
    compareAttributions(() => twinsOf(made));
  });
