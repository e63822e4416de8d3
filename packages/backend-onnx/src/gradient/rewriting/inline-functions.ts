import { innerValues, valuesDefined } from "../../graph/free-values.ts";
import { uniqueName } from "../../graph/unique-name.ts";
import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto } from "../../onnx/proto.ts";

/** Functions may call others; a circle of them would never end. */
const deepest = 32;

/** The same model with the operators that the file defines itself written out where they are used. */
export function inlineFunctions(model: ModelProto): ModelProto {
  if (model.functions.length === 0) return model;
  const functions = new Map(model.functions.map((definition) => [`${definition.domain}:${definition.name}`, definition]));
  const taken = new Set([...valuesDefined(model.graph), ...innerValues(model.graph.nodes)]);
  const own = new Set(model.functions.map(({ domain }) => domain));
  return {
    ...model,
    graph: inlineGraph(model.graph, functions, taken, 0),
    functions: [],
    opsetImports: model.opsetImports.filter(({ domain }) => !own.has(domain)),
  };
}

function inlineGraph(
  graph: GraphProto,
  functions: ReadonlyMap<string, FunctionProto>,
  taken: Set<string>,
  depth: number,
): GraphProto {
  return { ...graph, nodes: inlineNodes(graph.nodes, functions, taken, depth) };
}

function inlineNodes(
  nodes: readonly NodeProto[],
  functions: ReadonlyMap<string, FunctionProto>,
  taken: Set<string>,
  depth: number,
): readonly NodeProto[] {
  return nodes.flatMap((node) => {
    const definition = depth < deepest ? functions.get(`${node.domain}:${node.opType}`) : undefined;
    if (definition !== undefined) return inlineNodes(body(node, definition, taken), functions, taken, depth + 1);
    const attributes = node.attributes.map((attribute) =>
      withGraphs(attribute, (graph) => inlineGraph(graph, functions, taken, depth)),
    );
    return [{ ...node, attributes }];
  });
}

/** The nodes of a function with the names and settings of one call of it. */
function body(call: NodeProto, definition: FunctionProto, taken: Set<string>): readonly NodeProto[] {
  const names = new Map<string, string>();
  definition.inputs.forEach((input, i) => {
    names.set(input, call.inputs[i] ?? "");
  });
  definition.outputs.forEach((output, i) => {
    const outside = call.outputs[i];
    if (outside !== undefined && outside !== "") names.set(output, outside);
  });
  const prefix = call.name === "" ? (call.outputs[0] ?? definition.name) : call.name;
  const made = new Set(definition.nodes.flatMap(({ outputs }) => outputs));
  for (const name of [...made, ...innerValues(definition.nodes)])
    if (name !== "" && !names.has(name)) names.set(name, uniqueName(`${prefix}/${name}`, taken));
  // A function may hand an input on as it is.
  const handed = definition.outputs.flatMap((output, i): NodeProto[] => {
    const outside = call.outputs[i];
    if (!definition.inputs.includes(output) || outside === undefined || outside === "") return [];
    const inside = call.inputs[definition.inputs.indexOf(output)] ?? "";
    return [{ inputs: [inside], outputs: [outside], name: outside, opType: "Identity", domain: "", attributes: [] }];
  });
  const given = new Map([...definition.attributeProtos, ...call.attributes].map((attribute) => [attribute.name, attribute]));
  return [...definition.nodes.map((node) => renamed(node, names, given)), ...handed];
}

function renamed(node: NodeProto, names: ReadonlyMap<string, string>, given: ReadonlyMap<string, AttributeProto>): NodeProto {
  const name = (old: string): string => names.get(old) ?? old;
  const attributes = node.attributes.flatMap((attribute): AttributeProto[] => {
    if (attribute.refAttrName === undefined || attribute.refAttrName === "")
      return [withGraphs(attribute, (graph) => renamedGraph(graph, names, given))];
    const value = given.get(attribute.refAttrName);
    return value === undefined ? [] : [{ ...value, name: attribute.name }];
  });
  const outputs = node.outputs.map(name);
  // Two uses of a function must not have nodes of one name.
  return { ...node, name: outputs.find((output) => output !== "") ?? "", inputs: node.inputs.map(name), outputs, attributes };
}

function renamedGraph(
  graph: GraphProto,
  names: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, AttributeProto>,
): GraphProto {
  const rename = <T extends { readonly name: string }>(value: T): T => ({ ...value, name: names.get(value.name) ?? value.name });
  return {
    ...graph,
    nodes: graph.nodes.map((node) => renamed(node, names, given)),
    initializers: graph.initializers.map(rename),
    inputs: graph.inputs.map(rename),
    outputs: graph.outputs.map(rename),
    valueInfos: [],
  };
}

function withGraphs(attribute: AttributeProto, change: (graph: GraphProto) => GraphProto): AttributeProto {
  const { g, graphs } = attribute;
  if (g === undefined && graphs === undefined) return attribute;
  return { ...attribute, ...(g && { g: change(g) }), ...(graphs && { graphs: graphs.map(change) }) };
}
