import { hostBackend, seededRandom } from "@attr/core";
import { describe, expect, test } from "vitest";
import type { ModelProto, TensorProto } from "../../../onnx/proto.ts";
import { writeModel } from "../../../onnx/write-model.ts";
import { type AttributeSpec, constant, node, onnxModel, weights } from "../../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../../onnx-model.ts";

const int = (value: number): { readonly int: number } => ({ int: value });
const scale = (value: number): TensorProto => constant([], [value]);
const scales = (values: readonly number[]): TensorProto => constant([values.length], values);
const zero = (value: number): TensorProto => ({ name: "", dims: [], dataType: 2, rawData: Uint8Array.of(value) });
const bytes = (dims: readonly number[], values: readonly number[], dataType: 2 | 3 = 2): TensorProto => ({
  name: "",
  dims,
  dataType,
  rawData: new Uint8Array((dataType === 2 ? Uint8Array : Int8Array).from(values).buffer),
});
const many = (count: number, phase = 1, from = 60, width = 120): number[] =>
  Array.from({ length: count }, (_, i) => Math.round(from + width * Math.abs(Math.sin(12.9898 * (i + phase)))));

/** An operator on quantised values, and what stands for it on floats. */
interface Case {
  readonly name: string;
  /** Shape of the input, and its scale and zero point once quantised. */
  readonly shape: readonly number[];
  readonly op: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
  /** Operands: `"q"` is the quantised input, `"s"` and `"z"` its scale and zero point, undefined a gap. */
  readonly operands: readonly ("q" | "s" | "z" | "x" | TensorProto | undefined)[];
  /** Scale of the result; undefined where it is floats. */
  readonly result: number | undefined;
  /** Its zero point. @defaultValue the input's where the scale is, else 90 */
  readonly resultZero?: number;
  /** The same on floats: `"x"` is the input. */
  readonly plain: readonly ReturnType<typeof node>[];
  readonly constants?: Readonly<Record<string, TensorProto>>;
  /** How far the two may be apart, of the largest: an operator that quantises on the way is elsewhere. @defaultValue 1e-4 */
  readonly tolerance?: number;
}

const microsoft = "com.microsoft";
const [sx, zx, sy] = [1 / 64, 100, 1 / 32];
const zy = zero(90);
const int32 = (dims: readonly number[], values: readonly number[]): TensorProto => ({
  name: "",
  dims,
  dataType: 6,
  rawData: new Uint8Array(Int32Array.from(values).buffer),
});
/** The floats that bytes stand for. */
const floats = (dims: readonly number[], values: readonly number[], by: (i: number) => number, middle: number): TensorProto =>
  constant(
    dims,
    values.map((value, i) => (value - middle) * by(i)),
  );

const other = many(6);
const kernel = many(36, 3, -60, 120);
const matrix = many(12, 5, -60, 120);
const projection = many(48, 9, -60, 120);
const gates = many(48, 2, -60, 120);
const columns = [0.01, 0.02, 0.015, 0.03];

const cases: readonly Case[] = [
  ...(["Add", "Mul"] as const).map(
    (op): Case => ({
      name: `QLinear${op}`,
      shape: [2, 3],
      op: `QLinear${op}`,
      domain: microsoft,
      operands: ["q", "s", "z", bytes([2, 3], other), scale(0.02), zero(120), scale(sy), zy],
      result: sy,
      plain: [node(op, ["x", "b"], ["y"])],
      constants: { b: floats([2, 3], other, () => 0.02, 120) },
    }),
  ),
  {
    name: "QLinearSigmoid",
    shape: [2, 3],
    op: "QLinearSigmoid",
    domain: microsoft,
    operands: ["q", "s", "z", scale(1 / 256), zero(0)],
    result: 1 / 256,
    resultZero: 0,
    plain: [node("Sigmoid", ["x"], ["y"])],
  },
  {
    name: "QLinearLeakyRelu",
    shape: [2, 3],
    op: "QLinearLeakyRelu",
    domain: microsoft,
    attributes: { alpha: 0.3 },
    operands: ["q", "s", "z", scale(sy), zy],
    result: sy,
    plain: [node("LeakyRelu", ["x"], ["y"], { alpha: 0.3 })],
  },
  {
    name: "QLinearSoftmax",
    shape: [2, 3],
    op: "QLinearSoftmax",
    domain: microsoft,
    attributes: { axis: int(-1), opset: int(13) },
    operands: ["q", "s", "z", scale(1 / 256), zero(0)],
    result: 1 / 256,
    resultZero: 0,
    plain: [node("Softmax", ["x"], ["y"], { axis: int(-1) })],
  },
  {
    name: "QLinearGlobalAveragePool",
    shape: [2, 3, 4, 4],
    op: "QLinearGlobalAveragePool",
    domain: microsoft,
    attributes: { channels_last: int(0) },
    operands: ["q", "s", "z", scale(sy), zy],
    result: sy,
    plain: [node("GlobalAveragePool", ["x"], ["y"])],
  },
  {
    name: "QLinearGlobalAveragePool, channels last",
    shape: [2, 4, 4, 3],
    op: "QLinearGlobalAveragePool",
    domain: microsoft,
    attributes: { channels_last: int(1) },
    operands: ["q", "s", "z", scale(sy), zy],
    result: sy,
    plain: [node("ReduceMean", ["x"], ["y"], { axes: [1, 2] })],
  },
  {
    name: "QLinearAveragePool",
    shape: [2, 3, 5, 5],
    op: "QLinearAveragePool",
    domain: microsoft,
    attributes: { kernel_shape: [2, 3], strides: [2, 1], pads: [1, 1, 0, 1] },
    operands: ["q", "s", "z", scale(sy), zy],
    result: sy,
    plain: [node("AveragePool", ["x"], ["y"], { kernel_shape: [2, 3], strides: [2, 1], pads: [1, 1, 0, 1] })],
  },
  {
    name: "QLinearConcat",
    shape: [2, 3],
    op: "QLinearConcat",
    domain: microsoft,
    attributes: { axis: int(1) },
    operands: [scale(sy), zy, "q", "s", "z", bytes([2, 3], other), scale(0.02), zero(120)],
    result: sy,
    plain: [node("Concat", ["x", "b"], ["y"], { axis: int(1) })],
    constants: { b: floats([2, 3], other, () => 0.02, 120) },
  },
  {
    name: "QLinearWhere",
    shape: [2, 3],
    op: "QLinearWhere",
    domain: microsoft,
    operands: [
      { name: "", dims: [3], dataType: 9, rawData: Uint8Array.of(1, 0, 1) },
      "q",
      "s",
      "z",
      bytes([2, 3], other),
      scale(0.02),
      zero(120),
      scale(sy),
      zy,
    ],
    result: sy,
    plain: [node("Where", ["c", "x", "b"], ["y"])],
    constants: {
      b: floats([2, 3], other, () => 0.02, 120),
      c: { name: "", dims: [3], dataType: 9, rawData: Uint8Array.of(1, 0, 1) },
    },
  },
  {
    name: "QLinearConv",
    shape: [1, 2, 4, 4],
    op: "QLinearConv",
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 1] },
    operands: ["q", "s", "z", bytes([2, 2, 3, 3], kernel, 3), scales([0.01, 0.02]), bytes([2], [0, 0], 3), scale(0.5), zy],
    result: 0.5,
    plain: [node("Conv", ["x", "w"], ["y"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 1] })],
    constants: { w: floats([2, 2, 3, 3], kernel, (i) => (i < 18 ? 0.01 : 0.02), 0) },
  },
  {
    name: "QLinearConv with a bias, whose result is rectified by its range",
    shape: [1, 2, 4, 4],
    op: "QLinearConv",
    attributes: { kernel_shape: [3, 3] },
    operands: [
      "q",
      "s",
      "z",
      bytes([2, 2, 3, 3], kernel, 3),
      scales([0.01, 0.02]),
      bytes([2], [0, 0], 3),
      scale(0.5),
      zero(0),
      int32([2], [800, -300]),
    ],
    result: 0.5,
    resultZero: 0,
    plain: [node("Conv", ["x", "w", "b"], ["sums"], { kernel_shape: [3, 3] }), node("Relu", ["sums"], ["y"])],
    constants: {
      w: floats([2, 2, 3, 3], kernel, (i) => (i < 18 ? 0.01 : 0.02), 0),
      b: constant([2], [800 * sx * 0.01, -300 * sx * 0.02]),
    },
  },
  {
    name: "QGemm with a bias, whose result is rectified by its range",
    shape: [2, 3],
    op: "QGemm",
    domain: microsoft,
    attributes: { alpha: 0.5 },
    operands: [
      "q",
      "s",
      "z",
      bytes([3, 4], matrix, 3),
      scale(0.02),
      bytes([], [3], 3),
      int32([4], [700, -900, 350, 100]),
      scale(0.01),
      zero(0),
    ],
    result: 0.01,
    resultZero: 0,
    plain: [node("Gemm", ["x", "b", "c"], ["sums"], { alpha: 0.5 }), node("Relu", ["sums"], ["y"])],
    constants: {
      b: floats([3, 4], matrix, () => 0.02, 3),
      c: constant(
        [4],
        [700, -900, 350, 100].map((value) => value * 0.5 * sx * 0.02),
      ),
    },
  },
  {
    name: "QLinearConv, channels last",
    shape: [1, 4, 4, 2],
    op: "QLinearConv",
    domain: microsoft,
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], channels_last: int(1) },
    operands: ["q", "s", "z", bytes([2, 2, 3, 3], kernel, 3), scale(0.01), bytes([], [0], 3), scale(0.5), zy],
    result: 0.5,
    plain: [
      node("Transpose", ["x"], ["first"], { perm: [0, 3, 1, 2] }),
      node("Conv", ["first", "w"], ["conv"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
      node("Transpose", ["conv"], ["y"], { perm: [0, 2, 3, 1] }),
    ],
    constants: { w: floats([2, 2, 3, 3], kernel, () => 0.01, 0) },
  },
  {
    name: "QLinearMatMul",
    shape: [2, 3],
    op: "QLinearMatMul",
    operands: ["q", "s", "z", bytes([3, 4], matrix, 3), scales(columns), bytes([4], [0, 0, 0, 0], 3), scale(0.1), zy],
    result: 0.1,
    plain: [node("MatMul", ["x", "b"], ["y"])],
    constants: { b: floats([3, 4], matrix, (i) => columns[i % 4]!, 0) },
  },
  {
    name: "QGemm",
    shape: [2, 3],
    op: "QGemm",
    domain: microsoft,
    attributes: { alpha: 0.5, transB: int(1) },
    operands: ["q", "s", "z", bytes([4, 3], matrix, 3), scales(columns), bytes([4], [0, 0, 0, 0], 3), undefined, scale(0.1), zy],
    result: 0.1,
    plain: [node("Gemm", ["x", "b"], ["y"], { alpha: 0.5, transB: int(1) })],
    constants: { b: floats([4, 3], matrix, (i) => columns[Math.floor(i / 3)]!, 0) },
  },
  {
    name: "QGemm of floats",
    shape: [2, 3],
    op: "QGemm",
    domain: microsoft,
    operands: ["q", "s", "z", bytes([3, 4], matrix, 3), scale(0.02), bytes([], [3], 3)],
    result: undefined,
    plain: [node("Gemm", ["x", "b"], ["y"])],
    constants: { b: floats([3, 4], matrix, () => 0.02, 3) },
  },
  {
    name: "MatMulIntegerToFloat",
    shape: [2, 3],
    op: "MatMulIntegerToFloat",
    domain: microsoft,
    operands: ["q", bytes([3, 4], matrix, 3), "s", scales(columns), "z", undefined, scales([1, 2, 3, 4])],
    result: undefined,
    plain: [node("MatMul", ["x", "b"], ["y"])],
    constants: { b: floats([3, 4], matrix, (i) => columns[i % 4]!, 0) },
  },
  {
    name: "DynamicQuantizeMatMul",
    shape: [2, 3],
    op: "DynamicQuantizeMatMul",
    domain: microsoft,
    operands: ["x", bytes([3, 4], matrix, 3), scales(columns), undefined, scales([1, 2, 3, 4])],
    result: undefined,
    plain: [node("MatMul", ["x", "b"], ["y"])],
    constants: { b: floats([3, 4], matrix, (i) => columns[i % 4]!, 0) },
  },
  {
    name: "NhwcMaxPool",
    shape: [1, 4, 4, 2],
    op: "NhwcMaxPool",
    domain: microsoft,
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    operands: ["q"],
    result: sx,
    plain: [
      node("Transpose", ["x"], ["first"], { perm: [0, 3, 1, 2] }),
      node("MaxPool", ["first"], ["pool"], { kernel_shape: [2, 2], strides: [2, 2] }),
      node("Transpose", ["pool"], ["y"], { perm: [0, 2, 3, 1] }),
    ],
  },
  {
    name: "QAttention",
    shape: [2, 3, 4],
    op: "QAttention",
    domain: microsoft,
    attributes: { num_heads: int(2), unidirectional: int(1) },
    operands: [
      "q",
      bytes([4, 12], projection, 3),
      constant([12], weights(12)),
      "s",
      scales(Array.from({ length: 12 }, (_, i) => 0.01 + i / 1000)),
      { name: "", dims: [2], dataType: 6, rawData: new Uint8Array(Int32Array.of(3, 2).buffer) },
      "z",
      bytes(
        [12],
        projection.slice(0, 12).map(() => 2),
        3,
      ),
    ],
    result: undefined,
    plain: [node("Attention", ["x", "w", "b", "m"], ["y"], { num_heads: int(2), unidirectional: int(1) }, microsoft)],
    constants: {
      w: floats([4, 12], projection, (i) => 0.01 + (i % 12) / 1000, 2),
      b: constant([12], weights(12)),
      m: { name: "", dims: [2], dataType: 6, rawData: new Uint8Array(Int32Array.of(3, 2).buffer) },
    },
  },
  {
    name: "DynamicQuantizeLSTM",
    shape: [3, 2, 4],
    op: "DynamicQuantizeLSTM",
    domain: microsoft,
    attributes: { hidden_size: int(3) },
    operands: [
      "x",
      bytes([1, 4, 12], gates, 3),
      bytes([1, 3, 12], gates.slice(0, 36), 3),
      constant([1, 24], weights(24)),
      undefined,
      undefined,
      undefined,
      undefined,
      scales([0.01]),
      bytes([1], [0], 3),
      scales([0.02]),
      bytes([1], [0], 3),
    ],
    result: undefined,
    tolerance: 0.05,
    plain: [
      node("Transpose", ["wt"], ["w"], { perm: [0, 2, 1] }),
      node("Transpose", ["rt"], ["r"], { perm: [0, 2, 1] }),
      node("LSTM", ["x", "w", "r", "b"], ["y"], { hidden_size: int(3) }),
    ],
    constants: {
      wt: floats([1, 4, 12], gates, () => 0.01, 0),
      rt: floats([1, 3, 12], gates.slice(0, 36), () => 0.02, 0),
      b: constant([1, 24], weights(24)),
    },
  },
  ...(
    [
      ["MaxPool", { kernel_shape: [2, 2], strides: [2, 2] }, []],
      ["Transpose", { perm: [0, 2, 3, 1] }, []],
      ["Reshape", {}, [constant([2], [2, -1], "int64")]],
      ["Pad", {}, [constant([8], [0, 0, 1, 0, 0, 0, 0, 2], "int64")]],
    ] as const
  ).map(
    ([op, attributes, more]): Case => ({
      name: `${op} of quantised numbers`,
      shape: [2, 2, 4, 4],
      op,
      attributes,
      operands: ["q", ...more],
      result: sx,
      plain: [node(op, ["x", ...more.map((_, i) => `m${i}`)], ["y"], attributes)],
      constants: Object.fromEntries(more.map((tensor, i) => [`m${i}`, tensor])),
    }),
  ),
];

function withRuntimeSet(model: ModelProto): ModelProto {
  return { ...model, opsetImports: [...model.opsetImports, { domain: microsoft, version: 1 }] };
}

/** The model of a case on quantised values, its result as floats. */
function quantised({ shape, op, domain, attributes, operands, result, resultZero }: Case): Uint8Array {
  const constants: Record<string, TensorProto> = {
    s: scale(sx),
    z: zero(zx),
    sr: scale(result ?? 1),
    zr: resultZero === undefined ? (result === sx ? zero(zx) : zy) : zero(resultZero),
  };
  const names = operands.map((operand, i) => {
    if (operand === undefined) return "";
    if (typeof operand === "string") return operand;
    constants[`c${i}`] = operand;
    return `c${i}`;
  });
  const model = onnxModel(
    {
      inputs: { x: ["float32", shape] },
      outputs: { y: undefined },
      constants,
      nodes: [
        node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        node(op, names, [result === undefined ? "y" : "r"], attributes, domain ?? ""),
        ...(result === undefined ? [] : [node("DequantizeLinear", ["r", "sr", "zr"], ["y"])]),
      ],
    },
    17,
  );
  return writeModel(withRuntimeSet(model));
}

async function gradientOf(file: Uint8Array, feed: Float32Array, shape: readonly number[]): Promise<readonly number[]> {
  await using model = await OnnxModel.load(file, { batch: "none" });
  const x = hostBackend.fromData(feed, [1, ...shape], "float32");
  const { y } = await model.run({ feeds: { x }, fetches: ["y"] });
  const cotangent = hostBackend.fromData(
    weights(
      y!.shape.reduce((a, b) => a * b, 1),
      7,
    ),
    y!.shape,
    "float32",
  );
  const { gradients } = await model.gradient({ feeds: { x }, objective: { value: "y", cotangent }, wrt: ["x"] });
  return Array.from((await hostBackend.read(gradients["x"]!)).data, Number);
}

describe("the gradient of operators on quantised values is that of what they stand for", () => {
  test.each(cases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    const random = seededRandom(5);
    const count = one.shape.reduce((product, size) => product * size, 1);
    // Numbers that quantise to themselves, so that both models are taken at the same place.
    const feed = Float32Array.from({ length: count }, () => Math.round((2 * random.next() - 1) * 60) * sx);
    const plain = onnxModel(
      { inputs: { x: ["float32", one.shape] }, outputs: { y: undefined }, constants: one.constants ?? {}, nodes: one.plain },
      17,
    );
    const expected = await gradientOf(writeModel(withRuntimeSet(plain)), feed, one.shape);
    const found = await gradientOf(quantised(one), feed, one.shape);
    const largest = Math.max(...expected.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    expect(found).toHaveLength(expected.length);
    for (const [i, value] of expected.entries())
      expect(Math.abs(found[i]! - value)).toBeLessThan((one.tolerance ?? 1e-4) * largest);
  });
});
