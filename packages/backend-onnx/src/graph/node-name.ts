import type { NodeProto } from "../onnx/proto.ts";

/** How a sentence names a node: `node "conv1" (Conv)`; one without a name is told by its output. */
export function describeNode(node: NodeProto): string {
  const type = node.domain === "" || node.domain === "ai.onnx" ? node.opType : `${node.domain}.${node.opType}`;
  if (node.name !== "") return `node "${node.name}" (${type})`;
  return `the ${type} node of "${node.outputs[0] ?? ""}"`;
}
