import type { GraphBuilder } from "../../graph-builder.ts";
import type { GradientRule, RuleCall, RulesOf } from "../../rule.ts";
import { toConvolutionInput } from "../convolution.ts";
import { readGeometry } from "../convolution-geometry.ts";
import { swapLast } from "../matmul.ts";
import { countTo } from "../picked-elements.ts";

/** The least and the greatest number of the integer types; floats of a byte are held to no range here. */
const ranges: Readonly<Record<number, readonly [number, number]>> = {
  2: [0, 255],
  3: [-128, 127],
  4: [0, 65_535],
  5: [-32_768, 32_767],
  21: [0, 15],
  22: [-8, 7],
  25: [0, 3],
  26: [-2, 1],
};

/**
 * Quantised operators, straight through: rounding to integers counts as if it were not there, so that the gradient is that of the model
 * before it was quantised, taken at the quantised weights. What lies beyond the range of the integers is held at its end, and has no
 * gradient: a rectifier that the quantiser took away lives on in the range beginning at 0.
 *
 * Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference", 2018.
 */
const quantise: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const scale = perElement(call, call.input(1), cotangent);
  const part = build.div(cotangent, scale);
  const range = ranges[build.code(call.output(0))];
  if (range === undefined) return [build.cast(part, x)];
  const zero = call.optional(2);
  const steps = build.op("Round", [build.div(build.cast(x, cotangent), scale)]);
  const placed = zero === undefined ? steps : build.add(steps, perElement(call, zero, cotangent));
  const [low, high] = range.map((end) => build.float(end, placed));
  const inside = build.op("And", [build.op("GreaterOrEqual", [placed, low!]), build.op("LessOrEqual", [placed, high!])]);
  return [build.cast(build.where(inside, part, build.float(0, part)), x)];
};

const dequantise: GradientRule = (call) => {
  const { build } = call;
  return [build.mul(call.cotangent, perElement(call, call.input(1), call.cotangent))];
};

/** One scale (or zero point), one for each element of an axis, or one for each block of elements along it. */
function perElement(call: RuleCall, scale: string, like: string): string {
  const { build } = call;
  const x = call.input(0);
  const wide = build.cast(scale, like);
  const scaleRank = call.rank(scale);
  if (scaleRank === 0) return wide;
  const rank = call.rank(x);
  const axis = call.axis("axis", 1, rank);
  const block = call.attributes.int("block_size", 0);
  if (block !== 0) {
    const numbers = build.op("Div", [countTo(build, build.sizeOf(x, axis)), build.int64([block], [])]);
    return build.op("Gather", [wide, numbers], { axis });
  }
  if (scaleRank > 1) throw call.refuse("it has more than one scale for each element of an axis");
  return build.unsqueeze(
    wide,
    [...Array(rank).keys()].filter((other) => other !== axis),
  );
}

/** Integer weights as floats, less their zero point. */
function asFloats(build: GraphBuilder, weights: string, zero: string | undefined, shaped: (zero: string) => string): string {
  const floats = build.castTo(weights, 1);
  return zero === undefined ? floats : build.sub(floats, shaped(build.castTo(zero, 1)));
}

const matMulInteger: GradientRule = (call) => {
  const { build } = call;
  const [a, b] = [call.input(0), call.input(1)];
  if (call.wants(1)) throw call.refuse("both of its operands depend on what is differentiated by");
  const weights = asFloats(build, b, call.optional(3), (zero) => zero);
  const rank = call.rank(b);
  if (rank !== 2) return [build.sumToShape(build.op("MatMul", [call.cotangent, swapLast(build, weights, rank)]), a)];
  return [build.op("MatMul", [call.cotangent, build.transpose(weights, [1, 0])])];
};

const convInteger: GradientRule = (call) => {
  const { build } = call;
  const [x, w] = [call.input(0), call.input(1)];
  if (call.wants(1)) throw call.refuse("both of its operands depend on what is differentiated by");
  const geometry = readGeometry(call, x, w);
  const perFilter = (zero: string): string =>
    build.rank(zero) === 1
      ? build.unsqueeze(
          zero,
          [...Array(geometry.kernel.length + 1).keys()].map((axis) => axis + 1),
        )
      : zero;
  const weights = asFloats(build, w, call.optional(3), perFilter);
  return [toConvolutionInput(build, call.cotangent, weights, geometry, x)];
};

/** Weights of a few bits, several in a byte, the first in the lowest bits: `[…, bytes]` as `[…, elements]` of `code`. */
export function unpacked(build: GraphBuilder, bytes: string, bits: number, code: number): string {
  if (bits === 8) return build.castTo(bytes, code);
  const mask = byte(build, 2 ** bits - 1);
  const parts = Array.from({ length: 8 / bits }, (_, i) => {
    const shifted = i === 0 ? bytes : build.op("BitShift", [bytes, byte(build, i * bits)], { direction: "RIGHT" });
    return build.unsqueeze(build.op("BitwiseAnd", [shifted, mask]), [-1]);
  });
  const joined = build.castTo(build.op("Concat", parts, { axis: -1 }), code);
  const shape = build.concat([build.slice(build.op("Shape", [bytes]), 0, -1), build.int64([-1])]);
  return build.reshape(joined, shape);
}

function byte(build: GraphBuilder, value: number): string {
  return build.castTo(build.int64([value], []), 2);
}

/** The weights of a product, `[inputs, outputs]`, as what the operator makes of the identity: only it reads their form. */
function fromIdentity(call: RuleCall, rows: number, operands: readonly string[]): string {
  const { build, node } = call;
  const x = call.input(0);
  const square = build.zeros(build.int64([rows, rows]), x, [rows, rows]);
  const identity = build.op("EyeLike", [square], { dtype: build.code(x) });
  const matrix = build.name(node.opType);
  build.write({ ...node, inputs: [identity, ...operands], outputs: [matrix], name: matrix });
  const element = build.type(x)?.element;
  if (element !== undefined) build.declare(matrix, { element, shape: [rows, null] });
  return matrix;
}

const throughIdentity =
  (size: (call: RuleCall) => number | undefined): GradientRule =>
  (call) => {
    const rows = size(call);
    if (rows === undefined) throw call.refuse("the size of its weights is only known at run time");
    const weights = fromIdentity(call, rows, call.node.inputs.slice(1));
    return [call.build.op("MatMul", [call.cotangent, call.build.transpose(weights, [1, 0])])];
  };

/**
 * A product with weights of a few bits. The weights `[outputs, inputs]` are written out: each is its number less the zero point of its
 * block, times the block's scale. Where `g_idx` says which block an input belongs to, the runtime has its own way with zero points, so that
 * it is asked.
 */
const fewBits: GradientRule = (call) => {
  const { build, attributes } = call;
  const bias = call.optional(5);
  const reordered = call.optional(4) !== undefined;
  if (reordered && attributes.int("bits", 4) !== 4) throw call.refuse("it reorders weights of other than 4 bits (g_idx)");
  const weights = !reordered
    ? writtenOut(call)
    : build.transpose(fromIdentity(call, attributes.int("K", 0), call.node.inputs.slice(1, 5)), [1, 0]);
  const toBias = bias !== undefined && call.wants(5) ? build.sumToShape(call.cotangent, bias) : undefined;
  return [build.op("MatMul", [call.cotangent, weights]), undefined, undefined, undefined, undefined, toBias];
};

function writtenOut(call: RuleCall): string {
  const { build, attributes } = call;
  const [x, packed, scale, zero] = [call.input(0), call.input(1), call.input(2), call.optional(3)];
  const [inputs, outputs] = [attributes.int("K", 0), attributes.int("N", 0)];
  const [bits, block] = [attributes.int("bits", 4), attributes.int("block_size", 32)];
  const code = build.code(x);
  const rows = build.int64([outputs, -1]);
  const numbers = unpacked(build, build.reshape(packed, rows), bits, code);
  const blocks = Math.ceil(inputs / block);
  const repeatedOver = (name: string): string => {
    const apart = build.unsqueeze(build.slice(build.reshape(name, rows), 0, blocks, 1), [2]);
    const repeated = build.op("Expand", [apart, build.int64([outputs, blocks, block])]);
    return build.slice(build.reshape(repeated, rows), 0, inputs, 1);
  };
  let middle = build.float(2 ** (bits - 1), x);
  if (zero !== undefined) {
    const floats = [1, 10, 16].includes(build.code(zero));
    middle = repeatedOver(floats ? build.castTo(zero, code) : unpacked(build, build.reshape(zero, rows), bits, code));
  }
  const centred = build.sub(build.slice(numbers, 0, inputs, 1), middle);
  return build.mul(centred, repeatedOver(build.castTo(scale, code)));
}

export const quantisedRules: RulesOf<"quantised"> = {
  ConvInteger: convInteger,
  DequantizeLinear: dequantise,
  DynamicQuantizeLinear: (call) => [call.build.div(call.cotangent, call.output(1))],
  MatMulInteger: matMulInteger,
  QuantizeLinear: quantise,
  "com.microsoft:DequantizeLinear": dequantise,
  "com.microsoft:MatMulBnb4": throughIdentity((call) => call.attributes.int("K", 0)),
  "com.microsoft:MatMulFpQ4": throughIdentity((call) => call.build.numbers(call.optional(2))?.[0]),
  "com.microsoft:MatMulNBits": fewBits,
  "com.microsoft:QuantizeLinear": quantise,
};

/** Operators whose first result carries a gradient although it holds integers. */
export const straightThrough: ReadonlySet<string> = new Set([
  "ConvInteger",
  "DynamicQuantizeLinear",
  "MatMulInteger",
  "QLinearConv",
  "QLinearMatMul",
  "QuantizeLinear",
  "com.microsoft:NhwcMaxPool",
  "com.microsoft:QGemm",
  "com.microsoft:QLinearAdd",
  "com.microsoft:QLinearAveragePool",
  "com.microsoft:QLinearConcat",
  "com.microsoft:QLinearConv",
  "com.microsoft:QLinearGlobalAveragePool",
  "com.microsoft:QLinearLeakyRelu",
  "com.microsoft:QLinearMul",
  "com.microsoft:QLinearSigmoid",
  "com.microsoft:QLinearSoftmax",
  "com.microsoft:QLinearWhere",
  "com.microsoft:QuantizeLinear",
]);
