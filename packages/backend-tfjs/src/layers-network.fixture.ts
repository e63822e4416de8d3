import { type HostTensor, hostBackend } from "@attr/core";
import type { LayerKind, Network, NetworkLayer } from "@attr/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";

/** A network as a layers model; its layers have the network's names. */
export function layersModel(network: Network): layers.LayersModel {
  const values = new Map<string, layers.SymbolicTensor>(
    network.inputs.map(({ name, shape, vocabulary }) => [
      name,
      layers.input({ name, shape: [...shape], dtype: vocabulary === undefined ? "float32" : "int32" }),
    ]),
  );
  for (const each of network.layers) {
    const operands = each.inputs.map((input) => values.get(input)!);
    const made = layerOf(each, operands[0]!.shape.length).apply(operands.length === 1 ? operands[0]! : operands);
    values.set(each.name, made as layers.SymbolicTensor); // a symbolic tensor is what symbolic ones are made into
  }
  const model = layers.model({
    inputs: network.inputs.map(({ name }) => values.get(name)!),
    outputs: values.get(network.output)!,
  });
  tf.tidy(() => {
    for (const each of network.layers) {
      const weights = weightsOf(each);
      if (weights.length > 0) model.getLayer(each.name).setWeights(weights.map(tensorOf));
    }
  });
  return model;
}

const make = layers.layers;

function layerOf(layer: NetworkLayer, rank: number): layers.layers.Layer {
  const { name } = layer;
  switch (layer.kind) {
    case "dense":
      return make.dense({ name, units: layer.weight.shape[1]!, useBias: layer.bias !== undefined });
    case "convolution":
      return make.conv2d({
        name,
        filters: layer.kernel.shape[3]!,
        kernelSize: [layer.kernel.shape[0]!, layer.kernel.shape[1]!],
        strides: layer.stride,
        useBias: layer.bias !== undefined,
      });
    case "maxPooling":
      return make.maxPooling2d({ name, poolSize: layer.size });
    case "averagePooling":
      return make.averagePooling2d({ name, poolSize: layer.size });
    case "batchNormalization":
      return make.batchNormalization({ name, epsilon: layer.epsilon });
    case "activation":
      return make.activation({ name, activation: layer.activation });
    case "embedding":
      return make.embedding({ name, inputDim: layer.table.shape[0]!, outputDim: layer.table.shape[1]! });
    case "add":
      return make.add({ name });
    case "multiply":
      return make.multiply({ name });
    case "concatenate":
      return make.concatenate({ name });
    case "flatten":
      return make.flatten({ name });
    case "globalAverage":
      return rank === 4 ? make.globalAveragePooling2d({ name }) : make.globalAveragePooling1d({ name });
    case "attentionScores":
      return make.dot({ name, axes: [2, 2] });
    case "attentionMix":
      return make.dot({ name, axes: [2, 1] });
  }
}

function weightsOf(layer: LayerKind): readonly HostTensor[] {
  const withBias = (weight: HostTensor, bias: HostTensor | undefined): HostTensor[] =>
    bias === undefined ? [weight] : [weight, bias];
  switch (layer.kind) {
    case "dense":
      return withBias(layer.weight, layer.bias);
    case "convolution":
      return withBias(layer.kernel, layer.bias);
    case "batchNormalization":
      return [layer.scale, layer.offset, layer.mean, layer.variance];
    case "embedding":
      return [layer.table];
    default:
      return [];
  }
}

function tensorOf(weight: HostTensor): tf.Tensor {
  const { data, shape } = hostBackend.cast(weight, "float32");
  return tf.tensor(Float32Array.from(data as Float32Array), [...shape], "float32"); // as it was cast
}
