import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { unbroadcast } from "./spatial.ts";
import type { GradientDefinition } from "./with-gradients.ts";

/** Gradients of operations on two operands that TensorFlow.js leaves in the shape that the operands were broadcast to. */
export function broadcastingGradients(tf: TensorFlow): readonly GradientDefinition[] {
  const two = (
    kernelName: string,
    slopes: (a: TfTensor, b: TfTensor) => readonly [a: () => TfTensor, b: () => TfTensor],
  ): GradientDefinition => ({
    kernelName,
    inputsToSave: ["a", "b"],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [TfTensor, TfTensor]; // what is saved, in that order
      const [byA, byB] = slopes(a, b);
      const times = (slope: () => TfTensor, shape: readonly number[]): TfTensor =>
        unbroadcast(tf, tf.mul(dy as TfTensor, slope()), shape); // one output
      return { a: () => times(byA, a.shape), b: () => times(byB, b.shape) };
    },
  });
  return [
    // Of two that are equal, the first.
    two("Maximum", (a, b) => [() => tf.cast(tf.greaterEqual(a, b), "float32"), () => tf.cast(tf.less(a, b), "float32")]),
    two("Minimum", (a, b) => [() => tf.cast(tf.lessEqual(a, b), "float32"), () => tf.cast(tf.greater(a, b), "float32")]),
    two("SquaredDifference", (a, b) => [() => tf.mul(tf.sub(a, b), 2), () => tf.mul(tf.sub(b, a), 2)]),
  ];
}
