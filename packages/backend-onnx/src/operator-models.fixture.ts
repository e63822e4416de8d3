import type { ModelProto, NodeProto, TensorProto } from "./onnx/proto.ts";
import { type AttributeSpec, constant, node, onnxGraph, onnxModel, type ValueSpec, weights } from "./onnx-builder.fixture.ts";

/** A constant of one of the byte types. */
function bytes(dims: readonly number[], values: readonly number[], dataType: 2 | 3): TensorProto {
  return { name: "", dims, dataType, rawData: Uint8Array.from(values) };
}

const image: ValueSpec = ["float32", ["n", 2, 4, 4]];
const matrix: ValueSpec = ["float32", ["n", 6]];
const sequence: ValueSpec = ["float32", ["n", 3, 4]];

function single(
  opType: string,
  x: ValueSpec,
  constants: readonly (TensorProto | undefined)[] = [],
  attributes: Readonly<Record<string, AttributeSpec>> = {},
  extra: { readonly opset?: number; readonly domain?: string; readonly outputs?: readonly string[] } = {},
): ModelProto {
  const names = constants.map((tensor, i) => (tensor === undefined ? "" : `c${i}`));
  const entries = constants.flatMap((tensor, i) => (tensor === undefined ? [] : [[`c${i}`, tensor] as const]));
  const outputs = extra.outputs ?? ["y"];
  const model = onnxModel(
    {
      inputs: { x },
      outputs: Object.fromEntries(outputs.filter((name) => name !== "").map((name) => [name, undefined])),
      constants: Object.fromEntries(entries),
      nodes: [node(opType, ["x", ...names], outputs, attributes, extra.domain)],
    },
    extra.opset,
  );
  return extra.domain === undefined
    ? model
    : { ...model, opsetImports: [...model.opsetImports, { domain: extra.domain, version: 1 }] };
}

const int64 = (values: readonly number[]): TensorProto => constant([values.length], values, "int64");
const scalar = (value: number): TensorProto => constant([], [value], "int64");

function loop(): ModelProto {
  const body = onnxGraph(
    {
      inputs: { i: ["int64", []], go: ["bool", []], state: ["float32"] },
      outputs: { go_on: undefined, next: undefined, scanned: undefined },
      nodes: [
        node("Identity", ["go"], ["go_on"]),
        node("Add", ["state", "x"], ["next"]),
        node("Identity", ["next"], ["scanned"]),
      ],
    },
    "body",
  );
  return onnxModel({
    inputs: { x: matrix },
    outputs: { y: undefined, all: undefined },
    constants: { times: scalar(3), yes: { name: "", dims: [], dataType: 9, rawData: Uint8Array.of(1) } },
    nodes: [node("Loop", ["times", "yes", "x"], ["y", "all"], { body })],
  });
}

function scan(): ModelProto {
  const body = onnxGraph(
    {
      inputs: { state: ["float32"], each: ["float32"] },
      outputs: { next: undefined, out: undefined },
      nodes: [node("Add", ["state", "each"], ["next"]), node("Neg", ["next"], ["out"])],
    },
    "body",
  );
  return onnxModel(
    {
      inputs: { x: sequence },
      outputs: { last: undefined, y: undefined },
      constants: { start: constant([4], [0, 0, 0, 0]) },
      nodes: [
        node("ReduceSum", ["x", "axis"], ["first"], { keepdims: { int: 0 } }),
        node("Scan", ["start", "first"], ["last", "y"], { body, num_scan_inputs: { int: 1 } }),
      ].map((each): NodeProto => each),
    },
    17,
  );
}

function withScanAxis(): ModelProto {
  const model = scan();
  return { ...model, graph: { ...model.graph, initializers: [...model.graph.initializers, { ...int64([0]), name: "axis" }] } };
}

/** One small model for each of many operators, chosen for how much of what a file says their code takes on trust. */
export const operatorModels: Readonly<Record<string, ModelProto>> = {
  conv: single("Conv", image, [constant([2, 2, 3, 3], weights(36)), constant([2], weights(2))], {
    group: { int: 1 },
    strides: [1, 1],
    dilations: [1, 1],
    pads: [1, 1, 1, 1],
    kernel_shape: [3, 3],
  }),
  transposedConv: single("ConvTranspose", image, [constant([2, 2, 3, 3], weights(36))], {
    group: { int: 1 },
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    output_padding: [1, 1],
  }),
  maxPool: single(
    "MaxPool",
    image,
    [],
    { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: { int: 1 }, storage_order: { int: 0 } },
    { outputs: ["y", "indices"] },
  ),
  averagePool: single("AveragePool", image, [], {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    count_include_pad: { int: 1 },
  }),
  lpPool: single("LpPool", image, [], { kernel_shape: [2, 2], p: { int: 2 } }),
  batchNormalization: single(
    "BatchNormalization",
    image,
    [1, 2, 3, 4].map((phase) => constant([2], weights(2, phase).map(Math.abs))),
  ),
  instanceNormalization: single("InstanceNormalization", image, [constant([2], [1, 1]), constant([2], [0, 0])]),
  layerNormalization: single("LayerNormalization", matrix, [constant([6], weights(6)), constant([6], weights(6))], {
    axis: { int: -1 },
  }),
  lrn: single("LRN", image, [], { size: { int: 3 } }),
  depthToSpace: single("DepthToSpace", ["float32", ["n", 4, 2, 2]], [], { blocksize: { int: 2 } }),
  spaceToDepth: single("SpaceToDepth", image, [], { blocksize: { int: 2 } }),
  resize: single("Resize", image, [undefined, constant([4], [1, 1, 2, 2])], {
    mode: "linear",
    coordinate_transformation_mode: "half_pixel",
  }),
  resizeTo: single("Resize", image, [undefined, undefined, int64([1, 2, 8, 8])], { mode: "cubic" }),
  upsample: single("Upsample", image, [constant([4], [1, 1, 2, 2])], { mode: "nearest" }, { opset: 9 }),
  pad: single("Pad", image, [int64([0, 0, 1, 1, 0, 0, 1, 1])], { mode: "reflect" }),
  gridSample: single("GridSample", ["float32", [1, 2, 4, 4]], [constant([1, 3, 3, 2], weights(18))], {
    align_corners: { int: 0 },
  }),
  roiAlign: single("RoiAlign", image, [constant([1, 4], [0, 0, 3, 3]), int64([0])], {
    output_height: { int: 2 },
    output_width: { int: 2 },
    sampling_ratio: { int: 2 },
  }),
  nonMaxSuppression: single(
    "NonMaxSuppression",
    ["float32", [1, 5, 4]],
    [constant([1, 1, 5], weights(5)), int64([3]), constant([1], [0.5]), constant([1], [0])],
  ),
  gather: single("Gather", matrix, [int64([0, 5, -1])], { axis: { int: 1 } }),
  gatherElements: single("GatherElements", ["float32", [2, 3]], [constant([2, 3], [0, 1, 1, 0, 0, 1], "int64")], {
    axis: { int: 0 },
  }),
  gatherNd: single("GatherND", matrix, [constant([1, 2], [0, 3], "int64")]),
  scatterElements: single(
    "ScatterElements",
    ["float32", [2, 3]],
    [constant([1, 3], [0, 1, 0], "int64"), constant([1, 3], weights(3))],
    { axis: { int: 0 } },
  ),
  scatterNd: single("ScatterND", matrix, [constant([1, 1], [0], "int64"), constant([1, 6], weights(6))]),
  slice: single("Slice", matrix, [int64([0, 1]), int64([1, 5]), int64([0, 1]), int64([1, 2])]),
  split: single("Split", matrix, [int64([2, 4])], { axis: { int: 1 } }, { outputs: ["y", "z"] }),
  concat: single("Concat", matrix, [constant([1, 6], weights(6))], { axis: { int: 0 } }),
  tile: single("Tile", matrix, [int64([1, 2])]),
  expand: single("Expand", matrix, [int64([1, 6])]),
  reshape: single("Reshape", matrix, [int64([0, 2, -1])]),
  transpose: single("Transpose", image, [], { perm: [0, 2, 3, 1] }),
  squeeze: single("Squeeze", ["float32", ["n", 1, 3]], [int64([1])]),
  unsqueeze: single("Unsqueeze", matrix, [int64([1])]),
  flatten: single("Flatten", image, [], { axis: { int: 2 } }),
  topK: single("TopK", matrix, [int64([2])], { axis: { int: 1 } }, { outputs: ["y", "indices"] }),
  oneHot: single("OneHot", ["int64", ["n"]], [scalar(4), constant([2], [0, 1])], { axis: { int: 1 } }),
  cumSum: single("CumSum", matrix, [scalar(1)], { exclusive: { int: 1 } }),
  reduceMean: single("ReduceMean", image, [], { axes: [2, 3], keepdims: { int: 0 } }),
  reduceSum: single("ReduceSum", image, [int64([1, -1])]),
  argMax: single("ArgMax", matrix, [], { axis: { int: 1 } }),
  softmax: single("Softmax", matrix, [], { axis: { int: -1 } }),
  hardmax: single("Hardmax", matrix, [], { axis: { int: 1 } }),
  gemm: single("Gemm", matrix, [constant([3, 6], weights(18)), constant([3], weights(3))], { transB: { int: 1 }, alpha: 0.5 }),
  matMul: single("MatMul", sequence, [constant([4, 2], weights(8))]),
  einsum: single("Einsum", sequence, [constant([4, 2], weights(8))], { equation: "nij,jk->nik" }),
  max: single("Max", matrix, [constant([6], weights(6)), constant([1], [0])]),
  where: single("Where", ["bool", ["n", 3]], [constant([3], weights(3)), constant([1], [0])]),
  clip: single("Clip", matrix, [constant([], [0]), constant([], [1])]),
  trilu: single("Trilu", ["float32", ["n", 4, 4]], [scalar(1)], { upper: { int: 0 } }),
  eyeLike: single("EyeLike", ["float32", [3, 4]], [], { k: { int: 1 }, dtype: { int: 1 } }),
  nonZero: single("NonZero", matrix),
  unique: single("Unique", ["float32", ["n"]], [], { sorted: { int: 1 } }, { outputs: ["y", "first", "inverse", "counts"] }),
  reverseSequence: single("ReverseSequence", ["float32", [3, 2, 4]], [int64([1, 3])], {
    batch_axis: { int: 1 },
    time_axis: { int: 0 },
  }),
  lstm: single(
    "LSTM",
    ["float32", [3, 1, 4]],
    [constant([1, 8, 4], weights(32)), constant([1, 8, 2], weights(16)), constant([1, 16], weights(16))],
    { hidden_size: { int: 2 }, direction: "forward" },
    { outputs: ["", "y", "c"] },
  ),
  gru: single(
    "GRU",
    ["float32", [3, 1, 4]],
    [constant([1, 6, 4], weights(24)), constant([1, 6, 2], weights(12))],
    { hidden_size: { int: 2 }, linear_before_reset: { int: 1 } },
    { outputs: ["y", "h"] },
  ),
  rnn: single(
    "RNN",
    ["float32", [3, 1, 4]],
    [
      constant([1, 2, 4], weights(8)),
      constant([1, 2, 2], weights(4)),
      undefined,
      { name: "", dims: [1], dataType: 6, rawData: Uint8Array.of(2, 0, 0, 0) },
    ],
    { hidden_size: { int: 2 } },
    { outputs: ["y"] },
  ),
  quantize: single("QuantizeLinear", sequence, [constant([4], [0.1, 0.2, 0.3, 0.4]), bytes([4], [1, 2, 3, 4], 2)], {
    axis: { int: 2 },
  }),
  dequantize: single(
    "DequantizeLinear",
    ["uint8", ["n", 4]],
    [constant([4], [0.1, 0.2, 0.3, 0.4]), bytes([4], [1, 2, 3, 4], 2)],
    { axis: { int: 1 } },
  ),
  dynamicQuantize: single("DynamicQuantizeLinear", matrix, [], {}, { outputs: ["y", "scale", "zero"] }),
  matMulInteger: single(
    "MatMulInteger",
    ["uint8", ["n", 4]],
    [bytes([4, 2], [1, 2, 3, 4, 5, 6, 7, 8], 3), bytes([], [3], 2), bytes([2], [1, 2], 3)],
  ),
  convInteger: single(
    "ConvInteger",
    ["uint8", ["n", 1, 4, 4]],
    [bytes([1, 1, 2, 2], [1, 2, 3, 4], 2), bytes([], [1], 2), bytes([], [2], 2)],
    { kernel_shape: [2, 2] },
  ),
  quantizedMatMul: single(
    "QLinearMatMul",
    ["uint8", ["n", 4]],
    [
      constant([], [0.1]),
      bytes([], [1], 2),
      bytes([4, 2], [1, 2, 3, 4, 5, 6, 7, 8], 2),
      constant([2], [0.1, 0.2]),
      bytes([2], [1, 2], 2),
      constant([], [0.5]),
      bytes([], [7], 2),
    ],
  ),
  quantizedConv: single(
    "QLinearConv",
    ["uint8", ["n", 1, 4, 4]],
    [
      constant([], [0.1]),
      bytes([], [1], 2),
      bytes([1, 1, 2, 2], [1, 2, 3, 4], 2),
      constant([], [0.1]),
      bytes([], [2], 2),
      constant([], [0.5]),
      bytes([], [7], 2),
    ],
  ),
  range: single("Range", ["int64", []], [scalar(9), scalar(2)]),
  constantOfShape: single("ConstantOfShape", ["int64", [2]], [], { value: constant([1], [3]) }),
  shape: single("Shape", image, [], { start: { int: 1 }, end: { int: 3 } }),
  random: single("RandomNormalLike", matrix, [], { seed: 3 }),
  multinomial: single("Multinomial", matrix, [], { sample_size: { int: 3 }, seed: 3 }),
  dft: single("DFT", ["float32", ["n", 8, 1]], [scalar(8)], { axis: { int: 1 } }),
  melWeights: single("MelWeightMatrix", ["int64", []], [scalar(8), scalar(16), constant([], [0]), constant([], [4])]),
  compress: single("Compress", matrix, [{ name: "", dims: [6], dataType: 9, rawData: Uint8Array.of(1, 0, 1, 0, 1, 1) }], {
    axis: { int: 1 },
  }),
  loss: single("NegativeLogLikelihoodLoss", ["float32", [2, 3]], [int64([0, 2])], { ignore_index: { int: -1 } }),
  cropPad: single("CenterCropPad", matrix, [int64([4])], { axes: [1] }, { opset: 18 }),
  toImage: single("Col2Im", ["float32", ["n", 4, 4]], [int64([4, 4]), int64([2, 2])], { strides: [2, 2] }, { opset: 18 }),
  groupNormalization: single(
    "GroupNormalization",
    image,
    [constant([2], [1, 1]), constant([2], [0, 0])],
    { num_groups: { int: 2 } },
    { opset: 18 },
  ),
  bitShift: single("BitShift", ["uint8", ["n", 2]], [bytes([2], [1, 3], 2)], { direction: "LEFT" }),
  mod: single("Mod", ["int64", ["n", 2]], [int64([3, 5])]),
  div: single("Div", ["int64", ["n", 2]], [int64([3, 5])]),
  cast: single("Cast", matrix, [], { to: { int: 7 } }),
  identity: single("Identity", matrix),
  dropout: single("Dropout", matrix, [constant([], [0.5])], {}, { outputs: ["y", "mask"] }),
  det: single("Det", ["float32", ["n", 3, 3]]),
  attention: single(
    "Attention",
    sequence,
    [constant([4, 12], weights(48)), constant([12], weights(12))],
    { num_heads: { int: 2 } },
    { domain: "com.microsoft" },
  ),
  embedding: single(
    "EmbedLayerNormalization",
    ["int32", ["n", 3]],
    [
      undefined,
      constant([5, 4], weights(20)),
      constant([3, 4], weights(12)),
      undefined,
      constant([4], [1, 1, 1, 1]),
      constant([4], [0, 0, 0, 0]),
    ],
    {},
    { domain: "com.microsoft", outputs: ["y", "mask"] },
  ),
  skipNormalization: single(
    "SkipLayerNormalization",
    sequence,
    [constant([1, 3, 4], weights(12)), constant([4], [1, 1, 1, 1])],
    {},
    { domain: "com.microsoft" },
  ),
  fusedMatMul: single("FusedMatMul", sequence, [constant([4, 2], weights(8))], { alpha: 2 }, { domain: "com.microsoft" }),
  loop: loop(),
  scan: withScanAxis(),
};
