import { readModel, type TensorProto } from "@attr/backend-onnx";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { convolutionalNetwork } from "./convolutional-network.ts";

/** One network in both formats, with the same weights. */
export interface ConvolutionalTwins {
  /** Channels first. */
  readonly onnx: Uint8Array;
  /** Channels last. */
  readonly layers: layers.LayersModel;
}

/** The network of {@link convolutionalNetwork}, as an ONNX file and as a live layers model. */
export function convolutionalTwins(seed: number, size = 224): ConvolutionalTwins {
  const onnx = convolutionalNetwork(seed);
  const weights = new Map(readModel(onnx).graph.initializers.map((tensor) => [tensor.name, tensor]));
  const count = [...weights.keys()].filter((name) => /^convolution\d+\.weight$/.test(name)).length;
  const { zeroPadding2d, conv2d, globalAveragePooling2d, dense } = layers.layers;
  const model = layers.sequential({ name: "five convolutions" });
  for (let i = 0; i < count; i++) {
    // Its "same" would pad one side only.
    model.add(zeroPadding2d({ name: `padding${i}`, padding: 1, ...(i === 0 && { inputShape: [size, size, 3] }) }));
    const filters = weights.get(`convolution${i}.weight`)!.dims[0];
    model.add(conv2d({ name: `convolution${i}`, filters: filters!, kernelSize: 3, strides: 2, activation: "relu" }));
  }
  model.add(globalAveragePooling2d({ name: "pooled" }));
  model.add(dense({ name: "logits", units: 10 }));
  tf.tidy(() => {
    const tensorOf = (name: string): tf.Tensor => {
      const { data, dims } = floatsOf(weights.get(name)!);
      const tensor = tf.tensor(data, [...dims]);
      return dims.length === 4 ? tf.transpose(tensor, [2, 3, 1, 0]) : tensor;
    };
    const names = [...Array.from({ length: count }, (_, i) => `convolution${i}`), "classes"];
    for (const name of names)
      model.getLayer(name === "classes" ? "logits" : name).setWeights([tensorOf(`${name}.weight`), tensorOf(`${name}.bias`)]);
  });
  return { onnx, layers: model };
}

function floatsOf({ name, dims, floatData, rawData }: TensorProto): {
  readonly data: Float32Array;
  readonly dims: readonly number[];
} {
  const data = floatData ?? (rawData && new Float32Array(rawData.slice().buffer));
  if (data === undefined) throw new Error(`the weight ${name} holds no floats`);
  return { data: Float32Array.from(data), dims };
}
