import { InvalidArgumentError } from "../errors.ts";
import { allocate, wordsOf } from "./dtype.ts";
import { HostTensor } from "./host-tensor.ts";
import {
  broadcastShapes,
  broadcastStrides,
  checkShape,
  formatShape,
  resolveAxis,
  sameShape,
  sizeOf,
  stridesOf,
} from "./shape.ts";
import type { DType, Shape, TensorData } from "./tensor.ts";
import { forEachRun, longestLast, planWalk } from "./walk.ts";

/** Runs shorter than this are copied element by element: a call of `set` costs more than they do. */
const shortRun = 32;

type Words = Uint8Array | Int32Array;

/** The same elements under another shape; nothing is copied. */
export function reshape(x: HostTensor, shape: Shape): HostTensor {
  const size = checkShape(shape, "reshape: shape");
  if (size !== x.data.length)
    throw new InvalidArgumentError(
      `reshape: shape ${formatShape(shape)} has ${size} elements, but the tensor ${formatShape(x.shape)} has ${x.data.length}`,
    );
  return new HostTensor(x.data, [...shape], x.dtype);
}

export function transpose(x: HostTensor, permutation: readonly number[]): HostTensor {
  const rank = x.shape.length;
  const isPermutation = permutation.length === rank && x.shape.every((_, axis) => permutation.includes(axis));
  if (!isPermutation)
    throw new InvalidArgumentError(
      `transpose: ${formatShape(permutation)} is no permutation of the axes of ${formatShape(x.shape)}`,
    );
  const strides = stridesOf(x.shape);
  return dense(
    x,
    permutation.map((axis) => x.shape[axis]!),
    permutation.map((axis) => strides[axis]!),
    0,
  );
}

export function broadcastTo(x: HostTensor, shape: Shape): HostTensor {
  checkShape(shape, "broadcastTo: shape");
  if (sameShape(x.shape, shape)) return x;
  if (x.shape.length > shape.length || !sameShape(broadcastShapes("broadcastTo", [x.shape, shape]), shape))
    throw new InvalidArgumentError(`broadcastTo: ${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`);
  return dense(x, [...shape], broadcastStrides(x.shape, shape), 0);
}

/** A slice of the first axis alone shares the elements; any other copies them. */
export function slice(x: HostTensor, begin: readonly number[], end: readonly number[]): HostTensor {
  const rank = x.shape.length;
  if (begin.length !== rank || end.length !== rank)
    throw new InvalidArgumentError(
      `slice: begin and end need one entry for each axis of ${formatShape(x.shape)}, got ${begin.length} and ${end.length}`,
    );
  for (let axis = 0; axis < rank; axis++) {
    const [from, to, length] = [begin[axis]!, end[axis]!, x.shape[axis]!];
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to > length)
      throw new InvalidArgumentError(`slice: ${from} to ${to} is outside axis ${axis} of ${formatShape(x.shape)}`);
  }
  const shape = x.shape.map((_, axis) => end[axis]! - begin[axis]!);
  const strides = stridesOf(x.shape);
  const start = strides.reduce((sum, stride, axis) => sum + stride * begin[axis]!, 0);
  const isPrefix = x.shape.every((length, axis) => axis === 0 || shape[axis] === length);
  if (isPrefix) return new HostTensor(x.data.subarray(start, start + sizeOf(shape)), shape, x.dtype);
  return dense(x, shape, strides, start);
}

export function concat(tensors: readonly HostTensor[], axis: number): HostTensor {
  const [first, ...others] = tensors;
  if (first === undefined) throw new InvalidArgumentError("concat: got no tensors");
  const at = resolveAxis("concat", axis, first.shape.length);
  for (const other of others) {
    if (other.dtype !== first.dtype)
      throw new InvalidArgumentError(
        `concat: joins tensors of one dtype, got ${first.dtype} and ${other.dtype}; cast one of them first`,
      );
    const fits =
      other.shape.length === first.shape.length && other.shape.every((length, i) => i === at || length === first.shape[i]);
    if (!fits)
      throw new InvalidArgumentError(
        `concat: ${formatShape(first.shape)} and ${formatShape(other.shape)} differ on another axis than ${at}`,
      );
  }
  if (others.length === 0) return first;
  const shape = first.shape.map((length, i) => (i === at ? tensors.reduce((sum, tensor) => sum + tensor.shape[at]!, 0) : length));
  const out = allocate<DType>(first.dtype, checkShape(shape, "concat: the result's shape"));
  const rows = sizeOf(shape.slice(0, at));
  const width = sizeOf(shape.slice(at));
  let column = 0;
  for (const tensor of tensors) {
    const run = sizeOf(tensor.shape.slice(at));
    copyRows(out, column, width, tensor.data, run, rows);
    column += run;
  }
  return new HostTensor(out, shape, first.dtype);
}

export function gather(x: HostTensor, indices: HostTensor, axis: number): HostTensor {
  if (indices.dtype !== "int32") throw new InvalidArgumentError(`gather: indices must be int32, got ${indices.dtype}`);
  const at = resolveAxis("gather", axis, x.shape.length);
  const length = x.shape[at]!;
  // int32 tensors hold Int32Array.
  const picks = indices.data as Int32Array;
  for (let i = 0; i < picks.length; i++)
    if (picks[i]! < 0 || picks[i]! >= length)
      throw new InvalidArgumentError(`gather: index ${picks[i]} is outside axis ${at} of ${formatShape(x.shape)}`);
  const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
  const out = allocate<DType>(x.dtype, checkShape(shape, "gather: the result's shape"));
  const scale = out.BYTES_PER_ELEMENT === 8 ? 2 : 1;
  const inner = sizeOf(x.shape.slice(at + 1)) * scale;
  gatherWords(wordsOf(out), wordsOf(x.data), picks, sizeOf(x.shape.slice(0, at)), length, inner);
  return new HostTensor(out, shape, x.dtype);
}

function gatherWords(out: Words, x: Words, picks: Int32Array, rows: number, length: number, inner: number): void {
  let o = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * length * inner;
    if (inner < shortRun)
      for (let k = 0; k < picks.length; k++) {
        const from = start + picks[k]! * inner;
        for (let n = 0; n < inner; n++) out[o++] = x[from + n]!;
      }
    else
      for (let k = 0; k < picks.length; k++) {
        const from = start + picks[k]! * inner;
        out.set(x.subarray(from, from + inner), o);
        o += inner;
      }
  }
}

/** Copies `rows` runs of `run` elements, which follow one another in `x`, to every `width` elements of `out`. */
function copyRows(out: TensorData, start: number, width: number, x: TensorData, run: number, rows: number): void {
  const scale = out.BYTES_PER_ELEMENT === 8 ? 2 : 1;
  const to = wordsOf(out);
  const from = wordsOf(x);
  const words = run * scale;
  for (let row = 0; row < rows; row++) {
    const target = (start + row * width) * scale;
    const source = row * words;
    if (words < shortRun) for (let n = 0; n < words; n++) to[target + n] = from[source + n]!;
    else to.set(from.subarray(source, source + words), target);
  }
}

/** The elements that strides and a start pick out, laid out row-major. */
function dense(x: HostTensor, shape: number[], strides: readonly number[], start: number): HostTensor {
  const out = allocate<DType>(x.dtype, sizeOf(shape));
  const plan = longestLast(planWalk(shape, [stridesOf(shape), strides]));
  const inner = plan.lengths.length - 1;
  const length = plan.lengths[inner]!;
  const [so, si] = plan.strides.map((steps) => steps[inner]!);
  const to = wordsOf(out);
  const from = wordsOf(x.data);
  const copy = out.BYTES_PER_ELEMENT === 8 ? copyPairs : copyWords;
  const scale = out.BYTES_PER_ELEMENT === 8 ? 2 : 1;
  forEachRun(plan, ([o, begin]) => {
    const i = start + begin!;
    if (so === 1 && si === 1 && length >= shortRun) to.set(from.subarray(i * scale, (i + length) * scale), o! * scale);
    else copy(to, from, length, o!, so!, i, si!);
  });
  return new HostTensor(out, shape, x.dtype);
}

function copyWords(out: Words, x: Words, length: number, o: number, so: number, i: number, si: number): void {
  for (let n = 0, t = o, p = i; n < length; n++, t += so, p += si) out[t] = x[p]!;
}

function copyPairs(out: Words, x: Words, length: number, o: number, so: number, i: number, si: number): void {
  for (let n = 0, t = o, p = i; n < length; n++, t += so, p += si) {
    out[2 * t] = x[2 * p]!;
    out[2 * t + 1] = x[2 * p + 1]!;
  }
}
