import { formatShape, InvalidArgumentError, resolveAxis } from "@attr/core";

/** The axes to reduce, all where none are named. */
export function resolveAxes(operation: string, axes: readonly number[] | undefined, rank: number): number[] {
  const resolved = (axes ?? Array.from({ length: rank }, (_, axis) => axis)).map((axis) => resolveAxis(operation, axis, rank));
  if (new Set(resolved).size !== resolved.length)
    throw new InvalidArgumentError(`${operation}: axes ${formatShape(axes ?? [])} name one axis twice`);
  return resolved;
}
