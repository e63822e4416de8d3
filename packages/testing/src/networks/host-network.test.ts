import { hostBackend, type NamedTensors } from "@attr/core";
import { describe, test } from "vitest";
import { networkRows } from "../arbitraries/networks.ts";
import { describeDifferentiableModel } from "../suites/differentiable-model.ts";
import { describeGraphModel } from "../suites/graph-model.ts";
import { hostNetwork } from "./host-network.ts";
import { attentionNetwork, convolutionalNetwork, perceptron } from "./make-networks.ts";
import type { Network } from "./network.ts";

const examples: Readonly<Record<string, { readonly network: Network; readonly wrt: readonly string[] }>> = {
  "a perceptron": { network: perceptron({ seed: 1 }), wrt: ["a", "b", "hidden"] },
  "a perceptron of softplus": { network: perceptron({ seed: 2, activation: "softplus" }), wrt: ["a", "activeSecond"] },
  "a convolutional network": { network: convolutionalNetwork({ seed: 3, activation: "tanh" }), wrt: ["image", "pooled"] },
  "a convolutional network with maxima": {
    network: convolutionalNetwork({ seed: 4, activation: "sigmoid", pooling: "maxPooling" }),
    wrt: ["image", "second"],
  },
  "attention over floats": { network: attentionNetwork({ seed: 5 }), wrt: ["sequence", "scores", "mixed"] },
  "attention over tokens": { network: attentionNetwork({ seed: 6, tokens: true }), wrt: ["embedded", "mean"] },
};

for (const [name, { network, wrt }] of Object.entries(examples)) {
  const inputs = (rows: number): NamedTensors =>
    Object.fromEntries(Object.entries(networkRows(network, rows)).map(([input, value]) => [input, hostBackend.from(value)]));
  const model = hostNetwork(network);
  describeGraphModel(name, () => ({ model, inputs, tolerance: 1e-12 }), { describe, test });
  describeDifferentiableModel(name, () => ({ model, inputs, wrt, tolerance: 1e-12, step: 1e-5, differenceTolerance: 1e-7 }), {
    describe,
    test,
  });
}
