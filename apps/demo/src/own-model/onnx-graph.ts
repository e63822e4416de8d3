import type { AttributeProto, GradientCoverage, NodeProto, OnnxModel, TensorProto } from "@attr/backend-onnx";
import type { GraphNode, ModelGraph } from "../graph/model-graph.ts";

/** An ONNX file's graph, with what the gradient does at its nodes. Constants are no nodes: they are weights. */
export function onnxGraph(model: OnnxModel, { operators, uncovered }: GradientCoverage): ModelGraph {
  const { graph } = model.proto;
  const weights = new Map<string, number>();
  for (const tensor of graph.initializers) weights.set(tensor.name, sizeOf(tensor));
  for (const { values } of graph.sparseInitializers) weights.set(values.name, sizeOf(values));
  const computing = graph.nodes.filter((node) => {
    if (node.opType !== "Constant") return true;
    for (const output of node.outputs)
      weights.set(
        output,
        node.attributes.reduce((sum, { t }) => sum + (t ? sizeOf(t) : 0), 0),
      );
    return false;
  });
  const byOperator = new Map(operators.map((one) => [one.operator, one.gradient]));
  const none = new Map(uncovered.map(({ result, because }) => [result, because]));
  const names = new Set<string>();
  const nodes = computing.map((node): GraphNode => {
    const outputs = node.outputs.filter((name) => name !== "");
    const refused = outputs.some((name) => none.has(name));
    return {
      name: unlike(node.name || outputs[0] || node.opType, names),
      operator: operatorOf(node),
      inputs: [...new Set(node.inputs.filter((name) => name !== "" && !weights.has(name)))],
      outputs,
      attributes: Object.fromEntries(node.attributes.map((attribute) => [attribute.name, attributeText(attribute)])),
      parameters: node.inputs.reduce((sum, name) => sum + (weights.get(name) ?? 0), 0),
      gradient: refused ? "none" : (byOperator.get(operatorOf(node)) ?? "rule"),
      ...(refused && { because: outputs.map((name) => none.get(name)).find((because) => because !== undefined) }),
    };
  });
  return {
    inputs: model.inputs.map(({ name }) => name),
    outputs: model.outputs.map(({ name }) => name),
    nodes,
    values: Object.fromEntries(model.values.flatMap((name) => [[name, model.value(name)!]])),
  };
}

/** The standard set's operators by name, others by domain and name. */
function operatorOf({ domain, opType }: NodeProto): string {
  return domain === "" || domain === "ai.onnx" ? opType : `${domain}:${opType}`;
}

function sizeOf({ dims }: TensorProto): number {
  return dims.reduce((product, size) => product * size, 1);
}

function unlike(name: string, names: Set<string>): string {
  let free = name;
  for (let count = 2; names.has(free); count++) free = `${name} (${count})`;
  names.add(free);
  return free;
}

const utf8 = new TextDecoder();

/** Numbers of a longer list are counted, not written. */
const most = 12;

function attributeText({ f, i, s, t, g, floats, ints, strings }: AttributeProto): string {
  if (s !== undefined) return utf8.decode(s.subarray(0, 200));
  if (ints !== undefined && ints.length > 0) return listText(Array.from(ints, String));
  if (floats !== undefined && floats.length > 0)
    return listText(Array.from(floats, (number) => String(Number(number.toPrecision(6)))));
  if (strings !== undefined && strings.length > 0) return listText(strings.map((text) => utf8.decode(text.subarray(0, 40))));
  if (t !== undefined) return `a tensor of shape [${t.dims.join(", ")}]`;
  if (g !== undefined) return `a graph of ${g.nodes.length} nodes`;
  if (i !== undefined) return String(i);
  return f === undefined ? "" : String(Number(f.toPrecision(6)));
}

function listText(parts: readonly string[]): string {
  return `[${parts.slice(0, most).join(", ")}${parts.length > most ? `, … ${parts.length} in all` : ""}]`;
}
