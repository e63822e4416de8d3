import { InvalidArgumentError, type Shape } from "@attr/core";

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

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** @throws InvalidArgumentError for what is no shape. */
export function checkShape(shape: Shape, argument: string): number {
  if (!Array.isArray(shape)) throw new InvalidArgumentError(`${argument} must be an array of axis lengths, got ${String(shape)}`);
  for (const length of shape)
    if (!Number.isSafeInteger(length) || length < 0)
      throw new InvalidArgumentError(
        `${argument} ${formatShape(shape)} holds ${String(length)}; axis lengths are whole numbers from 0 up`,
      );
  return sizeOf(shape);
}

/** The shape that shapes broadcast to by numpy's rules. */
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
  return result;
}

/** An axis counted from the front; negative ones count from the back. */
export function resolveAxis(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new InvalidArgumentError(`${operation}: axis ${axis} is outside a tensor of rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}

/** The axes to reduce, all where none are named. */
export function resolveAxes(operation: string, axes: readonly number[] | undefined, rank: number): number[] {
  const resolved = (axes ?? Array.from({ length: rank }, (_, axis) => axis)).map((axis) => resolveAxis(operation, axis, rank));
  if (new Set(resolved).size !== resolved.length)
    throw new InvalidArgumentError(`${operation}: axes ${formatShape(axes ?? [])} name one axis twice`);
  return resolved;
}
