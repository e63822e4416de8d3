import type { HostTensor } from "@attr/core";

/**
 * A small network as data, so that every backend can make its own model of it: an ONNX file, a TensorFlow.js layers model, a graph on
 * the host. Axes of images are `[height, width, channels]`, of sequences `[length, width]`; the batch axis is not written.
 */
export interface Network {
  readonly inputs: readonly NetworkInput[];
  /** In an order in which they can be computed. */
  readonly layers: readonly NetworkLayer[];
  /** Name of the layer whose value is explained, `[outputs]` an example. */
  readonly output: string;
}

/** What is fed to a network: its name, shape and kind of numbers. */
export interface NetworkInput {
  readonly name: string;
  /** Without the batch axis. */
  readonly shape: readonly number[];
  /** Where the input holds whole numbers (int32): how many there are, 0 the first. Absent: floats. */
  readonly vocabulary?: number | undefined;
}

/** The functions that a network applies to single elements, and softmax over the last axis. */
export type Activation = "relu" | "tanh" | "sigmoid" | "softplus" | "softmax";

/** One layer: a named value, computed from inputs or layers before it. Weights are float64; a backend rounds them to what it computes in. */
export type NetworkLayer = { readonly name: string; readonly inputs: readonly string[] } & LayerKind;

/** What a layer computes, with its weights. */
export type LayerKind =
  /** `x · weight + bias` over the last axis; `weight` is `[in, out]`. */
  | { readonly kind: "dense"; readonly weight: HostTensor; readonly bias?: HostTensor | undefined }
  /** A 2-D convolution without padding; `kernel` is `[height, width, in, out]`. */
  | { readonly kind: "convolution"; readonly kernel: HostTensor; readonly bias?: HostTensor | undefined; readonly stride: number }
  /** The largest or the mean of every `size × size` window; windows do not overlap, and what is left over is dropped. */
  | { readonly kind: "maxPooling" | "averagePooling"; readonly size: number }
  /** `(x − mean) / √(variance + epsilon) · scale + offset`, by the last axis. */
  | {
      readonly kind: "batchNormalization";
      readonly scale: HostTensor;
      readonly offset: HostTensor;
      readonly mean: HostTensor;
      readonly variance: HostTensor;
      readonly epsilon: number;
    }
  /** Element by element; softmax over the last axis. */
  | { readonly kind: "activation"; readonly activation: Activation }
  /** Rows of `table` (`[vocabulary, width]`) picked by whole numbers. */
  | { readonly kind: "embedding"; readonly table: HostTensor }
  /** Two values of one shape, element by element. */
  | { readonly kind: "add" | "multiply" }
  /** Two values joined along the last axis. */
  | { readonly kind: "concatenate" }
  /** All axes made one. */
  | { readonly kind: "flatten" }
  /** The mean over every axis but the last. */
  | { readonly kind: "globalAverage" }
  /** `query · keyᵀ` of two sequences: `[length, length]`. */
  | { readonly kind: "attentionScores" }
  /** `weights · values`, of `[length, length]` and a sequence. */
  | { readonly kind: "attentionMix" };

/** A layer of one kind. */
export type LayerOf<Kind extends LayerKind["kind"]> = Extract<NetworkLayer, { readonly kind: Kind }>;
