import type { DType, HostData, Shape, TensorData } from "@attr/core";
import { allocate } from "./dtypes.ts";

/** A tensor as a flat list: what the naive loops of the tests work on. */
export interface NaiveTensor {
  readonly elements: readonly Element[];
  readonly shape: Shape;
  readonly dtype: DType;
}

/** int64 elements are bigints, all others numbers. */
export type Element = number | bigint;

/** What a backend read, as a naive tensor. */
export function naiveOf({ data, shape, dtype }: HostData): NaiveTensor {
  return { elements: Array.from<Element>(data as ArrayLike<Element>), shape, dtype };
}

/** The elements in the array of their dtype, rounded and wrapped as it does. */
export function dataOf({ elements, dtype }: NaiveTensor): TensorData {
  const data = allocate<DType>(dtype, elements.length);
  for (const [i, element] of elements.entries())
    if (data instanceof BigInt64Array) data[i] = BigInt(element);
    else data[i] = Number(element);
  return data;
}

/** A tensor made by asking for every element by its indices. */
export function naiveTensor(shape: Shape, dtype: DType, at: (indices: readonly number[]) => Element): NaiveTensor {
  const elements: Element[] = [];
  for (const indices of indicesOf(shape)) elements.push(at(indices));
  return naiveOf({ data: dataOf({ elements, shape, dtype }), shape, dtype });
}

/** All indices into a shape, in row-major order. */
export function indicesOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (all, length) => all.flatMap((indices) => Array.from({ length }, (_, index) => [...indices, index])),
    [[]],
  );
}

/** The element at indices of a shape that the tensor broadcasts to. */
export function elementAt(tensor: NaiveTensor, indices: readonly number[]): Element {
  const own = indices.slice(indices.length - tensor.shape.length);
  let position = 0;
  tensor.shape.forEach((length, axis) => {
    position = position * length + (length === 1 ? 0 : own[axis]!);
  });
  return tensor.elements[position]!;
}

/** The shape that shapes broadcast to, by numpy's words: aligned at the right, the length that is not 1. */
export function naiveBroadcast(shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[axis - (rank - shape.length)] ?? 1);
    return lengths.find((length) => length !== 1) ?? 1;
  });
}

/** How many elements a shape has. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** The indices of a flat position. */
export function unravel(position: number, shape: Shape): number[] {
  const indices: number[] = [];
  let rest = position;
  for (const length of [...shape].reverse()) {
    indices.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return indices;
}

/** Whether two shapes have the same sizes in the same order. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** Elements between neighbours of every axis, row-major. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}
