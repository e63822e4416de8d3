import { sizeOf } from "@attr/core";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { place, window } from "./spatial.ts";
import type { GradientDefinition } from "./with-gradients.ts";

/** Gradients of operations that move elements about: those that TensorFlow.js lacks, gives up on past some rank, or gets wrong. */
export function arrangingGradients(tf: TensorFlow): readonly GradientDefinition[] {
  return [
    {
      kernelName: "MirrorPad",
      inputsToSave: ["x"],
      gradFunc: (dy, [x], attrs) => {
        const { paddings, mode } = attrs as unknown as { readonly paddings: [number, number][]; readonly mode: string }; // the kernel's
        return { x: () => mirrorGradient(tf, dy as TfTensor, x!.shape, paddings, mode === "reflect" ? 1 : 0) };
      },
    },
    {
      kernelName: "StridedSlice",
      inputsToSave: ["x"],
      gradFunc: (dy, [x], attrs) => ({ x: () => stridedSliceGradient(tf, dy as TfTensor, x!.shape, attrs) }),
    },
    {
      kernelName: "DepthToSpace",
      inputsToSave: ["x"],
      gradFunc: (dy, [x], attrs) => {
        const { blockSize, dataFormat } = attrs as unknown as { readonly blockSize: number; readonly dataFormat: string };
        return {
          x: () => {
            const isLast = dataFormat !== "NCHW";
            const up = isLast ? (dy as TfTensor) : tf.transpose(dy as TfTensor, [0, 2, 3, 1]);
            const [rows, high, wide, channels] = up.shape as [number, number, number, number];
            const [h, w, b] = [high / blockSize, wide / blockSize, blockSize];
            // [rows, h, b, w, b, c] → [rows, h, w, b, b, c], in ranks that every backend transposes.
            const parts = tf.transpose(tf.reshape(up, [rows * h, b, w, b * channels]), [0, 2, 1, 3]);
            const last = tf.reshape(parts, [rows, h, w, b * b * channels]);
            return tf.reshape(isLast ? last : tf.transpose(last, [0, 3, 1, 2]), x!.shape);
          },
        };
      },
    },
    {
      kernelName: "Cumsum",
      gradFunc: (dy, _saved, attrs) => {
        const { axis, exclusive, reverse } = attrs as unknown as {
          readonly axis: number;
          readonly exclusive: boolean;
          readonly reverse: boolean;
        }; // the kernel's
        return { x: () => tf.cumsum(dy as TfTensor, axis, exclusive, !reverse) };
      },
    },
    {
      // TensorFlow.js stacks what it is handed, which is no list where there is one part: a sequence of one step.
      kernelName: "Unpack",
      gradFunc: (dy, _saved, attrs) => {
        const { axis } = attrs as unknown as { readonly axis: number };
        return { value: () => tf.stack(Array.isArray(dy) ? dy : [dy], axis) };
      },
    },
    {
      kernelName: "Tile",
      inputsToSave: ["x"],
      gradFunc: (dy, [x], attrs) => {
        const { reps } = attrs as unknown as { readonly reps: number[] };
        return {
          x: () =>
            x!.shape.reduce((part, length, axis) => {
              const times = reps[axis]!;
              if (times === 1) return part;
              const [before, after] = [part.shape.slice(0, axis), part.shape.slice(axis + 1)];
              const groups = tf.reshape(part, [sizeOf(before), times, length * sizeOf(after)]);
              return tf.reshape(tf.sum(groups, 1), [...before, length, ...after]);
            }, dy as TfTensor),
        };
      },
    },
  ];
}

function mirrorGradient(
  tf: TensorFlow,
  dy: TfTensor,
  shape: readonly number[],
  paddings: readonly (readonly [number, number])[],
  skip: 0 | 1,
): TfTensor {
  return shape.reduce((part, length, axis) => {
    const [before, after] = paddings[axis]!;
    if (before === 0 && after === 0) return part;
    let sum = window(tf, part, axis, before, length);
    // What was read backwards goes back backwards.
    if (before > 0) sum = tf.add(sum, place(tf, backwards(tf, window(tf, part, axis, 0, before), axis), axis, skip, 1, length));
    if (after > 0) {
      const tail = backwards(tf, window(tf, part, axis, before + length, after), axis);
      sum = tf.add(sum, place(tf, tail, axis, length - after - skip, 1, length));
    }
    return sum;
  }, dy);
}

function backwards(tf: TensorFlow, x: TfTensor, axis: number): TfTensor {
  const flat = tf.reshape(x, [sizeOf(x.shape.slice(0, axis)), x.shape[axis]!, sizeOf(x.shape.slice(axis + 1))]);
  return tf.reshape(tf.reverse(flat, 1), x.shape);
}

/** The attributes of the StridedSlice kernel. */
interface StridedSlice {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

function stridedSliceGradient(tf: TensorFlow, dy: TfTensor, shape: readonly number[], attrs: unknown): TfTensor {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs as StridedSlice;
  const info = tf.slice_util.sliceInfo(
    [...shape],
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  return shape.reduce(
    (part, length, axis) => {
      const [from, stride, count] = [info.begin[axis]!, info.strides[axis]!, part.shape[axis]!];
      if (stride > 0) return place(tf, part, axis, from, stride, length);
      return place(tf, backwards(tf, part, axis), axis, from + (count - 1) * stride, -stride, length);
    },
    // One axis for each of the operand's, those of length 1 that are dropped included.
    tf.reshape(
      dy,
      shape.map((_, axis) => countOf(info.begin[axis]!, info.end[axis]!, info.strides[axis]!)),
    ),
  );
}

function countOf(begin: number, end: number, stride: number): number {
  return Math.max(0, Math.ceil((end - begin) / stride));
}
