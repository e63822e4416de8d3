import { InvalidArgumentError } from "../errors.ts";
import type { Shape } from "./tensor.ts";

/** More elements than this and a tensor is refused: no typed array of every runtime holds them. */
const mostElements = 2 ** 31;

/** `[2, 3]`, as messages show it. */
export function formatShape(shape: readonly (number | string | null)[]): string {
  return `[${shape.map((size) => size ?? "?").join(", ")}]`;
}

/** How many elements a shape has. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** Refuses what no tensor has as its shape; gives the number of elements. */
export function checkShape(shape: Shape, argument = "shape"): number {
  if (!Array.isArray(shape)) throw new InvalidArgumentError(`${argument} must be an array of axis lengths, got ${String(shape)}`);
  for (const length of shape)
    if (!Number.isSafeInteger(length) || length < 0)
      throw new InvalidArgumentError(
        `${argument} ${formatShape(shape)} holds ${String(length)}; axis lengths are whole numbers from 0 up`,
      );
  const size = sizeOf(shape);
  if (size > mostElements)
    throw new InvalidArgumentError(
      `${argument} ${formatShape(shape)} has ${size} elements; a tensor holds at most ${mostElements}`,
    );
  return size;
}

/** Whether two shapes have the same axis lengths. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** Elements between neighbours of every axis, row-major. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Strides that read `shape` as if it were broadcast to `target`: 0 along every axis that is repeated. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape);
  const lead = target.length - shape.length;
  return target.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : strides[axis - lead]!));
}

/** The shape two or more shapes broadcast to by numpy's rules. */
export function broadcastShapes(operation: string, shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes)
    for (let axis = 0; axis < shape.length; axis++) {
      const at = rank - shape.length + axis;
      const length = shape[axis]!;
      if (length === result[at] || length === 1) continue;
      if (result[at] !== 1)
        throw new InvalidArgumentError(`${operation}: shapes ${shapes.map(formatShape).join(" and ")} do not broadcast together`);
      result[at] = length;
    }
  checkShape(result, `${operation}: the result's shape`);
  return result;
}

/** An axis counted from the front; negative ones count from the back. */
export function resolveAxis(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new InvalidArgumentError(`${operation}: axis ${axis} is outside a tensor of rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}

/** The indices of a flat position: where in `shape` an element lies. */
export function unravel(position: number, shape: Shape): number[] {
  const indices = new Array<number>(shape.length);
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return indices;
}
