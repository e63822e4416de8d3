import { sizeOf } from "@attr/core";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { activated } from "./activation.ts";
import { einsum } from "./einsum.ts";
import { reach, windowAxes } from "./geometry.ts";
import { type KernelCall, replacedKernel } from "./replaced-kernel.ts";
import { window } from "./spatial.ts";
import { volumeKernels } from "./volumes.ts";
import type { KernelDefinition } from "./with-gradients.ts";

/** What is computed otherwise than by the kernels of the backend that runs: those that are missing, wrong, or many times too slow. */
export function repairedKernels(tf: TensorFlow): readonly KernelDefinition[] {
  const backendName = tf.getBackend();
  return [
    einsumKernel(tf, backendName),
    ...normalisationKernel(tf, backendName),
    ...volumeKernels(tf, backendName),
    ...(backendName === "wasm" ? wasmKernels(tf) : []),
  ];
}

/** Missing on wasm; the cpu backend gives results of wrong shapes where an operand has axes of its own. */
function einsumKernel(tf: TensorFlow, backendName: string): KernelDefinition {
  return {
    kernelName: "Einsum",
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      // Kernels are called with tensors, and this one with a list of them.
      const operands = Object.values(inputs) as TfTensor[];
      return tf.tidy(() => {
        const result = einsum(tf, String(attrs?.["equation"]), operands);
        return operands.includes(result) ? tf.clone(result) : result;
      });
    },
  };
}

/** The backends' own read the numbers of the last axis, also where the channels are another one. */
function normalisationKernel(tf: TensorFlow, backendName: string): readonly KernelDefinition[] {
  return replacedKernel(tf, backendName, "FusedBatchNorm", ({ inputs, attrs }) => {
    const { x, mean, variance, offset, scale } = inputs;
    if (mean!.rank === 1 || mean!.size === mean!.shape.at(-1)) return undefined;
    const { varianceEpsilon = 1e-3 } = attrs as { readonly varianceEpsilon?: number }; // the kernel's
    const spread = tf.rsqrt(tf.add(variance!, varianceEpsilon));
    // What is left out comes as null from some callers.
    const scaled = tf.mul(tf.sub(x!, mean!), scale == null ? spread : tf.mul(spread, scale));
    return offset == null ? scaled : tf.add(scaled, offset);
  });
}

function wasmKernels(tf: TensorFlow): readonly KernelDefinition[] {
  const replaced = (name: string, compute: Parameters<typeof replacedKernel>[3]): readonly KernelDefinition[] =>
    replacedKernel(tf, "wasm", name, compute);
  return [
    // 11 to 25 times as long for a product of transposed operands as for transposing them first.
    ...replaced("BatchMatMul", ({ inputs, attrs }, own) => {
      const { transposeA, transposeB } = attrs;
      if (transposeA !== true && transposeB !== true) return undefined;
      const turned = (x: TfTensor, turn: unknown): TfTensor => (turn === true ? transposed(tf, x) : x);
      return own({
        inputs: { a: turned(inputs["a"]!, transposeA), b: turned(inputs["b"]!, transposeB) },
        attrs: { transposeA: false, transposeB: false },
      });
    }),
    // Throws where the bias is no vector; wrong with a bias where an operand is transposed.
    ...replaced("_FusedMatMul", ({ inputs, attrs }) => {
      const { a, b, bias, preluActivationWeights } = inputs;
      if (bias === undefined || bias === null) return undefined;
      const { transposeA, transposeB, activation, leakyreluAlpha } = attrs as {
        readonly transposeA: boolean;
        readonly transposeB: boolean;
        readonly activation?: string;
        readonly leakyreluAlpha?: number;
      }; // the kernel's
      if (bias.rank === 1 && !transposeA && !transposeB) return undefined;
      const sum = tf.add(tf.matMul(a!, b!, transposeA, transposeB), bias);
      return activated(tf, activation, sum, preluActivationWeights, leakyreluAlpha);
    }),
    // Wrong with "same" padding where windows leave gaps.
    ...["Conv2D", "FusedConv2D"].flatMap((name) => replaced(name, (call, own) => withoutGaps(tf, call, own, false))),
    ...["DepthwiseConv2dNative", "FusedDepthwiseConv2D"].flatMap((name) =>
      replaced(name, (call, own) => withoutGaps(tf, call, own, true)),
    ),
    // Reads the same rows in every batch.
    ...replaced("GatherV2", ({ inputs, attrs }, own) => {
      const { axis, batchDims } = attrs as { readonly axis: number; readonly batchDims?: number };
      if (batchDims === undefined || batchDims === 0) return undefined;
      return gatherInBatches(tf, inputs["x"]!, inputs["indices"]!, axis, batchDims, own);
    }),
  ];
}

function transposed(tf: TensorFlow, x: TfTensor): TfTensor {
  const axes = x.shape.map((_, axis) => axis);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

type Shape4D = [number, number, number, number];

/** A convolution of an input that is cut and padded beforehand, where the kernel would do so wrongly. */
function withoutGaps(
  tf: TensorFlow,
  { inputs, attrs }: KernelCall,
  own: (call: Partial<KernelCall>) => TfTensor,
  depthwise: boolean,
): TfTensor | undefined {
  const { strides, pad, dilations, dimRoundingMode, dataFormat } = attrs as {
    readonly strides: number;
    readonly pad: "same" | "valid" | number;
    readonly dilations?: number | null;
    readonly dimRoundingMode?: "floor";
    readonly dataFormat?: string;
  }; // the kernels'
  if (pad !== "same" || dataFormat === "NCHW") return undefined;
  const { x, filter } = inputs;
  const info = tf.backend_util.computeConv2DInfo(
    x!.shape as Shape4D,
    filter!.shape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
  const axes = windowAxes(info);
  if (axes.every((axis) => reach(axis) >= axis.input)) return undefined;
  const cut = axes.reduce((part, axis, i) => window(tf, part, i + 1, -axis.before, reach(axis)), x!);
  return own({ inputs: { ...inputs, x: cut }, attrs: { ...attrs, pad: "valid" } });
}

function gatherInBatches(
  tf: TensorFlow,
  x: TfTensor,
  indices: TfTensor,
  axis: number,
  batchDims: number,
  own: (call: Partial<KernelCall>) => TfTensor,
): TfTensor {
  const { shape } = x;
  const at = axis < 0 ? axis + x.rank : axis;
  const batch = sizeOf(shape.slice(0, batchDims));
  const [outer, length, inner] = [sizeOf(shape.slice(batchDims, at)), shape[at]!, sizeOf(shape.slice(at + 1))];
  const count = indices.size / batch;
  const rows = tf.reshape(tf.transpose(tf.reshape(x, [batch, outer, length, inner]), [0, 2, 1, 3]), [
    batch * length,
    outer * inner,
  ]);
  const starts = tf.reshape(tf.mul(tf.range(0, batch, 1, "int32"), tf.scalar(length, "int32")), [batch, 1]);
  const flat = tf.reshape(tf.add(tf.reshape(indices, [batch, count]), starts), [batch * count]);
  const picked = own({ inputs: { x: rows, indices: flat }, attrs: { axis: 0, batchDims: 0 } });
  const arranged = tf.transpose(tf.reshape(picked, [batch, count, outer, inner]), [0, 2, 1, 3]);
  return tf.reshape(arranged, [...shape.slice(0, at), ...indices.shape.slice(batchDims), ...shape.slice(at + 1)]);
}
