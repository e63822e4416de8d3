import type { AttributeProto, GraphProto, NodeProto } from "../onnx/proto.ts";
import { valuesDefined } from "./free-values.ts";

/** A node that reads other values in place of some, in its subgraphs too. What a subgraph makes itself keeps its name. */
export function readOthers(node: NodeProto, other: (name: string) => string): NodeProto {
  const inputs = node.inputs.map((name) => (name === "" ? "" : other(name)));
  return { ...node, inputs, attributes: node.attributes.map((attribute) => inSubgraphs(attribute, other)) };
}

function inSubgraphs(attribute: AttributeProto, other: (name: string) => string): AttributeProto {
  const { g, graphs } = attribute;
  if (g === undefined && graphs === undefined) return attribute;
  return {
    ...attribute,
    ...(g && { g: graphReadingOthers(g, other) }),
    ...(graphs && { graphs: graphs.map((graph) => graphReadingOthers(graph, other)) }),
  };
}

function graphReadingOthers(graph: GraphProto, other: (name: string) => string): GraphProto {
  const own = valuesDefined(graph);
  const around = (name: string): string => (own.has(name) ? name : other(name));
  return {
    ...graph,
    nodes: graph.nodes.map((node) => readOthers(node, around)),
    outputs: graph.outputs.map((output) => ({ ...output, name: around(output.name) })),
  };
}
