import { InvalidArgumentError } from "@attr/core";
import type { NodeProto, TensorProto } from "../onnx/proto.ts";
import { int64Elements } from "../onnx/tensor-elements.ts";
import { describeNode } from "./node-name.ts";

/** Turns after which a loop that nothing ends early is taken for one without an end. */
const mostTurns = 2n ** 24n;

/**
 * @param constants short constants by name
 * @throws InvalidArgumentError where a Scan takes more inputs apart than it has, or a Loop can only end after more turns than anybody
 * can wait for. A loop whose condition is computed cannot be told from an endless one.
 */
export function checkLoops(node: NodeProto, constants: ReadonlyMap<string, TensorProto>): void {
  if (node.domain !== "") return;
  if (node.opType === "Scan") {
    const count = node.attributes.find(({ name }) => name === "num_scan_inputs")?.i;
    if (count !== undefined && (count < 1n || count > BigInt(node.inputs.length)))
      throw new InvalidArgumentError(
        `the ONNX file is malformed: ${describeNode(node)} takes ${count} of ${node.inputs.length} inputs apart`,
      );
  }
  if (node.opType !== "Loop") return;
  const turns = constants.get(node.inputs[0] ?? "");
  const limit = turns === undefined ? undefined : int64Elements(turns)?.[0];
  const endless = node.inputs[0] ? limit !== undefined && limit > mostTurns : true;
  if (endless && goesOnForever(node, constants))
    throw new InvalidArgumentError(`the ONNX file is malformed: ${describeNode(node)} has no end`);
}

/** True where the loop's condition is none, or hands itself on. */
function goesOnForever(node: NodeProto, constants: ReadonlyMap<string, TensorProto>): boolean {
  const condition = node.inputs[1] ?? "";
  const body = node.attributes.find(({ name }) => name === "body")?.g;
  if (body === undefined || (condition !== "" && !constants.has(condition))) return false;
  const handedOn = new Set([body.inputs[1]?.name, ...body.initializers.map(({ name }) => name)]);
  let next = body.outputs[0]?.name;
  // Through any number of Identity nodes, each visited once.
  for (let hops = 0; hops <= body.nodes.length; hops++) {
    if (next === undefined || handedOn.has(next)) return true;
    const producer = body.nodes.find((each) => each.outputs.includes(next ?? ""));
    if (producer?.opType === "Constant") return true;
    if (producer?.opType !== "Identity") return producer === undefined && constants.has(next);
    next = producer.inputs[0];
  }
  return true;
}
