import { type DifferentiableGraphModel, type DType, type HostTensor, hostBackend, type NamedTensors } from "@attr/core";
import { pairProduct, softmax } from "../host/attention-nodes.ts";
import { add, type HostNode, hostGraph, linear, mul, relu, reshape, tanh } from "../host/host-graph.ts";
import {
  averagePooling,
  concatenation,
  convolution,
  embedding,
  globalAverage,
  maxPooling,
  sigmoid,
  softplus,
} from "../host/network-nodes.ts";
import type { Activation, LayerOf, Network, NetworkLayer } from "./network.ts";

/** What the oracle computes in. */
export interface HostNetworkOptions {
  /** What it computes in. @defaultValue "float64" */
  readonly dtype?: "float32" | "float64" | undefined;
  /** @defaultValue 64 */
  readonly maxBatchSize?: number | undefined;
}

/**
 * A network on the host: every layer can be fetched, fed and differentiated by, also with the `rules` of guided backpropagation, DeepLIFT
 * and relevance where its layers have them. In float64 it is the oracle that other backends are held against.
 */
export function hostNetwork(
  network: Network,
  { dtype = "float64", maxBatchSize }: HostNetworkOptions = {},
): DifferentiableGraphModel {
  const shapes = shapesOf(network);
  const graph = hostGraph({
    inputs: network.inputs.map(({ name, shape, vocabulary }) => ({
      name,
      dtype: vocabulary === undefined ? dtype : "int32",
      shape: ["batch", ...shape],
    })),
    nodes: network.layers.flatMap((layer) => nodesOf(layer, shapes)),
    outputs: [network.output],
    maxBatchSize,
  });
  const types = new Map<string, DType>(graph.inputs.map(({ name, dtype: own }) => [name, own ?? dtype]));
  // What is fed is taken as the dtype the network computes in, as an ONNX file takes it.
  const cast = (feeds: NamedTensors): NamedTensors =>
    Object.fromEntries(Object.entries(feeds).map(([name, fed]) => [name, hostBackend.cast(fed, types.get(name) ?? dtype)]));
  return {
    ...graph,
    run: (request) => graph.run({ ...request, feeds: cast(request.feeds) }),
    gradient: (request) => graph.gradient({ ...request, feeds: cast(request.feeds) }),
  };
}

/** The shape of every value of a network by name, without the batch axis. */
export function shapesOf(network: Network): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map(network.inputs.map(({ name, shape }) => [name, shape]));
  for (const layer of network.layers) {
    const [first, second] = layer.inputs.map((input) => shapes.get(input) ?? []);
    shapes.set(layer.name, shapeAfter(layer, first ?? [], second ?? []));
  }
  return shapes;
}

function shapeAfter(layer: NetworkLayer, x: readonly number[], other: readonly number[]): readonly number[] {
  switch (layer.kind) {
    case "dense":
      return [...x.slice(0, -1), layer.weight.shape[1]!];
    case "convolution": {
      const [height, width, , out] = layer.kernel.shape;
      const after = (length: number, size: number): number => Math.floor((length - size) / layer.stride) + 1;
      return [after(x[0]!, height!), after(x[1]!, width!), out!];
    }
    case "maxPooling":
    case "averagePooling":
      return [Math.floor(x[0]! / layer.size), Math.floor(x[1]! / layer.size), x[2]!];
    case "embedding":
      return [...x, layer.table.shape[1]!];
    case "concatenate":
      return [...x.slice(0, -1), x.at(-1)! + other.at(-1)!];
    case "flatten":
      return [x.reduce((size, length) => size * length, 1)];
    case "globalAverage":
      return x.slice(-1);
    case "attentionScores":
      return [x[0]!, other[0]!];
    case "attentionMix":
      return [x[0]!, other[1]!];
    default:
      return x;
  }
}

function nodesOf(layer: NetworkLayer, shapes: ReadonlyMap<string, readonly number[]>): readonly HostNode[] {
  const { name, inputs } = layer;
  const x = inputs[0]!;
  const shape = shapes.get(name)!;
  switch (layer.kind) {
    case "dense":
      return [linear(name, x, rowsOf(layer.weight), layer.bias && numbersOf(layer.bias))];
    case "convolution":
      return [convolution(name, x, layer.kernel, layer.bias, layer.stride)];
    case "maxPooling":
      return [maxPooling(name, x, layer.size)];
    case "averagePooling":
      return [averagePooling(name, x, layer.size)];
    case "batchNormalization":
      return [scaleAndShift(layer)];
    case "activation":
      return [activation(name, x, layer.activation)];
    case "embedding":
      return [embedding(name, x, layer.table)];
    case "add":
      return [add(name, ...inputs)];
    case "multiply":
      return [mul(name, x, inputs[1]!)];
    case "concatenate":
      return [concatenation(name, inputs)];
    case "flatten":
      return [reshape(name, x, shape)];
    case "globalAverage":
      return [globalAverage(name, x)];
    case "attentionScores":
      return [pairProduct(name, x, inputs[1]!, { transposed: true })];
    case "attentionMix":
      return [pairProduct(name, x, inputs[1]!, { attends: true })];
  }
}

/** Batch normalisation at rest is a dense layer whose weight is a diagonal. */
function scaleAndShift({ name, inputs, scale, offset, mean, variance, epsilon }: LayerOf<"batchNormalization">): HostNode {
  const spread = numbersOf(variance).map((value) => Math.sqrt(value + epsilon));
  const factors = numbersOf(scale).map((value, i) => value / spread[i]!);
  const offsets = numbersOf(offset).map((value, i) => value - numbersOf(mean)[i]! * factors[i]!);
  const diagonal = factors.map((factor, i) => factors.map((_, j) => (i === j ? factor : 0)));
  return linear(name, inputs[0]!, diagonal, offsets);
}

function activation(name: string, input: string, kind: Activation): HostNode {
  return { relu, tanh, sigmoid, softplus, softmax }[kind](name, input);
}

function numbersOf({ data }: HostTensor): number[] {
  return Array.from(data, Number);
}

function rowsOf({ data, shape }: HostTensor): number[][] {
  const width = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, row) => Array.from(data.slice(row * width, (row + 1) * width), Number));
}
