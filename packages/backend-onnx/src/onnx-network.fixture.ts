import type { HostTensor } from "@attr/core";
import { type Activation, type Network, type NetworkLayer, shapesOf } from "@attr/testing";
import type { ModelProto, NodeProto, TensorProto } from "./onnx/proto.ts";
import { constant, node, onnxModel } from "./onnx-builder.fixture.ts";

/** A network as an ONNX file in float32, its values by the names of the layers. Images stay as the network has them, channels last. */
export function onnxNetwork(network: Network): ModelProto {
  const shapes = shapesOf(network);
  const constants: Record<string, TensorProto> = {};
  const keep = (name: string, tensor: TensorProto): string => {
    constants[name] = tensor;
    return name;
  };
  return onnxModel({
    inputs: Object.fromEntries(
      network.inputs.map(({ name, shape, vocabulary }) => [
        name,
        [vocabulary === undefined ? "float32" : "int32", ["n", ...shape]],
      ]),
    ),
    outputs: { [network.output]: ["float32", ["n", ...shapes.get(network.output)!]] },
    nodes: network.layers.flatMap((layer) => nodesOf(layer, shapes, keep)),
    constants,
  });
}

type Keep = (name: string, tensor: TensorProto) => string;

const operators: Readonly<Record<Activation, string>> = {
  relu: "Relu",
  tanh: "Tanh",
  sigmoid: "Sigmoid",
  softplus: "Softplus",
  softmax: "Softmax",
};

function nodesOf(layer: NetworkLayer, shapes: ReadonlyMap<string, readonly number[]>, keep: Keep): readonly NodeProto[] {
  const { name, inputs } = layer;
  const own = (part: string): string => `${name}/${part}`;
  const weight = (part: string, tensor: HostTensor): string => keep(own(part), constant(tensor.shape, numbersOf(tensor)));
  switch (layer.kind) {
    case "dense":
      if (layer.bias === undefined) return [node("MatMul", [inputs[0]!, weight("weight", layer.weight)], [name])];
      return [
        node("MatMul", [inputs[0]!, weight("weight", layer.weight)], [own("product")]),
        node("Add", [own("product"), weight("bias", layer.bias)], [name]),
      ];
    case "convolution": {
      const [height, width, channels, out] = layer.kernel.shape as readonly [number, number, number, number];
      const turned = Float32Array.from({ length: layer.kernel.data.length }, (_, i) => {
        // From [out, in, height, width], as the operator has it, into [height, width, in, out].
        const [x, rest] = [i % width, Math.floor(i / width)];
        const [y, c, o] = [rest % height, Math.floor(rest / height) % channels, Math.floor(rest / height / channels)];
        return Number(layer.kernel.data[((y * width + x) * channels + c) * out + o]);
      });
      const kernel = keep(own("kernel"), constant([out, channels, height, width], turned));
      const bias = layer.bias === undefined ? [] : [weight("bias", layer.bias)];
      const settings = { kernel_shape: [height, width], strides: [layer.stride, layer.stride] };
      return channelsFirst(layer, (x, y) => node("Conv", [x, kernel, ...bias], [y], settings));
    }
    case "maxPooling":
    case "averagePooling": {
      const operator = layer.kind === "maxPooling" ? "MaxPool" : "AveragePool";
      const window = [layer.size, layer.size];
      return channelsFirst(layer, (x, y) => node(operator, [x], [y], { kernel_shape: window, strides: window }));
    }
    case "batchNormalization": {
      const parts = [
        weight("scale", layer.scale),
        weight("offset", layer.offset),
        weight("mean", layer.mean),
        weight("variance", layer.variance),
      ];
      return channelsFirst(layer, (x, y) => node("BatchNormalization", [x, ...parts], [y], { epsilon: layer.epsilon }));
    }
    case "activation":
      return [node(operators[layer.activation], inputs, [name], layer.activation === "softmax" ? { axis: { int: -1 } } : {})];
    case "embedding":
      return [node("Gather", [weight("table", layer.table), ...inputs], [name])];
    case "add":
      return [node("Add", inputs, [name])];
    case "multiply":
      return [node("Mul", inputs, [name])];
    case "concatenate":
      return [node("Concat", inputs, [name], { axis: { int: -1 } })];
    case "flatten":
      return [node("Flatten", inputs, [name])];
    case "globalAverage": {
      const axes = shapes.get(inputs[0]!)!.slice(0, -1);
      return [node("ReduceMean", inputs, [name], { axes: axes.map((_, axis) => axis + 1), keepdims: { int: 0 } })];
    }
    case "attentionScores":
      return [
        node("Transpose", [inputs[1]!], [own("turned")], { perm: [0, 2, 1] }),
        node("MatMul", [inputs[0]!, own("turned")], [name]),
      ];
    case "attentionMix":
      return [node("MatMul", inputs, [name])];
  }
}

/** The operators of images take the channels before the places. */
function channelsFirst({ name, inputs }: NetworkLayer, write: (x: string, y: string) => NodeProto): readonly NodeProto[] {
  const [x, y] = [`${name}/channels_first`, `${name}/result`];
  return [
    node("Transpose", inputs, [x], { perm: [0, 3, 1, 2] }),
    write(x, y),
    node("Transpose", [y], [name], { perm: [0, 2, 3, 1] }),
  ];
}

function numbersOf({ data }: HostTensor): number[] {
  return Array.from(data, Number);
}
