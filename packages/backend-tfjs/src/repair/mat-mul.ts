import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { unbroadcast } from "./spatial.ts";
import type { GradientDefinition } from "./with-gradients.ts";

/** The attributes of the BatchMatMul kernel. */
interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The gradient of matrix products with explicit transposes, and where leading axes broadcast. */
export function matMulGradients(tf: TensorFlow): readonly GradientDefinition[] {
  const turned = (x: TfTensor): TfTensor => transposed(tf, x);
  return [
    {
      kernelName: "BatchMatMul",
      inputsToSave: ["a", "b"],
      gradFunc: (dy, [a, b], attrs) => {
        const { transposeA, transposeB } = attrs as unknown as Attributes;
        const up = dy as TfTensor; // one output
        return {
          a: () => {
            const gradient = tf.matMul(up, transposeB ? b! : turned(b!));
            return unbroadcast(tf, transposeA ? turned(gradient) : gradient, a!.shape);
          },
          b: () => {
            const gradient = tf.matMul(transposeA ? a! : turned(a!), up);
            return unbroadcast(tf, transposeB ? turned(gradient) : gradient, b!.shape);
          },
        };
      },
    },
  ];
}

function transposed(tf: TensorFlow, x: TfTensor): TfTensor {
  const axes = x.shape.map((_, axis) => axis);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}
