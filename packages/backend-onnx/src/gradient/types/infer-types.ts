import type { FileShape, ValueType } from "../../graph/value-type.ts";
import { elementTypeOf } from "../../onnx/element-type.ts";
import type { NodeProto } from "../../onnx/proto.ts";
import { Attributes } from "../attributes.ts";
import { broadcastShapes, moreOf, type Size } from "./sizes.ts";

/** What is known of values while the types of a node's results are worked out. */
export interface Known {
  typeOf(name: string): ValueType | undefined;
  /** The numbers of a small constant. */
  numbersOf(name: string): readonly number[] | undefined;
  /** What a small value of integers holds as far as it is known: the numbers of a constant, the sizes that a shape is made of. */
  contentsOf(name: string): readonly Size[] | undefined;
}

type Infer = (node: Operands) => readonly (ValueType | undefined)[];

/** A node's inputs with what is known of them. */
interface Operands {
  readonly node: NodeProto;
  readonly attributes: Attributes;
  readonly types: readonly (ValueType | undefined)[];
  numbers(input: number): readonly number[] | undefined;
  contents(input: number): readonly Size[] | undefined;
}

const int64 = elementTypeOf(7)!;
const bool = elementTypeOf(9)!;

/**
 * The types of a node's outputs as far as its inputs tell: element type, rank, and sizes. Undefined where they tell nothing. What comes
 * out is always true; where it is less than all, the rules find the rest at run time.
 */
export function inferTypes(node: NodeProto, known: Known): readonly (ValueType | undefined)[] {
  const infer = inferences[node.domain === "" ? node.opType : `${node.domain}:${node.opType}`];
  const types = node.inputs.map((name) => (name === "" ? undefined : known.typeOf(name)));
  if (infer === undefined) return [];
  return infer({
    node,
    attributes: new Attributes(node),
    types,
    numbers: (input) => (node.inputs[input] ? known.numbersOf(node.inputs[input]) : undefined),
    contents: (input) => (node.inputs[input] ? known.contentsOf(node.inputs[input]) : undefined),
  });
}

const sameAsFirst: Infer = ({ types: [x] }) => [x];
const elementOfFirst: Infer = ({ types: [x] }) => [x && { element: x.element }];
const broadcast: Infer = ({ types }) => {
  const element = types[0]?.element;
  return [element && { element, shape: broadcastShapes(types.map((type) => type?.shape)) }];
};
const comparison: Infer = ({ types }) => [{ element: bool, shape: broadcastShapes(types.map((type) => type?.shape)) }];

const reduction: Infer = ({ types: [x], attributes, numbers, node }) => {
  if (x === undefined) return [];
  const keep = attributes.int("keepdims", 1) !== 0;
  if (x.shape === undefined) return [{ element: x.element }];
  const { length } = x.shape;
  const given = attributes.ints("axes") ?? (node.inputs[1] ? numbers(1) : []);
  if (given === undefined) return [{ element: x.element, shape: keep ? x.shape.map(() => null) : undefined }];
  if (given.length === 0 && attributes.int("noop_with_empty_axes", 0) !== 0) return [x];
  const axes = new Set(given.length === 0 ? x.shape.keys() : given.map((axis) => (axis < 0 ? axis + length : axis)));
  const shape = keep ? x.shape.map((size, axis) => (axes.has(axis) ? 1 : size)) : x.shape.filter((_, axis) => !axes.has(axis));
  return [{ element: x.element, shape }];
};

const pooling: Infer = ({ types: [x], node }) => {
  if (x === undefined) return [];
  const type = { element: x.element, shape: x.shape?.map((size, axis) => (axis < 2 ? size : null)) };
  return node.outputs.map((_, output) => (output === 0 ? type : { element: int64, shape: type.shape }));
};

const globalPooling: Infer = ({ types: [x] }) => [
  x && { element: x.element, shape: x.shape?.map((size, axis) => (axis < 2 ? size : 1)) },
];

const ofRankOf =
  (input: number): Infer =>
  ({ types }) => {
    const element = types[0]?.element;
    return [element && { element, shape: types[input]?.shape?.map(() => null) }];
  };

/** All steps with their directions, then the last state of each direction. */
const ofRecurrent =
  (outputs: number): Infer =>
  ({ types: [x] }) => {
    if (x === undefined) return [];
    const state = { element: x.element, shape: [null, null, null] };
    return [{ element: x.element, shape: [null, null, null, null] }, state, ...(outputs === 3 ? [state] : [])];
  };

const inferences: Readonly<Record<string, Infer>> = {
  ...Object.fromEntries(
    [
      "Abs",
      "Acos",
      "Acosh",
      "Asin",
      "Asinh",
      "Atan",
      "Atanh",
      "Ceil",
      "Celu",
      "Clip",
      "Cos",
      "Cosh",
      "CumSum",
      "Dropout",
      "Elu",
      "Erf",
      "Exp",
      "Floor",
      "Gelu",
      "HardSigmoid",
      "HardSwish",
      "Hardmax",
      "Identity",
      "InstanceNormalization",
      "LRN",
      "LeakyRelu",
      "Log",
      "LogSoftmax",
      "LpNormalization",
      "Mish",
      "Neg",
      "Not",
      "PRelu",
      "Reciprocal",
      "Relu",
      "Round",
      "ReverseSequence",
      "ScatterElements",
      "ScatterND",
      "TensorScatter",
      "Selu",
      "Shrink",
      "Sigmoid",
      "Sign",
      "Sin",
      "Sinh",
      "Softmax",
      "Softplus",
      "Softsign",
      "Sqrt",
      "Swish",
      "Tan",
      "Tanh",
      "ThresholdedRelu",
      "Trilu",
      "BatchNormalization",
      "GroupNormalization",
      "RMSNormalization",
    ].map((name) => [name, sameAsFirst]),
  ),
  ...Object.fromEntries(
    ["Add", "BitShift", "BitwiseAnd", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Mean", "Sum", "Mod"].map((name) => [
      name,
      broadcast,
    ]),
  ),
  ...Object.fromEntries(
    ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Xor"].map((name) => [name, comparison]),
  ),
  ...Object.fromEntries(
    [
      "ReduceSum",
      "ReduceMean",
      "ReduceMax",
      "ReduceMin",
      "ReduceProd",
      "ReduceL1",
      "ReduceL2",
      "ReduceLogSum",
      "ReduceLogSumExp",
      "ReduceSumSquare",
    ].map((name) => [name, reduction]),
  ),
  ...Object.fromEntries(
    [
      "BiasGelu",
      "FastGelu",
      "Gelu",
      "MultiHeadAttention",
      "QuickGelu",
      "RotaryEmbedding",
      "SkipLayerNormalization",
      "SkipSimplifiedLayerNormalization",
    ].map((name) => [`com.microsoft:${name}`, sameAsFirst]),
  ),
  "com.microsoft:Attention": ({ types: [x, weights], attributes }) => {
    const [width, given] = [weights?.shape?.[1], attributes.ints("qkv_hidden_sizes")?.[2]];
    const own = given ?? (typeof width === "number" ? width / 3 : null);
    return [x && { element: x.element, shape: x.shape === undefined ? undefined : [x.shape[0]!, x.shape[1]!, own] }];
  },
  "com.microsoft:MoE": sameAsFirst,
  "com.microsoft:QMoE": sameAsFirst,
  RotaryEmbedding: sameAsFirst,
  SimplifiedLayerNormalization: sameAsFirst,
  AveragePool: pooling,
  MaxPool: pooling,
  LpPool: pooling,
  GlobalAveragePool: globalPooling,
  GlobalMaxPool: globalPooling,
  GlobalLpPool: globalPooling,
  Cast: ({ types: [x], attributes }) => {
    const element = elementTypeOf(attributes.int("to", 1));
    return [element && { element, shape: x?.shape }];
  },
  CastLike: ({ types: [x, like] }) => [like && { element: like.element, shape: x?.shape }],
  Concat: ({ types, attributes }) => {
    const element = types[0]?.element;
    const shapes = types.map((type) => type?.shape);
    const known = shapes.find((shape) => shape !== undefined);
    if (element === undefined || known === undefined) return [element && { element }];
    const at = attributes.int("axis", 0);
    const axis = at < 0 ? at + known.length : at;
    const shape = known.map((_, i): Size => {
      const sizes = shapes.map((one) => one?.[i] ?? null);
      if (i !== axis) return sizes.reduce(moreOf);
      return sizes.every((size) => typeof size === "number") ? sizes.reduce((sum: number, size) => sum + size, 0) : null;
    });
    return [{ element, shape }];
  },
  ConstantOfShape: ({ types: [shape], attributes, contents }) => {
    const element = elementTypeOf(attributes.tensor("value")?.dataType ?? 1)!;
    return [{ element, shape: contents(0) ?? unknownSizes(shape) }];
  },
  Conv: ofRankOf(0),
  ConvTranspose: ofRankOf(0),
  DepthToSpace: ofRankOf(0),
  SpaceToDepth: ofRankOf(0),
  Tile: ofRankOf(0),
  Pad: ofRankOf(0),
  Resize: ofRankOf(0),
  AffineGrid: elementOfFirst,
  CenterCropPad: ofRankOf(0),
  Col2Im: elementOfFirst,
  Compress: elementOfFirst,
  DFT: ofRankOf(0),
  DequantizeLinear: ({ types: [x, scale], attributes }) => {
    const element = attributes.has("output_dtype") ? elementTypeOf(attributes.int("output_dtype", 1)) : scale?.element;
    return [element && { element, shape: x?.shape }];
  },
  Det: ({ types: [x] }) => [x && { element: x.element, shape: x.shape?.slice(0, -2) }],
  GridSample: ofRankOf(0),
  MaxUnpool: ofRankOf(0),
  QuantizeLinear: ({ types: [x, , zero], attributes }) => {
    const element = zero?.element ?? elementTypeOf(attributes.int("output_dtype", 0) || 2);
    return [element && { element, shape: x?.shape }];
  },
  RoiAlign: ofRankOf(0),
  STFT: elementOfFirst,
  Expand: ({ types: [x, shape], contents }) => {
    const wanted = contents(1) ?? unknownSizes(shape);
    return [x && { element: x.element, shape: broadcastShapes([x.shape, wanted]) }];
  },
  Flatten: ({ types: [x] }) => [x && { element: x.element, shape: [null, null] }],
  Gather: ({ types: [x, indices], attributes }) => {
    if (x?.shape === undefined || indices?.shape === undefined) return [x && { element: x.element }];
    const at = attributes.int("axis", 0);
    const axis = at < 0 ? at + x.shape.length : at;
    return [{ element: x.element, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }];
  },
  GatherElements: ({ types: [x, indices] }) => [x && { element: x.element, shape: indices?.shape }],
  GatherND: ({ types: [x, indices], attributes }) => {
    const depth = indices?.shape?.at(-1);
    if (x?.shape === undefined || indices?.shape === undefined || typeof depth !== "number") return [x && { element: x.element }];
    const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(depth + attributes.int("batch_dims", 0))];
    return [{ element: x.element, shape }];
  },
  Gemm: ({ types: [a, b], attributes }) => {
    if (a === undefined) return [];
    const rows = a.shape?.[attributes.int("transA", 0) === 0 ? 0 : 1] ?? null;
    const columns = b?.shape?.[attributes.int("transB", 0) === 0 ? 1 : 0] ?? null;
    return [{ element: a.element, shape: [rows, columns] }];
  },
  IsInf: ({ types: [x] }) => [{ element: bool, shape: x?.shape }],
  IsNaN: ({ types: [x] }) => [{ element: bool, shape: x?.shape }],
  LayerNormalization: ({ types: [x], attributes, node }) => {
    if (x === undefined) return [];
    const at = attributes.int("axis", -1);
    const axis = at < 0 ? at + (x.shape?.length ?? 0) : at;
    const statistics = {
      element: elementTypeOf(attributes.int("stash_type", 1))!,
      shape: x.shape?.map((size, i) => (i < axis ? size : 1)),
    };
    return node.outputs.map((_, output) => (output === 0 ? x : statistics));
  },
  MatMul: ({ types: [a, b] }) => [a && { element: a.element, shape: productShape(a.shape, b?.shape) }],
  "com.microsoft:FusedMatMul": ({ types: [a, b], attributes }) => {
    const exchanged = attributes.int("transBatchA", 0) !== 0 || attributes.int("transBatchB", 0) !== 0;
    const left = attributes.int("transA", 0) === 0 ? a?.shape : transposed(a?.shape);
    const right = attributes.int("transB", 0) === 0 ? b?.shape : transposed(b?.shape);
    return [a && { element: a.element, shape: exchanged ? a.shape?.map(() => null) : productShape(left, right) }];
  },
  "com.microsoft:MatMulNBits": ({ types: [a], attributes }) => [
    a && { element: a.element, shape: a.shape && [...a.shape.slice(0, -1), attributes.int("N", 0) || null] },
  ],
  Einsum: ({ types: [x], attributes }) => {
    const [, result] = attributes.text("equation", "").replaceAll(" ", "").split("->");
    const open = result === undefined || result.includes(".");
    return [x && { element: x.element, shape: open ? undefined : Array.from(result, () => null) }];
  },
  GRU: ofRecurrent(2),
  LSTM: ofRecurrent(3),
  RNN: ofRecurrent(2),
  OneHot: ({ types: [indices, , values] }) => [
    values && { element: values.element, shape: indices?.shape && [...indices.shape, null].map(() => null) },
  ],
  NonZero: ({ types: [x] }) => [{ element: int64, shape: [x?.shape?.length ?? null, null] }],
  Range: ({ types: [start] }) => [start && { element: start.element, shape: [null] }],
  Reshape: ({ types: [x, shape], contents, attributes }) => {
    if (x === undefined) return [];
    const wanted = contents(1);
    const zeroIsZero = attributes.int("allowzero", 0) !== 0;
    if (wanted === undefined) return [{ element: x.element, shape: unknownSizes(shape) }];
    const sizes = wanted.map((size, axis): Size => (size === 0 && !zeroIsZero ? (x.shape?.[axis] ?? null) : size));
    const rest = remainder(
      x.shape,
      sizes.filter((size) => size !== -1),
    );
    return [{ element: x.element, shape: sizes.map((size) => (size === -1 ? rest : size)) }];
  },
  Shape: ({ types: [x], attributes }) => {
    const rank = x?.shape?.length;
    const whole = !attributes.has("start") && !attributes.has("end");
    return [{ element: int64, shape: [whole ? (rank ?? null) : null] }];
  },
  Size: () => [{ element: int64, shape: [] }],
  Slice: ({ types: [x], numbers, node }) => {
    if (x?.shape === undefined) return [x && { element: x.element }];
    const { length } = x.shape;
    const starts = numbers(1);
    const ends = numbers(2);
    const axes = node.inputs[3] ? numbers(3) : starts?.map((_, i) => i);
    const steps = node.inputs[4] ? numbers(4) : axes?.map(() => 1);
    if (axes === undefined) return [{ element: x.element, shape: x.shape.map(() => null) }];
    const shape: Size[] = [...x.shape];
    axes.forEach((at, i) => {
      const axis = at < 0 ? at + length : at;
      const size = shape[axis];
      const start = starts?.[i];
      const end = ends?.[i];
      const step = steps?.[i];
      const known = typeof size === "number" && start !== undefined && end !== undefined && step !== undefined;
      shape[axis] = known ? slicedSize(size, start, end, step) : null;
    });
    return [{ element: x.element, shape }];
  },
  Split: ({ types: [x], attributes, numbers, node }) => {
    if (x === undefined) return [];
    const at = attributes.int("axis", 0);
    const axis = at < 0 ? at + (x.shape?.length ?? 0) : at;
    const sizes = node.inputs[1] ? numbers(1) : undefined;
    return node.outputs.map((_, output) => ({
      element: x.element,
      shape: x.shape?.map((size, i) => (i === axis ? (sizes?.[output] ?? null) : size)),
    }));
  },
  Squeeze: ({ types: [x], numbers, node }) => {
    if (x?.shape === undefined) return [x && { element: x.element }];
    const axes = node.inputs[1] ? numbers(1) : undefined;
    if (axes === undefined) return [{ element: x.element }];
    const dropped = new Set(axes.map((axis) => (axis < 0 ? axis + x.shape!.length : axis)));
    return [{ element: x.element, shape: x.shape.filter((_, axis) => !dropped.has(axis)) }];
  },
  Unsqueeze: ({ types: [x], numbers }) => {
    const axes = numbers(1);
    if (x?.shape === undefined || axes === undefined) return [x && { element: x.element }];
    const rank = x.shape.length + axes.length;
    const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
    const rest = [...x.shape];
    return [
      { element: x.element, shape: Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? null))) },
    ];
  },
  TopK: ({ types: [x] }) => {
    const shape = x?.shape?.map(() => null);
    return [x && { element: x.element, shape }, { element: int64, shape }];
  },
  Transpose: ({ types: [x], attributes }) => {
    if (x?.shape === undefined) return [x && { element: x.element }];
    const order = attributes.ints("perm") ?? [...x.shape.keys()].reverse();
    return [{ element: x.element, shape: order.map((axis) => x.shape![axis] ?? null) }];
  },
  Where: ({ types: [condition, x, y] }) => {
    const element = x?.element ?? y?.element;
    return [element && { element, shape: broadcastShapes([condition?.shape, x?.shape, y?.shape]) }];
  },
  ArgMax: ({ types: [x], attributes }) => [argument(x, attributes)],
  ArgMin: ({ types: [x], attributes }) => [argument(x, attributes)],
};

/** The shape of a matrix product; undefined where a rank is unknown. */
function productShape(a: FileShape, b: FileShape): FileShape {
  if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return undefined;
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const batch = broadcastShapes([left.slice(0, -2), right.slice(0, -2)])!; // both ranks are known
  const rows = a.length === 1 ? [] : [left.at(-2)!];
  const columns = b.length === 1 ? [] : [right.at(-1)!];
  return [...batch, ...rows, ...columns];
}

/** The last two axes the other way round. */
function transposed(shape: FileShape): FileShape {
  return shape === undefined || shape.length < 2 ? shape : [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

function argument(x: ValueType | undefined, attributes: Attributes): ValueType {
  if (x?.shape === undefined) return { element: int64 };
  const at = attributes.int("axis", 0);
  const axis = at < 0 ? at + x.shape.length : at;
  const keep = attributes.int("keepdims", 1) !== 0;
  const shape = keep ? x.shape.map((size, i) => (i === axis ? 1 : size)) : x.shape.filter((_, i) => i !== axis);
  return { element: int64, shape };
}

/** A shape of as many unknown sizes as the list has that holds it. */
function unknownSizes(list: ValueType | undefined): FileShape {
  const length = list?.shape?.[0];
  return typeof length === "number" ? new Array<null>(length).fill(null) : undefined;
}

/** What `sizes` leave of all elements of a shape, as one size. */
function remainder(shape: FileShape, sizes: readonly Size[]): Size {
  if (shape === undefined) return null;
  const names = shape.filter((size) => typeof size !== "number");
  let total = shape.reduce((product: number, size) => product * (typeof size === "number" ? size : 1), 1);
  for (const size of sizes) {
    if (typeof size === "number") total /= size;
    else {
      const at = names.indexOf(size);
      if (size === null || at < 0) return null;
      names.splice(at, 1);
    }
  }
  if (!Number.isInteger(total)) return null;
  if (names.length === 0) return total;
  return names.length === 1 && total === 1 ? names[0]! : null;
}

/** How many of `size` elements a slice takes. */
export function slicedSize(size: number, start: number, end: number, step: number): number {
  const from = start < 0 ? start + size : start;
  const to = end < 0 ? end + size : end;
  if (step > 0) return Math.max(0, Math.ceil((clamp(to, 0, size) - clamp(from, 0, size)) / step));
  return Math.max(0, Math.ceil((clamp(from, 0, size - 1) - clamp(to, -1, size - 1)) / -step));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
