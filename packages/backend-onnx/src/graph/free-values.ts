import type { AttributeProto, GraphProto, NodeProto } from "../onnx/proto.ts";

/** The graphs a node carries: the branches of an If, the body of a Loop or Scan. */
export function* subgraphs(node: { readonly attributes: readonly AttributeProto[] }): Generator<GraphProto> {
  for (const attribute of node.attributes) {
    if (attribute.g !== undefined) yield attribute.g;
    if (attribute.graphs !== undefined) yield* attribute.graphs;
  }
}

/** Names of the values a node reads: its inputs, and what its subgraphs take from around them. */
export function valuesRead(node: NodeProto): Set<string> {
  const read = new Set<string>();
  for (const name of node.inputs) if (name !== "") read.add(name);
  for (const graph of subgraphs(node)) for (const name of freeValues(graph)) read.add(name);
  return read;
}

/** Names that a graph defines itself: its inputs, constants and nodes' outputs. */
export function valuesDefined(graph: GraphProto): Set<string> {
  const defined = new Set<string>();
  for (const input of graph.inputs) defined.add(input.name);
  for (const tensor of graph.initializers) defined.add(tensor.name);
  for (const sparse of graph.sparseInitializers) defined.add(sparse.values.name);
  for (const node of graph.nodes) for (const output of node.outputs) if (output !== "") defined.add(output);
  return defined;
}

/** Names that a graph takes from around it. */
export function freeValues(graph: GraphProto): Set<string> {
  const defined = valuesDefined(graph);
  const free = new Set<string>();
  for (const node of graph.nodes) for (const name of valuesRead(node)) if (!defined.has(name)) free.add(name);
  for (const output of graph.outputs) if (!defined.has(output.name)) free.add(output.name);
  return free;
}

/** Names of all values inside the subgraphs of `nodes`, at any depth. */
export function innerValues(nodes: readonly NodeProto[], into: Set<string> = new Set()): Set<string> {
  for (const node of nodes)
    for (const graph of subgraphs(node)) {
      for (const name of valuesDefined(graph)) into.add(name);
      innerValues(graph.nodes, into);
    }
  return into;
}
