import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import type { GraphIndex } from "./graph-index.ts";
import { describeNode } from "./node-name.ts";
import type { ValueType, ValueTypes } from "./value-type.ts";

/** A value whose fixed sizes alone take more than this could only be computed by filling the machine's memory. */
const mostBytes = 2 ** 32;

/**
 * Refuses what only the values' types tell and native code does not check before it computes.
 *
 * @throws UnsupportedError where a value would fill the machine.
 * @throws InvalidArgumentError where an Upsample's scales are no list with one for each axis.
 */
export function checkTypes(index: GraphIndex, types: ValueTypes): void {
  for (const [name, type] of types) if (type !== undefined) checkSize(name, type);
  for (const node of index.nodes) {
    if (node.opType !== "Upsample" || node.domain !== "") continue;
    const shapeOf = (name: string | undefined): ValueType["shape"] =>
      index.constants.get(name ?? "")?.dims ?? types.get(name ?? "")?.shape;
    const axes = shapeOf(node.inputs[0])?.length;
    const scales = shapeOf(node.inputs[1]);
    if (scales === undefined) continue;
    const [count] = scales;
    if (scales.length !== 1 || (typeof count === "number" && axes !== undefined && count !== axes))
      throw new InvalidArgumentError(
        `${describeNode(node)} has scales of the shape [${scales.join(", ")}] for ${axes ?? "?"} axes`,
      );
  }
}

function checkSize(name: string, { element, shape }: ValueType): void {
  if (shape === undefined) return;
  const count = shape.reduce((product: number, size) => product * (typeof size === "number" ? size : 1), 1);
  const bytes = (count * element.bits) / 8;
  if (bytes > mostBytes)
    throw new UnsupportedError(
      `"${name}" has the shape [${shape.map((size) => size ?? "?").join(", ")}]: it takes ${bytes} bytes at the least`,
    );
}
