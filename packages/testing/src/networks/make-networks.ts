import { HostTensor, type Random, seededRandom } from "@attr/core";
import type { Activation, Network, NetworkLayer } from "./network.ts";

/** What the makers of networks have in common. */
export interface NetworkOptions {
  /** What the weights are drawn with. */
  readonly seed: number;
  /** Numbers the network gives an example. @defaultValue 2 */
  readonly outputs?: number | undefined;
}

export interface PerceptronOptions extends NetworkOptions {
  /** @defaultValue "tanh" */
  readonly activation?: Activation | undefined;
  /** Columns (of `a`, then `b`: 0 to 4) that have no effect. @defaultValue none */
  readonly unused?: readonly number[] | undefined;
  /** Pairs of columns that have the same effect. @defaultValue none */
  readonly alike?: readonly (readonly [number, number])[] | undefined;
}

/** Three dense layers over two inputs, `a` of three numbers and `b` of two, that meet in the first hidden layer, "hidden". */
export function perceptron(options: PerceptronOptions): Network {
  const { seed, outputs = 2, activation = "tanh", unused = [], alike = [] } = options;
  const random = seededRandom(seed);
  const inner = Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => random.normal()));
  for (const [one, other] of alike) inner[other] = [...inner[one]!];
  for (const column of unused) inner[column]!.fill(0);
  return {
    inputs: [
      { name: "a", shape: [3] },
      { name: "b", shape: [2] },
    ],
    layers: [
      dense(
        "ofA",
        "a",
        new HostTensor(Float64Array.from(inner.slice(0, 3).flat()), [3, 4], "float64"),
        weights(random, [4], 0.3),
      ),
      dense("ofB", "b", new HostTensor(Float64Array.from(inner.slice(3).flat()), [2, 4], "float64")),
      { name: "hidden", inputs: ["ofA", "ofB"], kind: "add" },
      { name: "active", inputs: ["hidden"], kind: "activation", activation },
      dense("second", "active", weights(random, [4, 3], 0.7), weights(random, [3], 0.3)),
      { name: "activeSecond", inputs: ["second"], kind: "activation", activation },
      dense("out", "activeSecond", weights(random, [3, outputs], 0.8), weights(random, [outputs], 0.3)),
    ],
    output: "out",
  };
}

export interface ConvolutionalOptions extends NetworkOptions {
  /** @defaultValue "relu" */
  readonly activation?: Activation | undefined;
  /** @defaultValue "averagePooling" */
  readonly pooling?: "maxPooling" | "averagePooling" | undefined;
}

/** Two convolutions with a normalisation, a pooling and a dense layer, over `image` of 8 × 8 × 2. */
export function convolutionalNetwork(options: ConvolutionalOptions): Network {
  const { seed, outputs = 3, activation = "relu", pooling = "averagePooling" } = options;
  const random = seededRandom(seed);
  return {
    inputs: [{ name: "image", shape: [8, 8, 2] }],
    layers: [
      { name: "first", inputs: ["image"], kind: "convolution", kernel: weights(random, [3, 3, 2, 4], 0.35), stride: 1 },
      {
        name: "normalised",
        inputs: ["first"],
        kind: "batchNormalization",
        scale: positive(random, 4),
        offset: weights(random, [4], 0.2),
        mean: weights(random, [4], 0.2),
        variance: positive(random, 4),
        epsilon: 1e-3,
      },
      { name: "active", inputs: ["normalised"], kind: "activation", activation },
      { name: "pooled", inputs: ["active"], kind: pooling, size: 2 },
      {
        name: "second",
        inputs: ["pooled"],
        kind: "convolution",
        kernel: weights(random, [2, 2, 4, 3], 0.4),
        bias: weights(random, [3], 0.2),
        stride: 1,
      },
      { name: "activeSecond", inputs: ["second"], kind: "activation", activation },
      { name: "flat", inputs: ["activeSecond"], kind: "flatten" },
      dense("out", "flat", weights(random, [12, outputs], 0.5), weights(random, [outputs], 0.3)),
    ],
    output: "out",
  };
}

export interface AttentionOptions extends NetworkOptions {
  /** Takes `ids` of seven tokens through a table in place of `sequence` of floats; the looked-up value is "embedded". @defaultValue false */
  readonly tokens?: boolean | undefined;
}

/** One head of self-attention with a residual connection and a mean over the places, over `sequence` of 4 × 3 (or four token ids). */
export function attentionNetwork({ seed, outputs = 2, tokens = false }: AttentionOptions): Network {
  const random = seededRandom(seed);
  const embedding: NetworkLayer = { name: "embedded", inputs: ["ids"], kind: "embedding", table: weights(random, [7, 3], 1) };
  const x = tokens ? "embedded" : "sequence";
  return {
    inputs: tokens ? [{ name: "ids", shape: [4], vocabulary: 7 }] : [{ name: "sequence", shape: [4, 3] }],
    layers: [
      ...(tokens ? [embedding] : []),
      dense("query", x, weights(random, [3, 3], 0.6)),
      dense("key", x, weights(random, [3, 3], 0.6)),
      dense("value", x, weights(random, [3, 3], 0.8)),
      { name: "scores", inputs: ["query", "key"], kind: "attentionScores" },
      { name: "weights", inputs: ["scores"], kind: "activation", activation: "softmax" },
      { name: "mixed", inputs: ["weights", "value"], kind: "attentionMix" },
      { name: "residual", inputs: ["mixed", x], kind: "add" },
      { name: "active", inputs: ["residual"], kind: "activation", activation: "tanh" },
      { name: "mean", inputs: ["active"], kind: "globalAverage" },
      dense("out", "mean", weights(random, [3, outputs], 0.8), weights(random, [outputs], 0.3)),
    ],
    output: "out",
  };
}

/** A dense layer. */
export function dense(name: string, input: string, weight: HostTensor, bias?: HostTensor): NetworkLayer {
  return { name, inputs: [input], kind: "dense", weight, bias };
}

/** Normal numbers of a standard deviation. */
export function weights(random: Random, shape: readonly number[], deviation: number): HostTensor {
  const length = shape.reduce((product, size) => product * size, 1);
  return new HostTensor(
    Float64Array.from({ length }, () => deviation * random.normal()),
    shape,
    "float64",
  );
}

function positive(random: Random, length: number): HostTensor {
  return new HostTensor(
    Float64Array.from({ length }, () => 0.5 + random.next()),
    [length],
    "float64",
  );
}
