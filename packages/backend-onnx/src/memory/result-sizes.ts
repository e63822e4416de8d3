import { Attributes } from "../gradient/attributes.ts";
import { slicedSize } from "../gradient/types/infer-types.ts";
import type { NodeProto } from "../onnx/proto.ts";

/** What is known of a node's inputs in one run. */
export interface KnownSizes {
  /** The sizes of all axes; undefined where any is unknown. */
  sizes(name: string | undefined): readonly number[] | undefined;
  /** The numbers of a small constant or of a list of sizes. */
  numbers(name: string | undefined): readonly number[] | undefined;
}

/**
 * The sizes of a node's results where they follow from its inputs' sizes by arithmetic: windows, padding, splitting. What type inference
 * leaves open for sizes that may be free is computed here, since in a run all are numbers.
 */
export function resultSizes(node: NodeProto, known: KnownSizes): readonly (readonly number[] | undefined)[] {
  const rule = rules[node.domain === "" ? node.opType : `${node.domain}:${node.opType}`];
  return rule?.(new Attributes(node), node, known) ?? [];
}

type Rule = (
  attributes: Attributes,
  node: NodeProto,
  known: KnownSizes,
) => readonly (readonly number[] | undefined)[] | undefined;

/** A window's way over an axis of `size` elements: how many places it stops at. */
function places(attributes: Attributes, sizes: readonly number[], kernel: readonly number[]): readonly number[] {
  const automatic = attributes.text("auto_pad", "NOTSET");
  const strides = attributes.ints("strides");
  const dilations = attributes.ints("dilations");
  const pads = attributes.ints("pads");
  const round = attributes.int("ceil_mode", 0) === 0 ? Math.floor : Math.ceil;
  return sizes.map((size, axis) => {
    const stride = strides?.[axis] ?? 1;
    const span = (kernel[axis]! - 1) * (dilations?.[axis] ?? 1) + 1;
    if (automatic.startsWith("SAME")) return Math.ceil(size / stride);
    const padding = automatic === "VALID" ? 0 : (pads?.[axis] ?? 0) + (pads?.[axis + sizes.length] ?? 0);
    return Math.max(0, round((size + padding - span) / stride) + 1);
  });
}

const convolution: Rule = (attributes, node, { sizes }) => {
  const x = sizes(node.inputs[0]);
  const weights = sizes(node.inputs[1]);
  if (x === undefined || weights === undefined) return undefined;
  return [[x[0]!, weights[0]!, ...places(attributes, x.slice(2), weights.slice(2))]];
};

/** The scales and zero points of a quantised convolution stand between its operands. */
const quantisedConvolution: Rule = (attributes, node, known) =>
  convolution(attributes, { ...node, inputs: [node.inputs[0]!, node.inputs[3] ?? ""] }, known);

const transposedConvolution: Rule = (attributes, node, { sizes }) => {
  const x = sizes(node.inputs[0]);
  const weights = sizes(node.inputs[1]);
  if (x === undefined || weights === undefined) return undefined;
  const wanted = attributes.ints("output_shape");
  const spatial = x.slice(2).map((size, axis) => {
    const stride = attributes.ints("strides")?.[axis] ?? 1;
    const reach = (weights[axis + 2]! - 1) * (attributes.ints("dilations")?.[axis] ?? 1) + 1;
    if (wanted !== undefined) return wanted[axis + wanted.length - (x.length - 2)]!;
    if (attributes.text("auto_pad", "NOTSET").startsWith("SAME")) return size * stride;
    const pads = attributes.ints("pads");
    const padding = (pads?.[axis] ?? 0) + (pads?.[axis + x.length - 2] ?? 0);
    return (size - 1) * stride + reach + (attributes.ints("output_padding")?.[axis] ?? 0) - padding;
  });
  return [[x[0]!, weights[1]! * attributes.int("group", 1), ...spatial]];
};

const pooling: Rule = (attributes, node, { sizes }) => {
  const x = sizes(node.inputs[0]);
  const kernel = attributes.ints("kernel_shape");
  if (x === undefined || kernel === undefined) return undefined;
  const pooled = [...x.slice(0, 2), ...places(attributes, x.slice(2), kernel)];
  return node.outputs.map(() => pooled);
};

const recurrent =
  (states: number): Rule =>
  (attributes, node, { sizes }) => {
    const x = sizes(node.inputs[0]);
    const weights = sizes(node.inputs[2]);
    if (x === undefined || weights === undefined) return undefined;
    const hidden = attributes.int("hidden_size", weights[2]!);
    const [length, rows] = [x[0]!, x[1]!];
    const last = [weights[0]!, rows, hidden];
    return [[length, weights[0]!, rows, hidden], ...Array.from({ length: states }, () => last)];
  };

const blocks =
  (deeper: boolean): Rule =>
  (attributes, node, { sizes }) => {
    const x = sizes(node.inputs[0]);
    if (x?.length !== 4) return undefined;
    const block = attributes.int("blocksize", 1);
    const [n, c, h, w] = x as readonly [number, number, number, number]; // four axes
    return [deeper ? [n, c * block ** 2, h / block, w / block] : [n, c / block ** 2, h * block, w * block]];
  };

const flatten: Rule = (attributes, node, { sizes }) => {
  const x = sizes(node.inputs[0]);
  if (x === undefined) return undefined;
  const at = attributes.int("axis", 1);
  const axis = at < 0 ? at + x.length : at;
  return [[product(x.slice(0, axis)), product(x.slice(axis))]];
};

const split: Rule = (attributes, node, { sizes, numbers }) => {
  const x = sizes(node.inputs[0]);
  if (x === undefined) return undefined;
  const at = attributes.int("axis", 0);
  const axis = at < 0 ? at + x.length : at;
  const given = attributes.ints("split") ?? numbers(node.inputs[1]);
  const even = Math.ceil(x[axis]! / node.outputs.length);
  return node.outputs.map((_, i) => {
    const size = given?.[i] ?? Math.max(0, Math.min(even, x[axis]! - i * even));
    return x.map((other, j) => (j === axis ? size : other));
  });
};

const tile: Rule = (_, node, { sizes, numbers }) => {
  const x = sizes(node.inputs[0]);
  const repeats = numbers(node.inputs[1]);
  return x === undefined || repeats === undefined ? undefined : [x.map((size, axis) => size * (repeats[axis] ?? 1))];
};

const pad: Rule = (attributes, node, { sizes, numbers }) => {
  const x = sizes(node.inputs[0]);
  const pads = attributes.ints("pads") ?? numbers(node.inputs[1]);
  if (x === undefined || pads === undefined) return undefined;
  const axes = node.inputs[3] ? numbers(node.inputs[3]) : [...x.keys()];
  if (axes === undefined) return undefined;
  const padded = [...x];
  axes.forEach((at, i) => {
    const axis = at < 0 ? at + x.length : at;
    padded[axis] = x[axis]! + (pads[i] ?? 0) + (pads[i + axes.length] ?? 0);
  });
  return [padded];
};

const resize: Rule = (attributes, node, { sizes, numbers }) => {
  const x = sizes(node.inputs[0]);
  if (x === undefined) return undefined;
  const axes = attributes.ints("axes") ?? [...x.keys()];
  const wanted = numbers(node.inputs[3]);
  const scales = numbers(node.inputs[2]);
  if (wanted === undefined && scales === undefined) return undefined;
  const resized = [...x];
  axes.forEach((at, i) => {
    const axis = at < 0 ? at + x.length : at;
    resized[axis] = wanted?.[i] ?? Math.floor(x[axis]! * (scales?.[i] ?? 1));
  });
  return [resized];
};

const range: Rule = (_, node, { numbers }) => {
  const [start, limit, step] = node.inputs.map((name) => numbers(name)?.[0]);
  if (start === undefined || limit === undefined || step === undefined || step === 0) return undefined;
  return [[Math.max(0, Math.ceil((limit - start) / step))]];
};

const slice: Rule = (_, node, { sizes, numbers }) => {
  const x = sizes(node.inputs[0]);
  const [starts, ends] = [numbers(node.inputs[1]), numbers(node.inputs[2])];
  if (x === undefined || starts === undefined || ends === undefined) return undefined;
  const axes = node.inputs[3] ? numbers(node.inputs[3]) : [...starts.keys()];
  const steps = node.inputs[4] ? numbers(node.inputs[4]) : starts.map(() => 1);
  if (axes === undefined || steps === undefined) return undefined;
  const sliced = [...x];
  axes.forEach((at, i) => {
    const axis = at < 0 ? at + x.length : at;
    sliced[axis] = slicedSize(x[axis]!, starts[i]!, ends[i]!, steps[i]!);
  });
  return [sliced];
};

const topK: Rule = (attributes, node, { sizes, numbers }) => {
  const x = sizes(node.inputs[0]);
  const count = numbers(node.inputs[1])?.[0];
  if (x === undefined || count === undefined) return undefined;
  const at = attributes.int("axis", -1);
  const axis = at < 0 ? at + x.length : at;
  const chosen = x.map((size, i) => (i === axis ? count : size));
  return [chosen, chosen];
};

const oneHot: Rule = (attributes, node, { sizes, numbers }) => {
  const indices = sizes(node.inputs[0]);
  const depth = numbers(node.inputs[1])?.[0];
  if (indices === undefined || depth === undefined) return undefined;
  const at = attributes.int("axis", -1);
  const axis = at < 0 ? at + indices.length + 1 : at;
  return [[...indices.slice(0, axis), depth, ...indices.slice(axis)]];
};

const einsum: Rule = (attributes, node, { sizes }) => {
  const [left = "", right] = attributes.text("equation", "").replace(/\s/g, "").split("->");
  const terms = left.split(",");
  if (right === undefined || left.includes(".") || right.includes(".")) return undefined;
  const lengths = new Map<string, number>();
  for (const [i, term] of terms.entries()) {
    const x = sizes(node.inputs[i]);
    if (x === undefined) return undefined;
    [...term].forEach((letter, axis) => {
      lengths.set(letter, Math.max(lengths.get(letter) ?? 1, x[axis] ?? 1));
    });
  }
  return [[...right].map((letter) => lengths.get(letter) ?? 1)];
};

/** A matrix product whose second operand is `[columns, …]` in blocks of few bits. */
const packedProduct: Rule = (attributes, node, { sizes }) => {
  const x = sizes(node.inputs[0]);
  return x === undefined ? undefined : [[...x.slice(0, -1), attributes.int("N", x.at(-1) ?? 1)]];
};

const matrixProduct: Rule = (attributes, node, { sizes }) => {
  const [a, b] = [sizes(node.inputs[0]), sizes(node.inputs[1])];
  if (a === undefined || b === undefined || a.length < 2 || b.length < 2) return undefined;
  const rows = attributes.int("transA", 0) === 0 ? a.at(-2)! : a.at(-1)!;
  const columns = attributes.int("transB", 0) === 0 ? b.at(-1)! : b.at(-2)!;
  const rank = Math.max(a.length, b.length) - 2;
  const batch = Array.from({ length: rank }, (_, axis) =>
    Math.max(a[axis - rank + a.length - 2] ?? 1, b[axis - rank + b.length - 2] ?? 1),
  );
  return [[...batch, rows, columns]];
};

const quantisedProduct: Rule = (attributes, node, known) =>
  matrixProduct(attributes, { ...node, inputs: [node.inputs[0]!, node.inputs[3] ?? ""] }, known);

const sameAsFirst: Rule = (_, node, { sizes }) => [sizes(node.inputs[0])];

const dynamicQuantisation: Rule = (_, node, { sizes }) => [sizes(node.inputs[0]), [], []];

const rules: Readonly<Record<string, Rule>> = {
  Conv: convolution,
  ConvInteger: convolution,
  QLinearConv: quantisedConvolution,
  "com.microsoft:FusedConv": convolution,
  ConvTranspose: transposedConvolution,
  AveragePool: pooling,
  MaxPool: pooling,
  LpPool: pooling,
  LSTM: recurrent(2),
  GRU: recurrent(1),
  RNN: recurrent(1),
  DepthToSpace: blocks(false),
  SpaceToDepth: blocks(true),
  Flatten: flatten,
  Split: split,
  Tile: tile,
  Pad: pad,
  Range: range,
  Slice: slice,
  Resize: resize,
  Upsample: (attributes, node, known) =>
    resize(attributes, { ...node, inputs: [node.inputs[0]!, "", node.inputs[1] ?? ""] }, known),
  TopK: topK,
  OneHot: oneHot,
  Einsum: einsum,
  MatMulInteger: matrixProduct,
  QLinearMatMul: quantisedProduct,
  "com.microsoft:FusedMatMul": matrixProduct,
  "com.microsoft:MatMulInteger": matrixProduct,
  "com.microsoft:DynamicQuantizeMatMul": matrixProduct,
  "com.microsoft:MatMulIntegerToFloat": matrixProduct,
  "com.microsoft:MatMulNBits": packedProduct,
  QuantizeLinear: sameAsFirst,
  DequantizeLinear: sameAsFirst,
  "com.microsoft:QuantizeLinear": sameAsFirst,
  "com.microsoft:DequantizeLinear": sameAsFirst,
  DynamicQuantizeLinear: dynamicQuantisation,
};

export function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
