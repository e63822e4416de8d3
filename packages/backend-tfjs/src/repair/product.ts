import { sizeOf } from "@attr/core";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import type { GradientDefinition } from "./with-gradients.ts";

/** The gradient of products of elements, also of zeros: every element's is the product of the others. */
export function productGradients(tf: TensorFlow): readonly GradientDefinition[] {
  return [
    {
      kernelName: "Prod",
      inputsToSave: ["x"],
      gradFunc: (dy, [x], attrs) => {
        const { axis } = attrs as { readonly axis?: number | number[] | null };
        return { x: () => productGradient(tf, dy as TfTensor, x!, axis ?? undefined) };
      },
    },
  ];
}

function productGradient(tf: TensorFlow, dy: TfTensor, x: TfTensor, axis: number | number[] | undefined): TfTensor {
  const axes = tf.util.parseAxisParam(axis ?? x.shape.map((_, i) => i), x.shape);
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...kept, ...axes];
  const [rows, count] = [sizeOf(kept.map((i) => x.shape[i]!)), sizeOf(axes.map((i) => x.shape[i]!))];
  const flat = tf.reshape(tf.transpose(x, order), [rows, count]);
  const others = tf.mul(tf.cumprod(flat, 1, true, false), tf.cumprod(flat, 1, true, true));
  const gradient = tf.mul(others, tf.reshape(dy, [rows, 1]));
  const shape = order.map((i) => x.shape[i]!);
  return tf.transpose(
    tf.reshape(gradient, shape),
    order.map((_, i) => order.indexOf(i)),
  );
}
