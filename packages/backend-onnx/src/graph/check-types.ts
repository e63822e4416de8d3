import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import type { NodeProto } from "../onnx/proto.ts";
import type { GraphIndex } from "./graph-index.ts";
import { describeNode } from "./node-name.ts";
import type { ValueType, ValueTypes } from "./value-type.ts";

/** A value whose fixed sizes alone take more than this could only be computed by filling the machine's memory. */
const mostBytes = 2 ** 32;

/**
 * Refuses what only the values' types tell and native code does not check before it computes.
 *
 * @throws UnsupportedError where a value would fill the machine.
 * @throws InvalidArgumentError where scales or sizes that something is resized by are no list with one for each axis.
 */
export function checkTypes(index: GraphIndex, types: ValueTypes): void {
  for (const [name, type] of types) if (type !== undefined) checkSize(name, type);
  const shapeOf = (name: string | undefined): ValueType["shape"] =>
    name ? (index.constants.get(name)?.dims ?? types.get(name)?.shape) : undefined;
  for (const node of index.nodes) if (node.domain === "") checkLists(node, shapeOf);
}

/** What resizes takes a list with a number for each axis; empty where another list tells. */
function checkLists(node: NodeProto, shapeOf: (name: string | undefined) => ValueType["shape"]): void {
  const lists: readonly (readonly [what: string, input: number])[] =
    node.opType === "Upsample" || (node.opType === "Resize" && node.inputs.length === 2)
      ? [["scales", 1]]
      : node.opType === "Resize"
        ? [["scales", 2], ["sizes", 3]] // biome-ignore format: pairs
        : [];
  const axes = node.attributes.find(({ name }) => name === "axes")?.ints?.length ?? shapeOf(node.inputs[0])?.length;
  for (const [what, input] of lists) {
    const shape = shapeOf(node.inputs[input]);
    if (shape === undefined) continue;
    const [count] = shape;
    const empty = node.opType === "Resize" && count === 0;
    if (shape.length !== 1 || (typeof count === "number" && !empty && axes !== undefined && count !== axes))
      throw new InvalidArgumentError(
        `${describeNode(node)} has ${what} of the shape [${shape.join(", ")}] for ${axes ?? "?"} axes`,
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
