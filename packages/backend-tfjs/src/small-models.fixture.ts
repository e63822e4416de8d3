import { hostBackend, type NamedTensors, seededRandom, type TensorBackend } from "@attr/core";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";

/** Numbers as they are drawn for a seed, between about −1 and 1. */
export function normals(count: number, seed: number, scale = 0.5): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal() * scale);
}

/** Weights of a model, drawn for a seed: what TensorFlow.js draws itself is another each time. */
export function seeded(model: layers.LayersModel, seed = 1): layers.LayersModel {
  tf.tidy(() => {
    model.setWeights(
      model.getWeights().map((weight, i) => {
        const drawn = tf.tensor(normals(weight.size, seed * 1000 + i), weight.shape);
        // A variance is positive, and comes last in a batch normalisation.
        return model.weights[i]!.name.includes("variance") ? tf.add(tf.abs(drawn), 0.5) : drawn;
      }),
    );
  });
  return model;
}

/** Rows of numbers for the inputs of a model, no two alike. */
export function rowsFor(
  backend: TensorBackend,
  shapes: Readonly<Record<string, readonly number[]>>,
  seed = 5,
): (rows: number) => NamedTensors {
  return (rows) =>
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape], i) => {
        const dims = [rows, ...shape];
        const size = dims.reduce((product, length) => product * length, 1);
        return [name, backend.from(hostBackend.fromData(normals(size, seed + i, 1), dims, "float32"))];
      }),
    );
}

const { input, model, sequential } = layers;
const layer = layers.layers;

/** The small models that every part of the package is tried on, with the shapes of their inputs and smooth outputs. */
export const smallModels = {
  perceptron: () => ({
    model: seeded(
      sequential({
        name: "perceptron",
        layers: [
          layer.dense({ name: "hidden", units: 6, activation: "tanh", inputShape: [4] }),
          layer.dense({ name: "logits", units: 3 }),
          layer.softmax({ name: "probabilities" }),
        ],
      }),
    ),
    shapes: { hidden_input: [4] },
    wrt: ["hidden_input", "hidden", "logits"],
  }),
  convolutional: () => ({
    model: seeded(
      sequential({
        name: "convolutional",
        layers: [
          layer.conv2d({ name: "conv", filters: 4, kernelSize: 3, padding: "same", activation: "tanh", inputShape: [7, 6, 2] }),
          layer.averagePooling2d({ name: "pool", poolSize: 2, padding: "same" }),
          layer.depthwiseConv2d({ name: "depthwise", kernelSize: 2, activation: "sigmoid" }),
          layer.batchNormalization({ name: "norm" }),
          layer.averagePooling2d({ name: "mean", poolSize: 2, strides: 1 }),
          layer.flatten({ name: "flat" }),
          layer.dense({ name: "logits", units: 3 }),
        ],
      }),
    ),
    shapes: { conv_input: [7, 6, 2] },
    wrt: ["conv_input", "conv", "pool", "depthwise", "flat"],
  }),
  /** Two inputs, a shared layer, a model inside, two outputs. */
  functional: () => {
    const left = input({ name: "left", shape: [3] });
    const right = input({ name: "right", shape: [3] });
    const shared = layer.dense({ name: "shared", units: 4, activation: "sigmoid" });
    const inner = sequential({
      name: "inner",
      layers: [
        layer.dense({ name: "first", units: 5, activation: "tanh", inputShape: [8] }),
        layer.dense({ name: "second", units: 4 }),
      ],
    });
    const both = layer.concatenate({ name: "both" }).apply([shared.apply(left), shared.apply(right)] as layers.SymbolicTensor[]);
    const deep = inner.apply(both) as layers.SymbolicTensor;
    const sum = layer.add({ name: "sum" }).apply([deep, shared.apply(left)] as layers.SymbolicTensor[]) as layers.SymbolicTensor;
    const head = layer.dense({ name: "head", units: 2, activation: "softplus" }).apply(sum) as layers.SymbolicTensor;
    return {
      model: seeded(model({ name: "functional", inputs: [left, right], outputs: [head, deep] })),
      shapes: { left: [3], right: [3] },
      wrt: ["left", "right", "shared", "shared@2", "inner/first", "inner/second", "sum"],
    };
  },
  recurrent: () => {
    const steps = input({ name: "steps", shape: [5, 3] });
    const [sequence, state, carry] = layer
      .lstm({ name: "lstm", units: 4, recurrentInitializer: "glorotNormal", returnSequences: true, returnState: true })
      .apply(steps) as layers.SymbolicTensor[];
    const gru = layer
      .gru({ name: "gru", units: 3, recurrentInitializer: "glorotNormal" })
      .apply(sequence!) as layers.SymbolicTensor;
    const joined = layer.concatenate({ name: "joined" }).apply([gru, state!, carry!]) as layers.SymbolicTensor;
    const head = layer.dense({ name: "head", units: 2 }).apply(joined) as layers.SymbolicTensor;
    return {
      model: seeded(model({ name: "recurrent", inputs: steps, outputs: head })),
      shapes: { steps: [5, 3] },
      wrt: ["steps", "lstm:0", "lstm:1", "gru", "joined"],
    };
  },
} as const;
