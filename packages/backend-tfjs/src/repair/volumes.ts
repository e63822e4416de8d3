import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { type Attributes, axes3D, inputGradient3D } from "./convolution.ts";
import { reach, type WindowAxis, windowAxes } from "./geometry.ts";
import { type KernelCall, replacedKernel } from "./replaced-kernel.ts";
import { every, window } from "./spatial.ts";
import type { KernelDefinition } from "./with-gradients.ts";

/**
 * Kernels of volumes, which begin too far within where padding is "same" and windows leave gaps: all that TensorFlow.js brings, and of
 * TensorFlow's own that of maxima.
 */
export function volumeKernels(tf: TensorFlow, backendName: string): readonly KernelDefinition[] {
  const replaced = (name: string, compute: Parameters<typeof replacedKernel>[3]): readonly KernelDefinition[] =>
    replacedKernel(tf, backendName, name, compute);
  const pool = (name: string): readonly KernelDefinition[] =>
    replaced(name, ({ inputs, attrs }, own) => {
      const x = inputs["x"]!;
      const cut = withoutGaps(tf, x, poolAxes(tf, x, attrs), attrs);
      return cut === undefined ? undefined : own({ inputs: { ...inputs, x: cut } });
    });
  if (backendName === "tensorflow") return pool("MaxPool3D");
  return [
    ...replaced("Conv3D", ({ inputs, attrs }, own) => {
      const { x, filter } = inputs;
      const cut = withoutGaps(tf, x!, axes3D(tf, x!.shape, filter!, attrs as unknown as Attributes), attrs); // the kernel's
      return cut === undefined ? undefined : own({ inputs: { ...inputs, x: cut } });
    }),
    ...replaced("Conv3DBackpropInputV2", ({ inputs, attrs }) => {
      const { dy, filter } = inputs;
      const { inputShape, ...rest } = attrs as unknown as Attributes & { readonly inputShape: readonly number[] };
      const axes = axes3D(tf, inputShape, filter!, rest);
      // wasm's is wrong with gaps and without.
      if (backendName !== "wasm" && !(rest.pad === "same" && axes.some(hasGaps))) return undefined;
      return inputGradient3D(tf, dy!, filter!, axes);
    }),
    ...pool("AvgPool3D"),
    // On wasm never less than 0.
    ...(backendName === "wasm"
      ? replaced("MaxPool3D", ({ inputs, attrs }) => largest(tf, inputs["x"]!, poolAxes(tf, inputs["x"]!, attrs)))
      : pool("MaxPool3D")),
  ];
}

function poolAxes(tf: TensorFlow, x: TfTensor, attrs: KernelCall["attrs"]): readonly WindowAxis[] {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as {
    readonly filterSize: number;
    readonly strides: number;
    readonly pad: "same" | "valid" | number;
    readonly dimRoundingMode?: "floor";
  }; // the kernel's
  const shape = x.shape as [number, number, number, number, number];
  return windowAxes(tf.backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode));
}

function hasGaps(axis: WindowAxis): boolean {
  return reach(axis) < axis.input;
}

/** What windows reach over, so that nothing is left to be padded wrongly; undefined where that is everything. */
function withoutGaps(
  tf: TensorFlow,
  x: TfTensor,
  axes: readonly WindowAxis[],
  { pad }: KernelCall["attrs"],
): TfTensor | undefined {
  if (pad !== "same" || !axes.some(hasGaps)) return undefined;
  return axes.reduce((part, axis, i) => (hasGaps(axis) ? window(tf, part, i + 1, 0, reach(axis)) : part), x);
}

function largest(tf: TensorFlow, x: TfTensor, axes: readonly WindowAxis[]): TfTensor {
  return axes.reduce((part, axis, i) => {
    const padded = window(tf, part, i + 1, -axis.before, reach(axis), Number.NEGATIVE_INFINITY);
    const views = Array.from({ length: axis.size }, (_, k) =>
      every(tf, padded, i + 1, k * axis.dilation, axis.stride, axis.output),
    );
    return views.reduce((most, view) => tf.maximum(most, view));
  }, tf.clone(x) as TfTensor);
}
