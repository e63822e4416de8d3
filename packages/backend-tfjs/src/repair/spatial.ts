import { sizeOf } from "@attr/core";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";

/**
 * Moves along one axis of tensors of any rank, made of operations that every backend has and gets right: what gradients of
 * convolutions, pools and slices are written in.
 */

/** The tensor with its axes before and after one joined, and back. */
export function alongAxis(tf: TensorFlow, x: TfTensor, axis: number, change: (flat: TfTensor) => TfTensor): TfTensor {
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const flat = change(tf.reshape(x, [sizeOf(before), x.shape[axis]!, sizeOf(after)]));
  return tf.reshape(flat, [...before, flat.shape[1]!, ...after]);
}

/** Elements `begin .. begin + length` of an axis, those outside the tensor filled with `value`. */
export function window(tf: TensorFlow, x: TfTensor, axis: number, begin: number, length: number, value = 0): TfTensor {
  const size = x.shape[axis]!;
  if (begin === 0 && length === size) return x;
  const [from, to] = [Math.min(Math.max(begin, 0), size), Math.max(Math.min(begin + length, size), 0)];
  if (to <= from) return tf.fill(x.shape.with(axis, length), value);
  return alongAxis(tf, x, axis, (flat) => {
    const [rows, , columns] = flat.shape;
    const inside = from === 0 && to === size ? flat : tf.slice(flat, [0, from, 0], [rows!, to - from, columns!]);
    const [left, right] = [from - begin, begin + length - to];
    return left === 0 && right === 0
      ? inside
      : tf.pad(
          inside,
          [
            [0, 0],
            [left, right],
            [0, 0],
          ],
          value,
        );
  });
}

/** Every `stride`th of `count` elements of an axis, from `begin` on. */
export function every(tf: TensorFlow, x: TfTensor, axis: number, begin: number, stride: number, count: number): TfTensor {
  if (stride === 1) return window(tf, x, axis, begin, count);
  return alongAxis(tf, window(tf, x, axis, begin, count * stride), axis, (flat) => {
    const [rows, , columns] = flat.shape;
    const groups = tf.reshape(flat, [rows!, count, stride, columns!]);
    return tf.reshape(tf.slice(groups, [0, 0, 0, 0], [rows!, count, 1, columns!]), [rows!, count, columns!]);
  });
}

/** The way back from {@link every}: elements go to every `stride`th place of an axis of `length`, from `begin` on, among zeros. */
export function place(tf: TensorFlow, x: TfTensor, axis: number, begin: number, stride: number, length: number): TfTensor {
  return window(tf, spread(tf, x, axis, stride), axis, -begin, length);
}

/** Puts `stride − 1` zeros behind every element of an axis. */
export function spread(tf: TensorFlow, x: TfTensor, axis: number, stride: number): TfTensor {
  if (stride === 1) return x;
  return alongAxis(tf, x, axis, (flat) => {
    const [rows, count, columns] = flat.shape;
    const padded = tf.pad(tf.reshape(flat, [rows!, count!, 1, columns!]), [
      [0, 0],
      [0, 0],
      [0, stride - 1],
      [0, 0],
    ]);
    return tf.reshape(padded, [rows!, count! * stride, columns!]);
  });
}

/** Sums what was repeated to a larger shape by numpy's rules. */
export function unbroadcast(tf: TensorFlow, x: TfTensor, shape: readonly number[]): TfTensor {
  const extra = x.rank - shape.length;
  const axes = x.shape.flatMap((length, axis) => (axis < extra || (shape[axis - extra] === 1 && length !== 1) ? [axis] : []));
  return axes.length === 0 ? x : tf.reshape(tf.sum(x, axes), [...shape]);
}
