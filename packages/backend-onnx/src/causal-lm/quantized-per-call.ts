import type { AttributeProto, GraphProto, ModelProto, NodeProto } from "../onnx/proto.ts";

/** Operators that take one scale for all they are given, so that a row's numbers change with what else is in the call. */
const operators: ReadonlySet<string> = new Set(["DynamicQuantizeLinear", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM"]);

/** Whether a graph quantises what it computes with a scale of the whole call, as dynamically quantised (int8) exports do. */
export function quantizesPerCall(model: ModelProto): boolean {
  return inGraph(model.graph) || model.functions.some((each) => each.nodes.some(inNode));
}

function inGraph(graph: GraphProto): boolean {
  return graph.nodes.some(inNode);
}

function inNode(node: NodeProto): boolean {
  return operators.has(node.opType) || node.attributes.some(inAttribute);
}

function inAttribute({ g, graphs }: AttributeProto): boolean {
  return (g !== undefined && inGraph(g)) || (graphs ?? []).some(inGraph);
}
