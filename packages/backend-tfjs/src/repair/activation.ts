import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";

/** What fused operations do to their sum. */
export function activated(
  tf: TensorFlow,
  activation: string | undefined,
  x: TfTensor,
  weights: TfTensor | undefined,
  leakyreluAlpha = 0.2,
): TfTensor {
  switch (activation) {
    case undefined:
    case "":
    case "noop":
    case "linear":
      return x;
    case "relu":
      return tf.relu(x);
    case "relu6":
      return tf.relu6(x);
    case "elu":
      return tf.elu(x);
    case "sigmoid":
      return tf.sigmoid(x);
    case "tanh":
      return tf.tanh(x);
    case "leakyrelu":
      return tf.leakyRelu(x, leakyreluAlpha);
    case "prelu":
      return tf.prelu(x, weights!);
    default:
      throw new Error(`the activation "${activation}" is none that is fused`);
  }
}
