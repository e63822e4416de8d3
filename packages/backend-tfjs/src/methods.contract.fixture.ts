import type { NamedTensors } from "@attr/core";
import {
  attentionNetwork,
  convolutionalNetwork,
  describeCoreMethods,
  describeDifferentiableModel,
  describeGraphModel,
  hostNetwork,
  type Network,
  networkRows,
  perceptron,
} from "@attr/testing";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, test } from "vitest";
import { layersModel } from "./layers-network.fixture.ts";
import { TfjsModel } from "./tfjs-model.ts";

const networks: Readonly<Record<string, { readonly network: Network; readonly wrt: readonly string[] }>> = {
  "a perceptron of two inputs": { network: perceptron({ seed: 1 }), wrt: ["a", "b", "hidden"] },
  "a convolutional network": { network: convolutionalNetwork({ seed: 3, activation: "tanh" }), wrt: ["image", "pooled"] },
  "a convolutional network with maxima": {
    network: convolutionalNetwork({ seed: 4, activation: "sigmoid", pooling: "maxPooling" }),
    wrt: ["image", "second"],
  },
  "attention over floats": { network: attentionNetwork({ seed: 5 }), wrt: ["sequence", "scores", "mixed"] },
  "attention over tokens": { network: attentionNetwork({ seed: 6, tokens: true }), wrt: ["embedded", "mean"] },
};

/** Holds every method of core, and the models of random networks, to their contracts on one backend of TensorFlow.js. */
export function describeMethods(backend: string): void {
  const live: LayersModel[] = [];
  const realise = async (network: Network): Promise<TfjsModel> => {
    const model = layersModel(network);
    live.push(model);
    return await TfjsModel.from(model, { tf });
  };
  beforeAll(async () => {
    await tf.setBackend(backend);
    await tf.ready();
  });
  afterAll(() => {
    for (const model of live) model.dispose();
  });

  for (const [name, { network, wrt }] of Object.entries(networks)) {
    let model: Promise<TfjsModel> | undefined;
    const given = async () => {
      model ??= realise(network);
      const { backend: tensors } = await model;
      const inputs = (rows: number): NamedTensors =>
        Object.fromEntries(Object.entries(networkRows(network, rows)).map(([input, value]) => [input, tensors.from(value)]));
      // The step of float32 crosses a kink of the maxima now and then; the oracle does not step.
      const differenceTolerance = name.endsWith("maxima") ? 5e-2 : 5e-3;
      return { model: await model, inputs, tolerance: 1e-5, step: 1e-2, differenceTolerance, wrt, oracle: hostNetwork(network) };
    };
    describeGraphModel(`${name} on ${backend}`, given, { describe, test });
    describeDifferentiableModel(`${name} on ${backend}`, given, { describe, test });
  }

  describeCoreMethods(`TensorFlow.js, ${backend}`, {
    describe,
    test,
    realise,
    tolerance: 1e-4,
    runs: 2,
    liveTensors: () => tf.memory().numTensors,
  });
}
