import { freeValues, valuesRead } from "../graph/free-values.ts";
import { orderNodes } from "../graph/graph-index.ts";
import type { ValueType } from "../graph/value-type.ts";
import { elementTypeOf } from "../onnx/element-type.ts";
import type { GraphProto, NodeProto, ValueInfoProto } from "../onnx/proto.ts";
import type { GraphBuilder } from "./graph-builder.ts";

/** A graph inside another, with a builder that knows its values and those around it. */
export interface OpenGraph {
  readonly build: GraphBuilder;
  /** In an order in which each reads only what earlier ones made. */
  readonly nodes: readonly NodeProto[];
}

/** Works out the types of the values in a branch or a body; `inputs` are those of what it is given. */
export function openGraph(around: GraphBuilder, graph: GraphProto, inputs: readonly (ValueType | undefined)[] = []): OpenGraph {
  const build = around.branch();
  for (const tensor of graph.initializers) build.learnConstant(tensor);
  graph.inputs.forEach(({ name, type }, i) => {
    const element = elementTypeOf(type?.tensorType?.elemType ?? 0);
    build.declare(name, inputs[i] ?? (element && { element }));
    build.nameSizes(name);
  });
  const { nodes } = orderNodes(graph, freeValues(graph));
  for (const node of nodes) build.learn(node);
  return { build, nodes };
}

/** A graph of what the results need of the opened nodes, as they are now, and of what was written beside them. */
export function closeGraph(
  { build }: OpenGraph,
  graph: GraphProto,
  nodes: readonly NodeProto[],
  inputs: readonly ValueInfoProto[],
  results: readonly string[],
): GraphProto {
  // A result needs a name that no other result has, and may be no input.
  const outputs = results.map((name) => {
    const result = build.name("result");
    build.write({ inputs: [name], outputs: [result], name: result, opType: "Identity", domain: "", attributes: [] });
    build.declare(result, build.type(name));
    return result;
  });
  const written = build.asGraph(build.name("graph"), inputs, outputs);
  const whole: GraphProto = {
    ...written,
    nodes: [...nodes, ...written.nodes],
    initializers: [...graph.initializers, ...written.initializers],
    sparseInitializers: graph.sparseInitializers,
  };
  const needed = valuesNeeded(whole.nodes, outputs);
  const kept = whole.nodes.filter((node) => node.outputs.some((output) => needed.has(output)));
  return { ...whole, nodes: orderNodes({ ...whole, nodes: kept }, freeValues(whole)).nodes };
}

/** The results and all that they are made from, by the nodes in any order. */
export function valuesNeeded(nodes: readonly NodeProto[], results: readonly string[]): ReadonlySet<string> {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const needed = new Set<string>();
  const pending = [...results];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    const producer = producers.get(name);
    if (producer !== undefined) pending.push(...valuesRead(producer));
  }
  return needed;
}

/** An input or a result of a body with its shape as far as it is known: the runtime wants that of a Scan's. */
export function shapedValue(name: string, type: ValueType | undefined): ValueInfoProto {
  const dims = type?.shape?.map((size) => (typeof size === "number" ? { value: size } : {}));
  return { name, type: { tensorType: { elemType: type?.element.code ?? 1, ...(dims && { shape: { dims } }) } } };
}

/** An input of a body: its element type alone, since bodies are run with values of any shape. */
export function bodyInput(name: string, type: ValueType | undefined): ValueInfoProto {
  return { name, type: { tensorType: { elemType: type?.element.code ?? 1 } } };
}
