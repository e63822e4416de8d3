import type { AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto } from "../onnx/proto.ts";
import { innerValues, valuesDefined } from "./free-values.ts";
import { uniqueName } from "./unique-name.ts";

/** Operators whose number of outputs means something: each has to have a name. */
const countedOutputs: ReadonlySet<string> = new Set(["If", "Loop", "Scan", "Split", "SplitToSequence", "TopK"]);

/**
 * The same model in the form that runtimes read safely: optional inputs and outputs left out at the end of a list are not listed at all
 * (some operators look only at the list's length and then read what is not there), outputs that nobody wants but that count have a
 * name, and a size of -1 is a free one.
 */
export function tidy(model: ModelProto): ModelProto {
  const taken = new Set([...valuesDefined(model.graph), ...innerValues(model.graph.nodes)]);
  for (const definition of model.functions) {
    for (const name of definition.inputs) taken.add(name);
    for (const node of definition.nodes) for (const output of node.outputs) taken.add(output);
    innerValues(definition.nodes, taken);
  }
  return {
    ...model,
    graph: tidyGraph(model.graph, taken),
    functions: model.functions.map((definition) => ({
      ...definition,
      nodes: definition.nodes.map((node) => tidyNode(node, taken)),
    })),
  };
}

function tidyGraph(graph: GraphProto, taken: Set<string>): GraphProto {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => tidyNode(node, taken)),
    inputs: graph.inputs.map(tidyValue),
    outputs: graph.outputs.map(tidyValue),
    valueInfos: graph.valueInfos.map(tidyValue),
  };
}

function tidyNode(node: NodeProto, taken: Set<string>): NodeProto {
  const hasGraphs = node.attributes.some(({ g, graphs }) => g !== undefined || graphs !== undefined);
  const gaps = node.inputs.includes("") || node.outputs.includes("");
  if (!(hasGraphs || gaps)) return node;
  const outputs = countedOutputs.has(node.opType)
    ? node.outputs.map((output) => (output === "" ? uniqueName("unused", taken) : output))
    : withoutLast(node.outputs);
  const attributes = hasGraphs ? node.attributes.map((attribute) => tidyAttribute(attribute, taken)) : node.attributes;
  return { ...node, inputs: withoutLast(node.inputs), outputs, attributes };
}

function withoutLast(names: readonly string[]): readonly string[] {
  const end = names.findLastIndex((name) => name !== "") + 1;
  return end === names.length ? names : names.slice(0, end);
}

function tidyAttribute(attribute: AttributeProto, taken: Set<string>): AttributeProto {
  const { g, graphs } = attribute;
  if (g === undefined && graphs === undefined) return attribute;
  return {
    ...attribute,
    ...(g && { g: tidyGraph(g, taken) }),
    ...(graphs && { graphs: graphs.map((graph) => tidyGraph(graph, taken)) }),
  };
}

function tidyValue(info: ValueInfoProto): ValueInfoProto {
  const tensorType = info.type?.tensorType;
  const dims = tensorType?.shape?.dims;
  if (tensorType === undefined || dims === undefined || !dims.some(({ value }) => value === -1)) return info;
  const free = dims.map((dimension) => (dimension.value === -1 ? { ...dimension, value: undefined } : dimension));
  return { ...info, type: { ...info.type, tensorType: { ...tensorType, shape: { ...tensorType.shape, dims: free } } } };
}
