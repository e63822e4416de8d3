import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { offsets, type WindowAxis, windowAxes } from "./geometry.ts";
import { every, place, window } from "./spatial.ts";
import type { GradientDefinition } from "./with-gradients.ts";

/** The attributes of the pooling kernels. */
interface Attributes {
  readonly filterSize: number;
  readonly strides: number;
  readonly pad: "valid" | "same" | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * Gradients of pools: of averages with padding, which TensorFlow.js divides by the whole window also where it reaches over the border;
 * of maxima, whose kernel wasm gets wrong.
 */
export function poolingGradients(tf: TensorFlow): readonly GradientDefinition[] {
  const axesOf = (x: TfTensor, attrs: unknown): readonly WindowAxis[] => {
    const { filterSize, strides, pad, dimRoundingMode } = attrs as Attributes; // the kernel's
    if (x.rank === 5)
      return windowAxes(
        tf.backend_util.computePool3DInfo(
          x.shape as [number, number, number, number, number],
          filterSize,
          strides,
          1,
          pad,
          dimRoundingMode,
        ),
      );
    return windowAxes(
      tf.backend_util.computePool2DInfo(
        x.shape as [number, number, number, number],
        filterSize,
        strides,
        1,
        pad,
        dimRoundingMode,
      ),
    );
  };
  const average = (kernelName: string): GradientDefinition => ({
    kernelName,
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => ({ x: () => averageGradient(tf, dy as TfTensor, axesOf(x!, attrs)) }), // one output
  });
  const largest = (kernelName: string): GradientDefinition => ({
    kernelName,
    inputsToSave: ["x"],
    outputsToSave: [true],
    gradFunc: (dy, [x, y], attrs) => ({ x: () => largestGradient(tf, dy as TfTensor, x!, y!, axesOf(x!, attrs)) }),
  });
  return [average("AvgPool"), average("AvgPool3D"), largest("MaxPool"), largest("MaxPool3D")];
}

/** Every output gives equal shares to the inputs it is the average of: one axis after the other. */
function averageGradient(tf: TensorFlow, dy: TfTensor, axes: readonly WindowAxis[]): TfTensor {
  return axes.reduce((share, { input, output, size, stride, dilation, before }, i) => {
    const axis = i + 1;
    const counts = Float32Array.from({ length: output }, (_, o) => {
      let count = 0;
      for (let k = 0; k < size; k++) {
        const at = o * stride - before + k * dilation;
        if (at >= 0 && at < input) count++;
      }
      return Math.max(count, 1);
    });
    const shape = share.shape.map((_, at) => (at === axis ? output : 1));
    const each = tf.div(share, tf.tensor(counts, shape));
    const places = Array.from({ length: size }, (_, k) => place(tf, each, axis, k * dilation - before, stride, input));
    return places.reduce((sum, part) => tf.add(sum, part));
  }, dy);
}

/** The first of the largest inputs of a window gets what its output got. */
function largestGradient(tf: TensorFlow, dy: TfTensor, x: TfTensor, y: TfTensor, axes: readonly WindowAxis[]): TfTensor {
  const padded = axes.reduce((part, { output, size, stride, dilation, before }, i) => {
    const length = (output - 1) * stride + (size - 1) * dilation + 1;
    return window(tf, part, i + 1, -before, length, Number.NEGATIVE_INFINITY);
  }, x);
  let open = tf.onesLike(y);
  let total: TfTensor | undefined;
  for (const offset of offsets(axes)) {
    const seen = axes.reduce(
      (part, { stride, dilation, output }, i) => every(tf, part, i + 1, offset[i]! * dilation, stride, output),
      padded,
    );
    const chosen = tf.mul(open, tf.cast(tf.equal(seen, y), "float32"));
    open = tf.sub(open, chosen);
    const part = axes.reduce(
      (up, { input, stride, dilation, before }, i) => place(tf, up, i + 1, offset[i]! * dilation - before, stride, input),
      tf.mul(dy, chosen),
    );
    total = total === undefined ? part : tf.add(total, part);
  }
  return total!; // a window has an element
}
