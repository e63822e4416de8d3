import { hostBackend } from "@attr/core";
import { describe, expect, test } from "vitest";
import { writeModel } from "../../onnx/write-model.ts";
import { constant, node, onnxModel, weights } from "../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../onnx-model.ts";
import { differentiateOperator, type OperatorSpec, tolerance } from "../finite-differences.fixture.ts";

const int64 = (...values: readonly number[]): ReturnType<typeof constant> => constant([values.length], values, "int64");
const above = (x: number): number => 1.5 + x;
const int = (value: number): { readonly int: number } => ({ int: value });

/** Away from where a piecewise function bends. */
const offZero = (x: number): number => (x < 0 ? x - 0.1 : x + 0.1);

const pointwise = (op: string, more: Partial<OperatorSpec> = {}): OperatorSpec => ({ op, inputs: [[2, 3]], ...more });
const single: Partial<OperatorSpec> = { type: "float32" };

const elementwise: readonly OperatorSpec[] = [
  pointwise("Abs", { range: offZero }),
  pointwise("Acos", { ...single, range: (x) => x / 2 }),
  pointwise("Acosh", { ...single, range: (x) => 2.5 + x }),
  pointwise("Asin", { ...single, range: (x) => x / 2 }),
  pointwise("Asinh", single),
  pointwise("Atan", single),
  pointwise("Atanh", { ...single, range: (x) => x / 2 }),
  pointwise("Celu", { ...single, range: offZero, attributes: { alpha: 0.7 } }),
  pointwise("Cos"),
  pointwise("Cosh", single),
  pointwise("Elu", { ...single, range: offZero, attributes: { alpha: 0.7 } }),
  pointwise("Erf", single),
  pointwise("Exp"),
  pointwise("Gelu", { ...single, opset: 20 }),
  pointwise("Gelu", { ...single, opset: 20, attributes: { approximate: "tanh" } }),
  pointwise("HardSigmoid", { ...single, attributes: { alpha: 0.3, beta: 0.5 } }),
  pointwise("HardSwish", single),
  pointwise("LeakyRelu", { ...single, range: offZero, attributes: { alpha: 0.2 } }),
  pointwise("LeakyRelu", { ...single, range: offZero, attributes: { alpha: -0.2 } }),
  pointwise("Log", { range: above }),
  pointwise("LogSoftmax", { attributes: { axis: int(0) } }),
  pointwise("Mish", single),
  pointwise("Neg"),
  pointwise("Reciprocal", { range: above }),
  pointwise("Relu", { range: offZero }),
  pointwise("Selu", { ...single, range: offZero }),
  pointwise("Shrink", { ...single, range: offZero, attributes: { lambd: 0.05, bias: 0.1 } }),
  pointwise("Sigmoid"),
  pointwise("Sin"),
  pointwise("Sinh", single),
  pointwise("Softmax"),
  pointwise("Softmax", { opset: 11 }),
  pointwise("Softplus", single),
  pointwise("Softsign", { ...single, range: offZero }),
  pointwise("Sqrt", { range: above }),
  pointwise("Tan", single),
  pointwise("Tanh"),
  pointwise("ThresholdedRelu", { ...single, range: offZero, attributes: { alpha: 0.05 } }),
  pointwise("Pow", { inputs: [[2, 3], [3]], range: above }),
  ...[1, 2, 3, 0.5, -1].map((p) => pointwise("Pow", { ...single, constants: [constant([], [p])], range: above })),
  pointwise("Clip", { ...single, constants: [constant([], [-0.4]), constant([], [0.55])] }),
  pointwise("Clip", { ...single, opset: 6 + 1, attributes: { min: -0.4, max: 0.55 } }),
  pointwise("PRelu", { ...single, inputs: [[2, 3], [3]], range: offZero }),
  pointwise("Mod", {
    ...single,
    inputs: [[2, 3]],
    constants: [constant([], [0.7])],
    attributes: { fmod: int(1) },
    range: (x) => 1.05 + x / 4,
  }),
  { op: "Mean", inputs: [[2, 3], [3], [1, 3]], ...single },
  { op: "Sum", inputs: [[2, 3], [3], [2, 1]] },
  { op: "Max", inputs: [[2, 3], [3], [2, 1]] },
  { op: "Min", inputs: [[2, 3], [3], [2, 1]] },
  {
    op: "Where",
    inputs: [[2, 3], [3]],
    constants: [{ name: "", dims: [2, 1], dataType: 9, rawData: Uint8Array.of(1, 0) }],
    order: ["constant", "input", "input"],
    ...single,
  },
];

const reductions: readonly OperatorSpec[] = [
  "ReduceL1",
  "ReduceL2",
  "ReduceLogSum",
  "ReduceLogSumExp",
  "ReduceMax",
  "ReduceMean",
  "ReduceMin",
  "ReduceProd",
  "ReduceSum",
  "ReduceSumSquare",
].flatMap((op): OperatorSpec[] => [
  { op, inputs: [[2, 3, 4]], constants: [int64(-1, 0)], attributes: { keepdims: int(0) }, range: above, type: "float32" },
  { op, inputs: [[2, 3, 4]], range: above, type: "float32" },
  { op, inputs: [[2, 3, 4]], opset: 11, attributes: { axes: [1] }, range: above, type: "float32" },
]);

const moves: readonly OperatorSpec[] = [
  {
    op: "Concat",
    inputs: [
      [2, 3],
      [2, 1],
    ],
    attributes: { axis: int(-1) },
  },
  { op: "CumSum", inputs: [[2, 3]], constants: [constant([], [1], "int64")], attributes: { exclusive: int(1), reverse: int(1) } },
  { op: "DepthToSpace", inputs: [[1, 8, 2, 3]], attributes: { blocksize: int(2) } },
  { op: "DepthToSpace", inputs: [[1, 8, 2, 3]], attributes: { blocksize: int(2), mode: "CRD" } },
  { op: "Expand", inputs: [[3, 1]], constants: [int64(2, 1, 4)] },
  { op: "Flatten", inputs: [[2, 3, 2]], attributes: { axis: int(2) } },
  { op: "Gather", inputs: [[4, 3]], constants: [constant([2, 2], [0, -1, 3, 1], "int64")] },
  { op: "Gather", inputs: [[2, 4, 3]], constants: [constant([], [-2], "int64")], attributes: { axis: int(1) } },
  { op: "GatherElements", inputs: [[2, 3]], constants: [constant([2, 2], [0, -1, 2, 2], "int64")], attributes: { axis: int(1) } },
  { op: "GatherND", inputs: [[2, 3, 2]], constants: [constant([2, 2], [0, 1, 1, 2], "int64")] },
  { op: "GatherND", inputs: [[2, 3, 2]], constants: [constant([2, 1], [1, 2], "int64")], attributes: { batch_dims: int(1) } },
  { op: "Identity", inputs: [[2, 3]] },
  { op: "Pad", inputs: [[2, 3]], constants: [int64(0, 1, 2, -1)] },
  { op: "Pad", inputs: [[3, 4]], constants: [int64(0, 2, 0, 1)], attributes: { mode: "reflect" } },
  { op: "Pad", inputs: [[3, 4]], constants: [int64(1, 0, 0, 2)], attributes: { mode: "edge" } },
  { op: "Pad", inputs: [[2, 3]], opset: 7, type: "float32", attributes: { pads: [0, 1, 0, 2], value: 0.5 } },
  { op: "Reshape", inputs: [[2, 6]], constants: [int64(3, -1)] },
  {
    op: "ScatterElements",
    inputs: [
      [3, 3],
      [1, 2],
    ],
    constants: [constant([1, 2], [1, -1], "int64")],
    order: ["input", "constant", "input"],
  },
  {
    op: "ScatterND",
    inputs: [
      [3, 2],
      [2, 2],
    ],
    constants: [constant([2, 1], [2, 0], "int64")],
    order: ["input", "constant", "input"],
  },
  ...[undefined, int64(3, 1)].flatMap((places) =>
    [undefined, "linear", "circular"].map((mode) => ({
      op: "TensorScatter",
      inputs: [
        [2, 3, 5, 2],
        [2, 3, mode === "circular" ? 4 : 2, 2],
      ],
      constants: [places],
      ...(mode !== undefined && { attributes: { mode } }),
      opset: 24,
    })),
  ),
  {
    op: "TensorScatter",
    inputs: [
      [2, 5, 3],
      [2, 1, 3],
    ],
    constants: [int64(4, 0)],
    attributes: { axis: int(1) },
    opset: 24,
  },
  { op: "Slice", inputs: [[5, 4]], constants: [int64(1, -3), int64(4, 100), int64(0, -1)] },
  { op: "Slice", inputs: [[5, 4]], constants: [int64(-1, 0), int64(-6, 4), int64(0, 1), int64(-2, 3)] },
  { op: "Slice", inputs: [[5, 4]], opset: 9, attributes: { starts: [1], ends: [-1], axes: [0] } },
  { op: "SpaceToDepth", inputs: [[1, 2, 4, 2]], attributes: { blocksize: int(2) } },
  { op: "Split", inputs: [[2, 5]], constants: [int64(2, 3)], attributes: { axis: int(1) }, outputs: ["other", "y"] },
  { op: "Split", inputs: [[4, 2]], opset: 11, outputs: ["y", "other"] },
  { op: "Squeeze", inputs: [[2, 1, 3]], constants: [int64(1)] },
  { op: "Squeeze", inputs: [[2, 1, 3]], opset: 11, attributes: { axes: [1] } },
  { op: "Tile", inputs: [[2, 3]], constants: [int64(2, 3)] },
  { op: "TopK", inputs: [[2, 5]], constants: [int64(2)], outputs: ["y", "where"] },
  { op: "Transpose", inputs: [[2, 3, 4]], attributes: { perm: [2, 0, 1] } },
  { op: "Transpose", inputs: [[2, 3]] },
  { op: "Trilu", inputs: [[3, 3]], attributes: { upper: int(0) } },
  { op: "Unique", inputs: [[2, 3]] },
  { op: "Unique", inputs: [[3, 2]], attributes: { axis: int(0), sorted: int(0) }, outputs: ["y", "first", "inverse"] },
  { op: "Unsqueeze", inputs: [[2, 3]], constants: [int64(1, -1)] },
  { op: "CastLike", inputs: [[2, 3]], constants: [constant([1], [0])], type: "float32" },
  { op: "ReverseSequence", inputs: [[4, 3, 2]], constants: [int64(4, 1, 3)] },
  {
    op: "ReverseSequence",
    inputs: [[3, 4, 2]],
    constants: [int64(4, 1, 3)],
    attributes: { batch_axis: int(0), time_axis: int(1) },
  },
  {
    op: "Compress",
    inputs: [[3, 2]],
    constants: [{ name: "", dims: [5], dataType: 9, rawData: Uint8Array.of(1, 0, 1, 1, 0) }],
  },
  {
    op: "Compress",
    inputs: [[3, 2]],
    constants: [{ name: "", dims: [3], dataType: 9, rawData: Uint8Array.of(1, 0, 1) }],
    attributes: { axis: int(0) },
  },
];

const padding: readonly OperatorSpec[] = [
  { op: "Pad", inputs: [[2, 3]], constants: [int64(1, 2), undefined, int64(-1)] },
  { op: "Pad", inputs: [[3, 4]], constants: [int64(1, 2), undefined, int64(1)], attributes: { mode: "reflect" } },
];

/** Operators that have another form, or are no more, since the set that files use them in. */
const olden: readonly OperatorSpec[] = [
  { op: "Upsample", inputs: [[1, 2, 3, 3]], constants: [constant([4], [1, 1, 2, 2])], attributes: { mode: "nearest" }, opset: 9 },
  { op: "Upsample", inputs: [[1, 2, 3, 3]], constants: [constant([4], [1, 1, 2, 3])], attributes: { mode: "linear" }, opset: 9 },
  { op: "Resize", inputs: [[1, 2, 3, 3]], constants: [constant([4], [1, 1, 2, 2])], attributes: { mode: "linear" }, opset: 10 },
  { op: "TopK", inputs: [[2, 5]], attributes: { k: int(2) }, outputs: ["y", "where"], opset: 9 },
  { op: "Dropout", inputs: [[2, 5]], attributes: { ratio: 0.4 }, opset: 7 },
  { op: "LogSoftmax", inputs: [[2, 3, 2]], attributes: { axis: int(1) }, opset: 9 },
  {
    op: "Scatter",
    inputs: [
      [3, 3],
      [1, 2],
    ],
    constants: [constant([1, 2], [1, 0], "int64")],
    order: ["input", "constant", "input"],
    opset: 9,
  },
].map((spec) => ({ ...spec, type: "float32" }) as OperatorSpec); // the attributes are of the kinds that nodes have

const resizes: readonly OperatorSpec[] = [
  { scales: [1, 1, 2, 1.5], attributes: { mode: "linear" } },
  {
    scales: [1, 1, 0.5, 3],
    attributes: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
  },
  { scales: [1, 1, 2, 2], attributes: { mode: "linear", coordinate_transformation_mode: "align_corners" } },
  { scales: [1, 1, 2, 2], attributes: { mode: "cubic" } },
].map(({ scales, attributes }) => ({
  op: "Resize",
  inputs: [[1, 2, 4, 4]],
  constants: [undefined, constant([4], scales)],
  attributes: attributes as NonNullable<OperatorSpec["attributes"]>, // texts all
  type: "float32",
}));

const linear: readonly OperatorSpec[] = [
  ...[
    [[3], [3]],
    [[3], [3, 2]],
    [[2, 3], [3]],
    [
      [2, 3],
      [3, 4],
    ],
    [[2, 2, 3], [3]],
    [
      [2, 2, 3],
      [3, 4],
    ],
    [[3], [2, 3, 4]],
    [
      [2, 1, 2, 3],
      [5, 3, 2],
    ],
  ].map((inputs): OperatorSpec => ({ op: "MatMul", inputs })),
  ...[0, 1].flatMap((a) =>
    [0, 1].map(
      (b): OperatorSpec => ({
        op: "Gemm",
        inputs: [a === 0 ? [2, 3] : [3, 2], b === 0 ? [3, 4] : [4, 3], [4]],
        attributes: { alpha: 0.7, beta: 1.3, transA: int(a), transB: int(b) },
      }),
    ),
  ),
  {
    op: "Einsum",
    inputs: [
      [2, 3],
      [3, 4],
    ],
    attributes: { equation: "ij,jk->ki" },
  },
  { op: "Einsum", inputs: [[2, 3, 4]], attributes: { equation: "...ij->...i" } },
  { op: "Einsum", inputs: [[2, 3], [3]], attributes: { equation: "bi,i" } },
];

const normalisations: readonly OperatorSpec[] = [
  { op: "LayerNormalization", inputs: [[2, 3, 4], [4], [4]] },
  {
    op: "LayerNormalization",
    inputs: [
      [2, 3, 4],
      [3, 4],
    ],
    attributes: { axis: int(1) },
  },
  { op: "BatchNormalization", inputs: [[2, 3, 4], [3], [3], [3], [3]], range: above },
  { op: "BatchNormalization", inputs: [[2, 3, 4], [3], [3], [3], [3]], range: above, opset: 9 },
  { op: "InstanceNormalization", inputs: [[2, 3, 4, 2], [3], [3]], type: "float32" },
  { op: "GroupNormalization", inputs: [[2, 4, 3, 2], [4], [4]], opset: 21, attributes: { num_groups: int(2) }, type: "float32" },
  { op: "LpNormalization", inputs: [[2, 3]], attributes: { axis: int(1) } },
  { op: "LpNormalization", inputs: [[2, 3]], attributes: { axis: int(1), p: int(1) }, range: offZero },
  { op: "LRN", inputs: [[2, 5, 2, 2]], attributes: { size: int(3), alpha: 0.5, bias: 1.2 }, type: "float32" },
  { op: "MeanVarianceNormalization", inputs: [[2, 3, 2, 2]], type: "float32" },
];

const pools: readonly OperatorSpec[] = [
  { op: "AveragePool", inputs: [[1, 2, 5, 6]], attributes: { kernel_shape: [2, 3], strides: [2, 1], pads: [1, 1, 0, 1] } },
  {
    op: "AveragePool",
    inputs: [[1, 2, 5, 6]],
    attributes: { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 0], count_include_pad: int(1) },
  },
  { op: "AveragePool", inputs: [[1, 1, 6]], attributes: { kernel_shape: [3], strides: [2], ceil_mode: int(1) } },
  { op: "AveragePool", inputs: [[1, 2, 5, 5]], attributes: { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" } },
  { op: "MaxPool", inputs: [[2, 2, 5, 6]], attributes: { kernel_shape: [2, 3], strides: [2, 1], pads: [1, 1, 0, 1] } },
  { op: "MaxPool", inputs: [[1, 2, 7]], attributes: { kernel_shape: [2], dilations: [2], ceil_mode: int(1) } },
  { op: "GlobalAveragePool", inputs: [[2, 3, 2, 2]] },
  { op: "GlobalMaxPool", inputs: [[2, 3, 2, 2]] },
  { op: "GlobalLpPool", inputs: [[2, 3, 2, 2]], attributes: { p: int(3) }, range: above },
].map((spec) => ({ ...spec, type: "float32" }) as OperatorSpec); // the attributes are of the kinds that nodes have

const layer = (gates: number, hidden: number, inputs: number, directions = 1): readonly ReturnType<typeof constant>[] => [
  constant([directions, gates * hidden, inputs], weights(directions * gates * hidden * inputs)),
  constant([directions, gates * hidden, hidden], weights(directions * gates * hidden * hidden, 3)),
  constant([directions, 2 * gates * hidden], weights(directions * 2 * gates * hidden, 5)),
];
const hidden = { hidden_size: int(3) };
const both = { hidden_size: int(3), direction: "bidirectional" };

const recurrents: readonly OperatorSpec[] = [
  { op: "RNN", inputs: [[4, 2, 2]], constants: layer(1, 3, 2), attributes: hidden },
  {
    op: "RNN",
    inputs: [[4, 2, 2]],
    constants: layer(1, 3, 2),
    attributes: { ...hidden, direction: "reverse" },
    outputs: ["", "y"],
  },
  { op: "GRU", inputs: [[4, 2, 2]], constants: layer(3, 3, 2), attributes: hidden },
  {
    op: "GRU",
    inputs: [[4, 2, 2]],
    constants: layer(3, 3, 2),
    attributes: { ...hidden, linear_before_reset: int(1) },
    outputs: ["", "y"],
  },
  { op: "GRU", inputs: [[4, 2, 2]], constants: layer(3, 3, 2, 2), attributes: both },
  {
    op: "GRU",
    inputs: [[4, 2, 2]],
    constants: layer(3, 3, 2),
    attributes: { ...hidden, activations: ["HardSigmoid", "Softsign"] },
  },
  { op: "LSTM", inputs: [[4, 2, 2]], constants: layer(4, 3, 2), attributes: hidden },
  { op: "LSTM", inputs: [[4, 2, 2]], constants: layer(4, 3, 2, 2), attributes: both, outputs: ["", "", "y"] },
  {
    op: "LSTM",
    inputs: [
      [4, 2, 2],
      [1, 2, 3],
      [1, 2, 3],
    ],
    constants: [...layer(4, 3, 2), undefined],
    order: ["input", "constant", "constant", "constant", "constant", "input", "input"],
    attributes: hidden,
    outputs: ["", "y"],
  },
].map((spec) => ({ ...spec, type: "float32" }) as OperatorSpec); // the attributes are of the kinds that nodes have

const contrib: readonly OperatorSpec[] = [
  { op: "Gelu", inputs: [[2, 3]] },
  { op: "QuickGelu", inputs: [[2, 3]], attributes: { alpha: 1.5 } },
  { op: "FastGelu", inputs: [[2, 3], [3]] },
  { op: "BiasGelu", inputs: [[2, 3], [3]] },
  { op: "FusedConv", inputs: [[2, 2, 4], [3, 2, 2], [3], [2, 3, 3]], attributes: { activation: "Tanh" }, fixed: true },
  {
    op: "FusedConv",
    inputs: [
      [2, 2, 4],
      [3, 2, 2],
    ],
    attributes: { activation: "Sigmoid", pads: [1, 0] },
    fixed: true,
  },
  { op: "FusedGemm", inputs: [[2, 3], [4, 3], [4]], attributes: { activation: "Elu", activation_alpha: 0.6, transB: int(1) } },
  {
    op: "FusedMatMul",
    inputs: [
      [2, 4, 3],
      [5, 4],
    ],
    attributes: { transA: int(1), transB: int(1), alpha: 0.5 },
  },
  {
    op: "FusedMatMul",
    inputs: [
      [3, 2, 4],
      [2, 5, 4],
    ],
    attributes: { transBatchA: int(1), transB: int(1) },
  },
  {
    op: "FusedMatMul",
    inputs: [
      [4, 2, 3],
      [5, 2, 4],
    ],
    attributes: { transA: int(1), transBatchA: int(1), transB: int(1), transBatchB: int(1) },
  },
  {
    op: "TransposeMatMul",
    inputs: [
      [2, 4, 3],
      [4, 5],
    ],
    attributes: { transA: int(1), alpha: 0.5 },
  },
  { op: "Trilu", inputs: [[3, 3]], attributes: { upper: int(0) } },
  {
    op: "ExpandDims",
    inputs: [[2, 3]],
    constants: [{ name: "", dims: [], dataType: 6, rawData: new Uint8Array(Int32Array.of(1).buffer) }],
  },
  { op: "SkipLayerNormalization", inputs: [[2, 2, 4], [2, 2, 4], [4], [4], [4]] },
  { op: "SkipSimplifiedLayerNormalization", inputs: [[2, 2, 4], [2, 2, 4], [4]], outputs: ["other", "", "", "y"] },
  { op: "SkipSimplifiedLayerNormalization", inputs: [[2, 2, 4], [2, 2, 4], [4], [4]] },
].map((spec) => ({ ...spec, domain: "com.microsoft", type: "float32" }) as OperatorSpec); // the attributes are of the kinds that nodes have

const cosines = constant(
  [6, 2],
  Float32Array.from({ length: 12 }, (_, i) => Math.cos(0.3 * i)),
);
const sines = constant(
  [6, 2],
  Float32Array.from({ length: 12 }, (_, i) => Math.sin(0.3 * i)),
);
const positions = constant([2, 3], [0, 1, 2, 1, 2, 3], "int64");

const attentions: readonly OperatorSpec[] = [
  {
    op: "MultiHeadAttention",
    inputs: [
      [2, 3, 8],
      [2, 3, 8],
      [2, 3, 8],
    ],
    attributes: { num_heads: int(2) },
  },
  {
    op: "MultiHeadAttention",
    inputs: [
      [2, 3, 8],
      [2, 3, 8],
      [2, 3, 8],
    ],
    constants: [constant([24], weights(24))],
    attributes: { num_heads: int(2), unidirectional: int(1), scale: 0.3 },
  },
  { op: "RotaryEmbedding", inputs: [[2, 3, 8]], constants: [positions, cosines, sines], attributes: { num_heads: int(2) } },
  { op: "RotaryEmbedding", inputs: [[2, 2, 3, 4]], constants: [positions, cosines, sines], attributes: { interleaved: int(1) } },
].map((spec) => ({ ...spec, domain: "com.microsoft", type: "float32" }) as OperatorSpec); // the attributes are of the kinds that nodes have

const lengths = (values: readonly number[]): ReturnType<typeof constant> => ({
  name: "",
  dims: [values.length],
  dataType: 6,
  rawData: new Uint8Array(Int32Array.from(values).buffer),
});
const whole = { ...lengths([3]), dims: [] };
const groupedOrder = ["input", "input", "input", "constant", "constant", "constant", "constant", "constant", "constant"] as const;

const table = (angle: (x: number) => number): ReturnType<typeof constant> =>
  constant(
    [6, 8],
    Float32Array.from({ length: 48 }, (_, i) => angle(0.1 * i)),
  );

const groupedAttentions: readonly OperatorSpec[] = [
  {
    op: "GroupQueryAttention",
    inputs: [
      [2, 3, 32],
      [2, 3, 16],
      [2, 3, 16],
    ],
    constants: [undefined, undefined, lengths([2, 2]), whole],
    attributes: { num_heads: int(4), kv_num_heads: int(2) },
  },
  {
    op: "GroupQueryAttention",
    inputs: [
      [2, 3, 64],
      [2, 3, 32],
      [2, 3, 32],
    ],
    constants: [undefined, undefined, lengths([2, 2]), whole, table(Math.cos), table(Math.sin)],
    order: groupedOrder,
    attributes: { num_heads: int(4), kv_num_heads: int(2), do_rotary: int(1), local_window_size: int(2) },
  },
  // The attributes are of the kinds that nodes have.
].map((spec) => ({ ...spec, domain: "com.microsoft", fixed: true, type: "float32" }) as OperatorSpec);

const standardAttentions: readonly OperatorSpec[] = [
  {
    op: "Attention",
    inputs: [
      [2, 2, 3, 4],
      [2, 2, 5, 4],
      [2, 2, 5, 4],
    ],
  },
  {
    op: "Attention",
    inputs: [
      [2, 3, 8],
      [2, 3, 4],
      [2, 3, 4],
    ],
    attributes: { q_num_heads: int(4), kv_num_heads: int(2), is_causal: int(1) },
  },
  { op: "RotaryEmbedding", inputs: [[2, 2, 3, 4]], constants: [cosines, sines, positions] },
  { op: "RMSNormalization", inputs: [[2, 3, 4], [4]] },
].map((spec) => ({ ...spec, opset: 23, fixed: true, type: "float32" }) as OperatorSpec); // the attributes are of the kinds that nodes have

function title({ op, inputs, attributes, opset, constants }: OperatorSpec): string {
  const settings = [...Object.entries(attributes ?? {}), ...(opset === undefined ? [] : [["opset", opset]])];
  const given = constants?.length ? ` and ${constants.length} constants` : "";
  return `${op} of ${inputs.map((shape) => `[${shape}]`).join(", ")}${given} ${JSON.stringify(Object.fromEntries(settings))}`;
}

describe("straight through integers", () => {
  const values = [-1, -0.4, 0.3, 0.9, 0.1, -0.7];
  const x = hostBackend.fromData(Float32Array.from(values), [1, 2, 3], "float32");
  const w = { name: "", dims: [3, 2], dataType: 3, rawData: new Uint8Array(Int8Array.of(1, -2, 3, 4, -5, 6).buffer) };
  const scale = constant([], [0.25]);
  const zero = { name: "", dims: [], dataType: 3, rawData: Uint8Array.of(1) };

  test("quantising and dequantising pass the gradient as it is", async () => {
    const file = onnxModel({
      inputs: { x: ["float32", [2, 3]] },
      outputs: { y: undefined },
      constants: { scale, zero },
      nodes: [node("QuantizeLinear", ["x", "scale", "zero"], ["q"]), node("DequantizeLinear", ["q", "scale", "zero"], ["y"])],
    });
    await using model = await OnnxModel.load(writeModel(file), { batch: "none" });
    const { gradients } = await model.gradient({ feeds: { x }, objective: { value: "y", cotangent: x }, wrt: ["x"] });
    expect((await hostBackend.read(gradients["x"]!)).data).toEqual(x.data);
  });

  test("a product with integer weights passes it through the weights", async () => {
    const file = onnxModel({
      inputs: { x: ["float32", [2, 3]] },
      outputs: { y: undefined },
      constants: { w, scale, zero },
      nodes: [
        node("DynamicQuantizeLinear", ["x"], ["q", "size", "middle"]),
        node("MatMulInteger", ["q", "w", "middle", "zero"], ["whole"]),
        node("Cast", ["whole"], ["floats"], { to: int(1) }),
        node("Mul", ["size", "scale"], ["factor"]),
        node("Mul", ["floats", "factor"], ["y"]),
      ],
    });
    await using model = await OnnxModel.load(writeModel(file), { batch: "none" });
    const cotangent = hostBackend.fromData(Float32Array.of(1, 0, 0, 1), [1, 2, 2], "float32");
    const { gradients } = await model.gradient({ feeds: { x }, objective: { value: "y", cotangent }, wrt: ["x"] });
    const { data } = await hostBackend.read(gradients["x"]!);
    // (w − 1) · 0.25, a column for each row.
    [0, 2, -6, -3, 3, 5].forEach((quarters, i) => {
      expect(Number(data[i])).toBeCloseTo(quarters / 4, 5);
    });
  });
});

describe.each([
  ["sizes that the file fixes", false],
  ["sizes known at run time only", true],
])("gradients equal central differences, with %s", (_, free) => {
  const all = [
    ...elementwise,
    ...reductions,
    ...moves,
    ...resizes,
    ...linear,
    ...normalisations,
    ...pools,
    ...recurrents,
    ...contrib,
    ...olden,
    ...padding,
    ...attentions,
    ...groupedAttentions,
    ...standardAttentions,
  ];
  test.each(all.map((spec) => [title(spec), spec] as const))("%s", async (_title, spec) => {
    const difference = await differentiateOperator({ ...spec, free });
    expect(Math.abs(difference.analytic - difference.numeric)).toBeLessThan(tolerance(difference, spec.type));
  });
});
