import type {
  AttributeProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from "../packages/backend-onnx/src/onnx/proto.ts";

// Small ONNX models as data, for tests and benchmarks: what `writeModel` of the ONNX backend takes.

/** Numbers the format has for float32. */
const float32 = 1;

/** A node with one output; numbers become `int`, lists of them `ints` attributes. */
export function node(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): NodeProto {
  return {
    opType,
    inputs,
    outputs: [output],
    name: output,
    domain: "",
    attributes: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  };
}

function attribute(name: string, value: number | readonly number[]): AttributeProto {
  return typeof value === "number"
    ? { name, type: 2, i: BigInt(value) }
    : { name, type: 7, ints: BigInt64Array.from(value, (entry) => BigInt(entry)) };
}

/** A float32 constant. */
export function constant(name: string, dims: readonly number[], values: ArrayLike<number>): TensorProto {
  return { name, dims, dataType: float32, floatData: Float32Array.from(values) };
}

/** A float32 input or output; a string is a named free axis. */
export function value(name: string, shape: readonly (number | string)[]): ValueInfoProto {
  const dims = shape.map((length) => (typeof length === "number" ? { value: length } : { param: length }));
  return { name, type: { tensorType: { elemType: float32, shape: { dims } } } };
}

export function onnxModel(graph: {
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly constants?: readonly TensorProto[];
  readonly nodes: readonly NodeProto[];
}): ModelProto {
  const { inputs, outputs, constants = [], nodes } = graph;
  return {
    irVersion: 8,
    producerName: "attr",
    opsetImports: [{ domain: "", version: 17 }],
    graph: { name: "graph", nodes, initializers: constants, sparseInitializers: [], inputs, outputs, valueInfos: [] },
    metadataProps: [],
    functions: [],
  };
}
