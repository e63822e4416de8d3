import { type AttributeProto, attributeType, type ModelProto, type NodeProto, type TensorProto } from "@attr/backend-onnx";

/** Small numbers without a pattern that a mistake could keep. */
function numbers(name: string, dims: readonly number[], phase: number): TensorProto {
  const count = dims.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + phase)));
  return { name, dims, dataType: 1, rawData: new Uint8Array(values.buffer) };
}

function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly AttributeProto[] = [],
): NodeProto {
  return { name: `${opType}_${outputs[0]}`, opType, domain: "", inputs, outputs, attributes };
}

function model(graph: Pick<ModelProto["graph"], "nodes" | "initializers" | "inputs" | "outputs">): ModelProto {
  return {
    irVersion: 8,
    producerName: "attr tests",
    opsetImports: [{ domain: "", version: 17 }],
    graph: { name: "graph", sparseInitializers: [], valueInfos: [], ...graph },
    metadataProps: [],
    functions: [],
  };
}

const rows = { param: "n" };

/** A convolution, a rectifier, pooling and a linear layer: `image` `[n, 1, 6, 6]` to `logits` `[n, 3]`. */
export function imageClassifier(): ModelProto {
  const ints = (name: string, values: readonly number[]): AttributeProto => ({
    name,
    type: attributeType.ints,
    ints: BigInt64Array.from(values, BigInt),
  });
  return model({
    inputs: [
      { name: "image", type: { tensorType: { elemType: 1, shape: { dims: [rows, { value: 1 }, { value: 6 }, { value: 6 }] } } } },
    ],
    outputs: [{ name: "logits", type: { tensorType: { elemType: 1, shape: { dims: [rows, { value: 3 }] } } } }],
    initializers: [numbers("kernel", [2, 1, 3, 3], 1), numbers("weight", [8, 3], 5), numbers("bias", [3], 9)],
    nodes: [
      node("Conv", ["image", "kernel"], ["features"], [ints("kernel_shape", [3, 3])]),
      node("Tanh", ["features"], ["active"]),
      node("MaxPool", ["active"], ["pooled"], [ints("kernel_shape", [2, 2]), ints("strides", [2, 2])]),
      node("Flatten", ["pooled"], ["flat"]),
      node("Gemm", ["flat", "weight", "bias"], ["logits"]),
    ],
  });
}

/**
 * Two inputs that the gradient does not reach: `x` goes through CDist, which has no rule, and `ids` holds whole numbers. `ids` `[n]`,
 * `x` `[n, 2]` to `score` `[n, 2]`.
 */
export function partlyDifferentiable(): ModelProto {
  const metric: AttributeProto = { name: "metric", type: attributeType.string, s: new TextEncoder().encode("euclidean") };
  const whole = model({
    inputs: [
      { name: "ids", type: { tensorType: { elemType: 7, shape: { dims: [rows] } } } },
      { name: "x", type: { tensorType: { elemType: 1, shape: { dims: [rows, { value: 2 }] } } } },
    ],
    outputs: [{ name: "score", type: { tensorType: { elemType: 1, shape: { dims: [rows, { value: 2 }] } } } }],
    initializers: [numbers("table", [5, 2], 2), numbers("point", [1, 2], 7)],
    nodes: [
      { ...node("CDist", ["x", "point"], ["distance"], [metric]), domain: "com.microsoft" },
      node("Gather", ["table", "ids"], ["embedded"]),
      node("Mul", ["embedded", "distance"], ["score"]),
    ],
  });
  return { ...whole, opsetImports: [...whole.opsetImports, { domain: "com.microsoft", version: 1 }] };
}

/** The hyperbolic tangent, computed in float16 between casts: `x` `[n, 2]` to `y` `[n, 2]`. */
export function halfPrecision(): ModelProto {
  const to = (code: bigint): AttributeProto => ({ name: "to", type: attributeType.int, i: code });
  const type = { tensorType: { elemType: 1, shape: { dims: [rows, { value: 2 }] } } };
  return model({
    inputs: [{ name: "x", type }],
    outputs: [{ name: "y", type }],
    initializers: [],
    nodes: [node("Cast", ["x"], ["half"], [to(10n)]), node("Tanh", ["half"], ["bent"]), node("Cast", ["bent"], ["y"], [to(1n)])],
  });
}
