import { hostBackend, type NamedTensors } from "@attr/core";
import {
  attentionNetwork,
  convolutionalNetwork,
  describeDifferentiableModel,
  describeGraphModel,
  hostNetwork,
  type Network,
  networkRows,
  perceptron,
} from "@attr/testing";
import * as ort from "onnxruntime-node";
import { afterAll, describe, test } from "vitest";
import { writeModel } from "./onnx/write-model.ts";
import { OnnxModel } from "./onnx-model.ts";
import { onnxNetwork } from "./onnx-network.fixture.ts";

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

for (const [name, { network, wrt }] of Object.entries(networks)) {
  const inputs = (rows: number): NamedTensors =>
    Object.fromEntries(Object.entries(networkRows(network, rows)).map(([input, value]) => [input, hostBackend.from(value)]));
  let model: Promise<OnnxModel> | undefined;
  const load = (): Promise<OnnxModel> => {
    model ??= OnnxModel.load(writeModel(onnxNetwork(network)), { runtime: ort });
    return model;
  };
  afterAll(async () => (await model)?.dispose());
  // The step of float32 crosses a kink of the maxima now and then; the oracle does not step.
  const differenceTolerance = name.endsWith("maxima") ? 5e-2 : 5e-3;
  const numeric = { inputs, tolerance: 1e-5, step: 1e-2, differenceTolerance };
  describeGraphModel(name, async () => ({ ...numeric, model: await load() }), { describe, test });
  describeDifferentiableModel(name, async () => ({ ...numeric, model: await load(), wrt, oracle: hostNetwork(network) }), {
    describe,
    test,
  });
}
