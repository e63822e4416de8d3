import { sizeOf, stridesOf, unravel } from "../tensor/shape.ts";
import type { Shape } from "../tensor/tensor.ts";

/** `[n, ...from]` in the shape `[n, ...to]`: every element takes the one that lies at the same share of every axis, rounded down. */
export function resizeNearest(data: Float64Array, from: Shape, to: Shape): Float64Array {
  const strides = stridesOf(from);
  const source = Int32Array.from({ length: sizeOf(to) }, (_, position) =>
    unravel(position, to).reduce((sum, index, axis) => sum + Math.floor((index * from[axis]!) / to[axis]!) * strides[axis]!, 0),
  );
  const width = sizeOf(from);
  const count = width === 0 ? 0 : data.length / width;
  const resized = new Float64Array(count * source.length);
  for (let row = 0; row < count; row++)
    for (let i = 0; i < source.length; i++) resized[row * source.length + i] = data[row * width + source[i]!]!;
  return resized;
}
