import { InvalidArgumentError } from "@attr/core";
import type { NodeProto, TensorProto } from "../onnx/proto.ts";
import { float32Elements, int64Elements } from "../onnx/tensor-elements.ts";
import { describeNode } from "./node-name.ts";

/**
 * Holds what resizes against numbers that make sizes below zero: the runtime takes them and ends the process where they are used.
 *
 * @param constants short constants by name
 * @throws InvalidArgumentError naming the node and its numbers.
 */
export function checkScales(node: NodeProto, constants: ReadonlyMap<string, TensorProto>): void {
  if (node.domain !== "" || (node.opType !== "Resize" && node.opType !== "Upsample")) return;
  // Up to set 10 the scales came right after the operand.
  const scales = constants.get(node.inputs[node.opType === "Resize" && node.inputs.length > 2 ? 2 : 1] ?? "");
  const sizes = constants.get(node.inputs[3] ?? "");
  const attribute = node.attributes.find(({ name }) => name === "scales")?.floats;
  for (const list of [scales === undefined ? undefined : float32Elements(scales), attribute])
    if (list?.some((scale) => !(scale > 0 && Number.isFinite(scale))) === true) throw malformed(node, "scales", list);
  const lengths = sizes === undefined ? undefined : int64Elements(sizes);
  if (lengths?.some((size) => size < 0n) === true) throw malformed(node, "sizes", lengths);
}

function malformed(node: NodeProto, what: string, list: Float32Array | BigInt64Array): InvalidArgumentError {
  return new InvalidArgumentError(
    `the ONNX file is malformed: ${describeNode(node)} resizes with the ${what} [${list.join(", ")}]`,
  );
}
