import { type Random, seededRandom } from "@attr/core";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "./onnx/proto.ts";
import { readModel } from "./onnx/read-model.ts";
import { writeModel } from "./onnx/write-model.ts";

/** A broken relative of an ONNX file: one in three by its bytes, the others by what it says. */
export function hostileFile(bytes: Uint8Array, seed: number): Uint8Array {
  const random = seededRandom(seed);
  if (random.integer(3) === 0) return mutatedBytes(bytes, random);
  let model = readModel(bytes);
  for (let count = 1 + random.integer(3); count > 0; count--) model = mutatedModel(model, random);
  return writeModel(model);
}

/** Bytes flipped, replaced, cut out, put in or cut off. */
export function mutatedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let mutant = Uint8Array.from(bytes);
  for (let count = 1 + random.integer(4); count > 0; count--) {
    // Most of a file is weights: half of the changes go to where the structure is, at the beginning or the end.
    const span = random.integer(2) === 0 ? mutant.length : Math.min(mutant.length, 400);
    const at = random.integer(2) === 0 ? random.integer(span) : mutant.length - 1 - random.integer(span);
    switch (random.integer(6)) {
      case 0:
        mutant[at] = mutant[at]! ^ (1 << random.integer(8));
        break;
      case 1:
        mutant[at] = random.integer(256);
        break;
      case 2:
        mutant[at] = [0, 1, 127, 128, 255][random.integer(5)]!;
        break;
      case 3:
        mutant = Uint8Array.from([
          ...mutant.subarray(0, at),
          ...mutant.subarray(Math.min(mutant.length, at + 1 + random.integer(16))),
        ]);
        break;
      case 4:
        mutant = Uint8Array.from([...mutant.subarray(0, at), random.integer(256), random.integer(256), ...mutant.subarray(at)]);
        break;
      default:
        mutant = mutant.slice(0, Math.max(1, at));
    }
    if (mutant.length < 2) return mutant;
  }
  return mutant;
}

const integers = [0, 1, -1, 2, 3, 7, 64, 1000, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 40, 2 ** 52, -(2 ** 31), -(2 ** 52)];

function pick<T>(list: readonly T[], random: Random): T {
  return list[random.integer(list.length)]!;
}

function replaced<T>(list: readonly T[], random: Random, change: (item: T) => T): readonly T[] {
  if (list.length === 0) return list;
  const at = random.integer(list.length);
  return list.map((item, i) => (i === at ? change(item) : item));
}

function without<T>(list: readonly T[], random: Random): readonly T[] {
  if (list.length === 0) return list;
  const at = random.integer(list.length);
  return list.filter((_, i) => i !== at);
}

function mutatedModel(model: ModelProto, random: Random): ModelProto {
  if (random.integer(20) === 0) return { ...model, irVersion: pick(integers, random) };
  if (random.integer(20) === 0)
    return {
      ...model,
      opsetImports: replaced(model.opsetImports, random, (set) => ({ ...set, version: pick(integers, random) })),
    };
  return { ...model, graph: mutatedGraph(model.graph, random) };
}

function mutatedGraph(graph: GraphProto, random: Random): GraphProto {
  const names = [
    "",
    ...graph.nodes.flatMap((node) => [...node.inputs, ...node.outputs]),
    ...graph.initializers.map(({ name }) => name),
    ...graph.inputs.map(({ name }) => name),
  ];
  switch (random.integer(12)) {
    case 0:
      return { ...graph, nodes: without(graph.nodes, random) };
    case 1:
      return { ...graph, initializers: without(graph.initializers, random) };
    case 2:
      return { ...graph, inputs: replaced(graph.inputs, random, (value) => mutatedValue(value, random)) };
    case 3:
      return { ...graph, outputs: replaced(graph.outputs, random, (value) => mutatedValue(value, random)) };
    case 4:
    case 5:
      return { ...graph, initializers: replaced(graph.initializers, random, (tensor) => mutatedTensor(tensor, random)) };
    case 6:
      if (graph.nodes.length === 0) return graph;
      return { ...graph, nodes: replaced(graph.nodes, random, (node) => mutatedOperator(node, pick(graph.nodes, random))) };
    default:
      return { ...graph, nodes: replaced(graph.nodes, random, (node) => mutatedNode(node, names, random)) };
  }
}

/** The node with another's operator and settings. */
function mutatedOperator(node: NodeProto, other: NodeProto): NodeProto {
  return { ...node, opType: other.opType, domain: other.domain, attributes: other.attributes };
}

function mutatedNode(node: NodeProto, names: readonly string[], random: Random): NodeProto {
  const other = pick(names, random);
  switch (random.integer(6)) {
    case 0:
      return { ...node, inputs: replaced(node.inputs, random, () => other) };
    case 1:
      return { ...node, outputs: replaced(node.outputs, random, () => other) };
    case 2:
      return { ...node, inputs: random.integer(2) === 0 ? without(node.inputs, random) : [...node.inputs, other] };
    case 3:
      return { ...node, attributes: without(node.attributes, random) };
    default:
      return { ...node, attributes: replaced(node.attributes, random, (attribute) => mutatedAttribute(attribute, random)) };
  }
}

function mutatedAttribute(attribute: AttributeProto, random: Random): AttributeProto {
  const { i, f, ints, t, g } = attribute;
  if (random.integer(12) === 0) return { ...attribute, type: random.integer(15) };
  if (i !== undefined) return { ...attribute, i: BigInt(pick(integers, random)) };
  if (f !== undefined) return { ...attribute, f: pick([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e30], random) };
  if (ints !== undefined) {
    const list = [...ints];
    const change = random.integer(6);
    if (change === 0) list.push(BigInt(pick(integers, random)));
    else if (change === 1) list.pop();
    else if (list.length > 0) list[random.integer(list.length)] = BigInt(pick(integers, random));
    return { ...attribute, ints: BigInt64Array.from(list) };
  }
  if (t !== undefined) return { ...attribute, t: mutatedTensor(t, random) };
  if (g !== undefined) return { ...attribute, g: mutatedGraph(g, random) };
  return attribute;
}

function mutatedTensor(tensor: TensorProto, random: Random): TensorProto {
  const { rawData } = tensor;
  switch (random.integer(5)) {
    case 0:
      return { ...tensor, dims: replaced(tensor.dims, random, () => pick(integers, random)) };
    case 1:
      return { ...tensor, dims: random.integer(2) === 0 ? [...tensor.dims, pick(integers, random)] : tensor.dims.slice(1) };
    case 2:
      return { ...tensor, dataType: random.integer(28) };
    case 3:
      return { ...tensor, rawData: rawData?.subarray(random.integer(2), random.integer(rawData.length + 1)) };
    default: {
      if (rawData === undefined || rawData.length < 8) return { ...tensor, dims: [] };
      // Other numbers, which may be shapes, indices or axes.
      const bytes = rawData.slice();
      new DataView(bytes.buffer).setBigInt64(
        8 * random.integer(Math.floor(bytes.length / 8)),
        BigInt(pick(integers, random)),
        true,
      );
      return { ...tensor, rawData: bytes };
    }
  }
}

function mutatedValue(value: ValueInfoProto, random: Random): ValueInfoProto {
  const { tensorType } = value.type ?? {};
  if (tensorType === undefined || random.integer(6) === 0) return { name: value.name };
  if (random.integer(5) === 0) return { ...value, type: { tensorType: { ...tensorType, elemType: random.integer(28) } } };
  const dims = tensorType.shape?.dims ?? [];
  const changed = random.integer(3) === 0 ? dims.slice(1) : replaced(dims, random, () => ({ value: pick(integers, random) }));
  return { ...value, type: { tensorType: { ...tensorType, shape: { dims: changed } } } };
}
