import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import type { Layer } from "./layers-graph.ts";

type Tensor4D = import("@tensorflow/tfjs-core").Tensor4D;

/** What is read of the layers that TensorFlow.js runs in one kernel with their bias and activation. */
interface LinearLayer {
  readonly kernel: { read(): TfTensor };
  readonly bias?: { read(): TfTensor } | null;
  readonly useBias?: boolean;
  readonly activation?: { apply(x: TfTensor): TfTensor } | null;
  readonly strides: [number, number];
  readonly padding: "valid" | "same";
  readonly dataFormat?: "channelsFirst" | "channelsLast";
  readonly dilationRate: [number, number];
}

/**
 * The result of a layer as single operations, for those that TensorFlow.js fuses; undefined for every other layer, which already runs
 * that way. A fused kernel has a gradient of its own that no registry holds, so neither a repair nor a rule would reach it.
 */
export function applyUnfused(tf: TensorFlow, layer: Layer, x: TfTensor): TfTensor | undefined {
  // The fields of these classes.
  const linear = layer as unknown as LinearLayer;
  switch (layer.getClassName()) {
    case "Dense":
      return finish(tf, linear, dense(tf, x, linear.kernel.read()));
    case "Conv2D": {
      const { strides, padding, dilationRate } = linear;
      const kernel = linear.kernel.read() as Tensor4D; // what Conv2D builds
      const product = channelsLast(tf, linear, x, (image) => tf.conv2d(image, kernel, strides, padding, "NHWC", dilationRate));
      return finish(tf, linear, product);
    }
    default:
      return undefined;
  }
}

function dense(tf: TensorFlow, x: TfTensor, kernel: TfTensor): TfTensor {
  const [inner, units] = [kernel.shape[0]!, kernel.shape[1]!];
  if (x.rank === 2) return tf.matMul(x, kernel);
  return tf.reshape(tf.matMul(tf.reshape(x, [-1, inner]), kernel), [...x.shape.slice(0, -1), units]);
}

function channelsLast(tf: TensorFlow, layer: LinearLayer, x: TfTensor, run: (image: Tensor4D) => TfTensor): TfTensor {
  const image = x as Tensor4D; // the layer's input specification says so
  if (layer.dataFormat !== "channelsFirst") return run(image);
  return tf.transpose(run(tf.transpose(image, [0, 2, 3, 1])), [0, 3, 1, 2]);
}

function finish(tf: TensorFlow, layer: LinearLayer, product: TfTensor): TfTensor {
  const { bias, useBias, activation } = layer;
  let result = product;
  if (useBias !== false && bias !== null && bias !== undefined) {
    const shift = bias.read();
    const first = layer.dataFormat === "channelsFirst" && product.rank > 2;
    result = tf.add(result, first ? tf.reshape(shift, [1, shift.size, ...product.shape.slice(2).map(() => 1)]) : shift);
  }
  return activation === null || activation === undefined ? result : activation.apply(result);
}
