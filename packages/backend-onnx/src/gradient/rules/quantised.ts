import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";
import { toConvolutionInput } from "./convolution.ts";
import { readGeometry } from "./convolution-geometry.ts";
import { swapLast } from "./matmul.ts";

/**
 * Quantised operators, straight through: rounding and clipping to integers count as if they were not there, so that the gradient is that
 * of the model before it was quantised, taken at the quantised weights.
 */
const quantise: GradientRule = (call) => {
  const { build } = call;
  return [build.div(call.cotangent, alongAxis(call, call.input(1), call.cotangent))];
};

const dequantise: GradientRule = (call) => {
  const { build } = call;
  return [build.mul(call.cotangent, alongAxis(call, call.input(1), call.cotangent))];
};

/** One scale, or one for each element of an axis. */
function alongAxis(call: RuleCall, scale: string, like: string): string {
  const { build } = call;
  const wide = build.cast(scale, like);
  const scaleRank = call.rank(scale);
  if (scaleRank === 0) return wide;
  if (scaleRank > 1 || call.attributes.int("block_size", 0) !== 0) throw call.refuse("it has a scale for each block");
  const rank = call.rank(call.input(0));
  const axis = call.axis("axis", 1, rank);
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

/** Weights of a few bits: the operator itself applied to the identity gives them back, transposed. */
const fewBits: GradientRule = (call) => {
  const { build, attributes } = call;
  const [x, packed, scales] = [call.input(0), call.input(1), call.input(2)];
  if (call.optional(4) !== undefined) throw call.refuse("it reorders groups of weights (g_idx)");
  const size = attributes.int("K", 0);
  const square = build.zeros(build.int64([size, size]), x, [size, size]);
  const identity = build.op("EyeLike", [square], { dtype: build.code(x) });
  const settings = {
    K: size,
    N: attributes.int("N", 0),
    bits: attributes.int("bits", 4),
    block_size: attributes.int("block_size", 32),
  };
  const matrix = build.op("MatMulNBits", [identity, packed, scales, call.optional(3)], settings, "com.microsoft");
  return [build.op("MatMul", [call.cotangent, build.op("Transpose", [matrix], { perm: [1, 0] })])];
};

export const quantisedRules: RulesOf<"quantised"> = {
  ConvInteger: convInteger,
  DequantizeLinear: dequantise,
  DynamicQuantizeLinear: (call) => [call.build.div(call.cotangent, call.output(1))],
  MatMulInteger: matMulInteger,
  QuantizeLinear: quantise,
  "com.microsoft:MatMulNBits": fewBits,
};

/** Operators whose first result carries a gradient although it holds integers. */
export const straightThrough: ReadonlySet<string> = new Set([
  "ConvInteger",
  "DynamicQuantizeLinear",
  "MatMulInteger",
  "QuantizeLinear",
]);
