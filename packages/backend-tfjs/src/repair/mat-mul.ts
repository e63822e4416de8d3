import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { unbroadcast } from "./spatial.ts";
import type { GradientDefinition, KernelDefinition } from "./with-gradients.ts";

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

/** wasm takes 11 to 25 times as long for a product of transposed operands as for transposing them first. */
export function matMulKernels(tf: TensorFlow): readonly KernelDefinition[] {
  const own = tf.getKernel("BatchMatMul", "wasm");
  if (own === undefined) return [];
  return [
    {
      ...own,
      kernelFunc: ({ inputs, backend, attrs }) => {
        const { transposeA, transposeB } = attrs as unknown as Attributes; // the kernel's
        if (!transposeA && !transposeB) return own.kernelFunc({ inputs, backend, attrs: attrs! });
        // Kernels are called with tensors.
        const [a, b] = [inputs["a"] as TfTensor, inputs["b"] as TfTensor];
        const [left, right] = [transposeA ? transposed(tf, a) : a, transposeB ? transposed(tf, b) : b];
        try {
          return own.kernelFunc({ inputs: { a: left, b: right }, backend, attrs: { transposeA: false, transposeB: false } });
        } finally {
          if (transposeA) left.dispose();
          if (transposeB) right.dispose();
        }
      },
    },
  ];
}
