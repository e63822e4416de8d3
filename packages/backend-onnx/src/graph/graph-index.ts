import { InvalidArgumentError } from "@attr/core";
import type { GraphProto, ModelProto, NodeProto, TensorProto } from "../onnx/proto.ts";
import { innerValues, valuesRead } from "./free-values.ts";
import { describeNode } from "./node-name.ts";

/** Where the values of a model's graph come from, looked up once. */
export interface GraphIndex {
  readonly model: ModelProto;
  /** Nodes in an order in which each reads only what earlier ones made. */
  readonly nodes: readonly NodeProto[];
  /** For each of `nodes`: the values it reads, those of its subgraphs included. */
  readonly reads: readonly ReadonlySet<string>[];
  /** Value name → index into `nodes` of the node that makes it. */
  readonly producers: ReadonlyMap<string, number>;
  /** Inputs that must be fed: those without a constant of the same name (before IR version 4 constants are listed as inputs). */
  readonly inputs: readonly string[];
  readonly constants: ReadonlyMap<string, TensorProto>;
  readonly sparseConstants: ReadonlySet<string>;
  /** Inputs, then the nodes' outputs in the order they are computed. */
  readonly values: readonly string[];
  /** Values inside subgraphs, which can be neither fed nor fetched. */
  readonly inner: ReadonlySet<string>;
}

/**
 * Indexes a model's graph.
 *
 * @throws InvalidArgumentError where a value is made twice or by nobody, or nodes wait for each other in a circle.
 */
export function indexGraph(model: ModelProto): GraphIndex {
  const { graph } = model;
  const constants = new Map<string, TensorProto>();
  for (const tensor of graph.initializers) {
    if (tensor.name === "") throw new InvalidArgumentError("the ONNX file has an initializer without a name");
    if (constants.has(tensor.name)) throw new InvalidArgumentError(`the ONNX file has two initializers named "${tensor.name}"`);
    constants.set(tensor.name, tensor);
  }
  const sparseConstants = new Set<string>();
  for (const { values } of graph.sparseInitializers) {
    if (values.name === "" || constants.has(values.name) || sparseConstants.has(values.name))
      throw new InvalidArgumentError(
        `the ONNX file has a sparse initializer named "${values.name}", a name that is missing or taken`,
      );
    sparseConstants.add(values.name);
  }
  const inputs = graph.inputs.map((input) => input.name).filter((name) => !constants.has(name) && !sparseConstants.has(name));
  const given = new Set<string>(graph.inputs.map((input) => input.name));
  if (given.has("")) throw new InvalidArgumentError("the ONNX file has an input without a name");
  if (given.size !== graph.inputs.length) throw new InvalidArgumentError(`the ONNX file lists the input "${twice(graph)}" twice`);
  for (const name of constants.keys()) given.add(name);
  for (const name of sparseConstants) given.add(name);

  const { nodes, reads } = inOrder(graph.nodes, given);
  const producers = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const output of node.outputs) if (output !== "") producers.set(output, i);
  });
  return {
    model,
    nodes,
    reads,
    producers,
    inputs,
    constants,
    sparseConstants,
    values: [...inputs, ...producers.keys()],
    inner: innerValues(nodes),
  };
}

function twice(graph: GraphProto): string {
  const seen = new Set<string>();
  return graph.inputs.find(({ name }) => seen.size === seen.add(name).size)?.name ?? "";
}

/** Nodes in order, and the values each of them reads. */
export interface OrderedNodes {
  readonly nodes: readonly NodeProto[];
  readonly reads: readonly ReadonlySet<string>[];
}

/**
 * The nodes of a graph inside another, sorted.
 *
 * @param around names of the values that it can see around it
 * @throws InvalidArgumentError as {@link indexGraph}
 */
export function orderNodes(graph: GraphProto, around: ReadonlySet<string>): OrderedNodes {
  const given = new Set(around);
  // A name given around it may be made again inside: then the inner one is meant.
  for (const node of graph.nodes) for (const output of node.outputs) given.delete(output);
  for (const { name } of graph.inputs) given.add(name);
  for (const { name } of graph.initializers) given.add(name);
  for (const { values } of graph.sparseInitializers) given.add(values.name);
  return inOrder(graph.nodes, given);
}

/** The nodes sorted so that each comes after those it reads from; otherwise as they were. */
function inOrder(nodes: readonly NodeProto[], given: ReadonlySet<string>): OrderedNodes {
  const reads = nodes.map((node) => valuesRead(node));
  const producer = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const output of node.outputs) {
      if (output === "") continue;
      const other = producer.get(output);
      if (other !== undefined || given.has(output)) {
        const first = other === undefined ? "an input or initializer" : describeNode(nodes[other]!);
        throw new InvalidArgumentError(`the ONNX file makes the value "${output}" twice: ${first} and ${describeNode(node)}`);
      }
      producer.set(output, i);
    }
  });
  const readers = new Map<number, number[]>();
  const waiting = new Int32Array(nodes.length);
  let sorted = true;
  reads.forEach((names, i) => {
    for (const name of names) {
      const from = producer.get(name);
      if (from === undefined) {
        if (!given.has(name))
          throw new InvalidArgumentError(
            `${describeNode(nodes[i]!)} reads the value "${name}", which nothing in the ONNX file makes`,
          );
        continue;
      }
      if (from >= i) sorted = false;
      waiting[i]!++;
      const list = readers.get(from);
      if (list === undefined) readers.set(from, [i]);
      else list.push(i);
    }
  });
  if (sorted) return { nodes, reads };

  const order: number[] = [];
  for (let i = 0; i < nodes.length; i++) if (waiting[i] === 0) order.push(i);
  for (let next = 0; next < order.length; next++)
    for (const reader of readers.get(order[next]!) ?? []) if (--waiting[reader]! === 0) order.push(reader);
  if (order.length < nodes.length) {
    const stuck = nodes[waiting.findIndex((count) => count > 0)]!;
    throw new InvalidArgumentError(`the ONNX file's graph has a cycle: ${describeNode(stuck)} depends on its own result`);
  }
  return { nodes: order.map((i) => nodes[i]!), reads: order.map((i) => reads[i]!) };
}
