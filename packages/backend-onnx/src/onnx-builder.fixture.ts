import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { elementTypeNamed } from "./onnx/element-type.ts";
import {
  type AttributeProto,
  attributeType,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./onnx/proto.ts";

/** A value of a graph under construction: `["float32", ["n", 3]]`, the shape left out where the rank is unknown. */
export type ValueSpec = readonly [type: string, shape?: readonly (number | string | null)[]];

export type AttributeSpec =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | TensorProto
  | GraphProto
  | { readonly int: number }
  | { readonly floats: readonly number[] };

export interface GraphSpec {
  readonly inputs: Readonly<Record<string, ValueSpec>>;
  readonly outputs: Readonly<Record<string, ValueSpec | undefined>>;
  readonly constants?: Readonly<Record<string, TensorProto>>;
  readonly nodes: readonly NodeProto[];
}

/** A model of the standard operator set. */
export function onnxModel(spec: GraphSpec, opset = 17): ModelProto {
  return {
    irVersion: 8,
    producerName: "attr tests",
    opsetImports: [{ domain: "", version: opset }],
    graph: onnxGraph(spec),
    metadataProps: [],
    functions: [],
  };
}

export function onnxGraph(spec: GraphSpec, name = "graph"): GraphProto {
  const values = (specs: Readonly<Record<string, ValueSpec | undefined>>): ValueInfoProto[] =>
    Object.entries(specs).map(([value, valueSpec]) => valueInfo(value, valueSpec));
  return {
    name,
    nodes: spec.nodes,
    initializers: Object.entries(spec.constants ?? {}).map(([constant, tensor]) => ({ ...tensor, name: constant })),
    sparseInitializers: [],
    inputs: values(spec.inputs),
    outputs: values(spec.outputs),
    valueInfos: [],
  };
}

export function valueInfo(name: string, spec: ValueSpec | undefined): ValueInfoProto {
  if (spec === undefined) return { name };
  const [type, shape] = spec;
  const dims = shape?.map((size) => (size === null ? {} : typeof size === "number" ? { value: size } : { param: size }));
  return { name, type: { tensorType: { elemType: codeOf(type), ...(dims && { shape: { dims } }) } } };
}

/** A node: `node("Conv", ["x", "w"], ["y"], { strides: [1, 1] })`. Numbers are floats unless `{ int }`; lists are integers unless `{ floats }`. */
export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeSpec>> = {},
  domain = "",
): NodeProto {
  const list = Object.entries(attributes).map(([name, value]) => attribute(name, value));
  return {
    inputs,
    outputs,
    name: `${opType}_${outputs.find((output) => output !== "") ?? ""}`,
    opType,
    domain,
    attributes: list,
  };
}

function attribute(name: string, value: AttributeSpec): AttributeProto {
  if (typeof value === "number") return { name, type: attributeType.float, f: value };
  if (typeof value === "string") return { name, type: attributeType.string, s: new TextEncoder().encode(value) };
  if (isTexts(value)) return { name, type: attributeType.strings, strings: value.map((text) => new TextEncoder().encode(text)) };
  if (isList(value)) return { name, type: attributeType.ints, ints: BigInt64Array.from(value, BigInt) };
  if ("int" in value) return { name, type: attributeType.int, i: BigInt(value.int) };
  if ("floats" in value) return { name, type: attributeType.floats, floats: Float32Array.from(value.floats) };
  if ("nodes" in value) return { name, type: attributeType.graph, g: value };
  return { name, type: attributeType.tensor, t: value };
}

function isTexts(value: AttributeSpec): value is readonly string[] {
  return Array.isArray(value) && typeof value[0] === "string";
}

function isList(value: AttributeSpec): value is readonly number[] {
  return Array.isArray(value);
}

/** A constant of float32 or int64, little-endian in the file. */
export function constant(dims: readonly number[], values: ArrayLike<number>, type: "float32" | "int64" = "float32"): TensorProto {
  const data = type === "float32" ? Float32Array.from(values) : BigInt64Array.from(Array.from(values), BigInt);
  return { name: "", dims, dataType: codeOf(type), rawData: new Uint8Array(data.buffer) };
}

function codeOf(type: string): number {
  return elementTypeNamed(type)!.code;
}

/** Small numbers without a pattern that a mistake could keep: -1 to 1. */
export function weights(count: number, phase = 1): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + phase)));
}

/** Two hidden layers, named `h1`, `a1`, `h2`, `a2`, and logits of three classes. */
export function perceptron(batch: string | number = "n"): ModelProto {
  return onnxModel({
    inputs: { x: ["float32", [batch, 4]] },
    outputs: { logits: ["float32", [batch, 3]] },
    constants: {
      w1: constant([4, 5], weights(20)),
      b1: constant([5], weights(5, 2)),
      w2: constant([5, 3], weights(15, 3)),
    },
    nodes: [
      node("MatMul", ["x", "w1"], ["h1"]),
      node("Add", ["h1", "b1"], ["h2"]),
      node("Tanh", ["h2"], ["a"]),
      node("MatMul", ["a", "w2"], ["logits"]),
    ],
  });
}

/** A convolution, pooling and a linear layer over 6×6 images of two channels. */
export function convolutional(): ModelProto {
  return onnxModel({
    inputs: { image: ["float32", ["n", 2, 6, 6]] },
    outputs: { scores: ["float32", ["n", 4]] },
    constants: {
      kernel: constant([3, 2, 3, 3], weights(54)),
      bias: constant([3], weights(3, 5)),
      w: constant([4, 12], weights(48, 7)),
    },
    nodes: [
      node("Conv", ["image", "kernel", "bias"], ["conv"], { kernel_shape: [3, 3], group: { int: 1 } }),
      node("Relu", ["conv"], ["relu"]),
      node("MaxPool", ["relu"], ["pool"], { kernel_shape: [2, 2], strides: [2, 2] }),
      node("Flatten", ["pool"], ["flat"], { axis: { int: 1 } }),
      node("Gemm", ["flat", "w"], ["scores"], { transB: { int: 1 } }),
    ],
  });
}

/** An If on the sum of the input; its branches read values from around them. */
export function branching(): ModelProto {
  const branch = (name: string, op: string): GraphProto =>
    onnxGraph(
      { inputs: {}, outputs: { [`${name}_out`]: undefined }, nodes: [node(op, ["doubled", "one"], [`${name}_out`])] },
      name,
    );
  return onnxModel({
    inputs: { x: ["float32", ["n", 3]] },
    outputs: { y: ["float32", ["n", 3]] },
    constants: { two: constant([], [2]), one: constant([], [1]), zero: constant([], [0]) },
    nodes: [
      node("Mul", ["x", "two"], ["doubled"]),
      node("ReduceSum", ["x"], ["total"], { keepdims: { int: 0 } }),
      node("Greater", ["total", "zero"], ["positive"]),
      node("If", ["positive"], ["y"], { then_branch: branch("then", "Add"), else_branch: branch("else", "Sub") }),
    ],
  });
}

const shared = fileURLToPath(new URL("../../../../shared/", import.meta.url));

/** A file of the folder of models and cases beside the repository, where there is one. */
export function sharedPath(path: string): string | undefined {
  return existsSync(shared + path) ? shared + path : undefined;
}
