import type { FileShape, ValueType } from "../../graph/value-type.ts";

/** A size: fixed, by name (two of one name are the same), or unknown. */
export type Size = number | string | null;

/** Names that stand for sizes nobody named: equal ones are the same size. */
export const inventedName = "?";

export function isInvented(size: Size): boolean {
  return typeof size === "string" && size.startsWith(inventedName);
}

/** The more precise of two statements of one type. */
export function mergeTypes(a: ValueType | undefined, b: ValueType | undefined): ValueType | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.shape === undefined || b.shape === undefined) return { element: a.element, shape: a.shape ?? b.shape };
  if (a.shape.length !== b.shape.length) return { element: a.element };
  const other = b.shape;
  return { element: a.element, shape: a.shape.map((size, i) => moreOf(size, other[i]!)) };
}

/** The more precise of two statements of one size. */
export function moreOf(a: Size, b: Size): Size {
  if (typeof a === "number" || b === null) return a;
  if (typeof b === "number" || a === null) return b;
  // onnxruntime invents names as well, one a value; those that come from the operands tell more.
  return isInvented(a) || a.startsWith("unk__") ? b : a;
}

/** The shape that operands have together under the rules of broadcasting. */
export function broadcastShapes(shapes: readonly FileShape[]): FileShape {
  let result: readonly Size[] = [];
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    const rank = Math.max(result.length, shape.length);
    const left: readonly Size[] = result;
    result = Array.from({ length: rank }, (_, axis) => {
      const a = left[axis - rank + left.length];
      const b = shape[axis - rank + shape.length];
      return broadcastSizes(a ?? (a === null ? null : 1), b ?? (b === null ? null : 1));
    });
  }
  return result;
}

function broadcastSizes(a: Size, b: Size): Size {
  if (a === 1) return b;
  if (b === 1 || a === b) return a;
  if (typeof a === "number") return a;
  return typeof b === "number" ? b : null;
}
