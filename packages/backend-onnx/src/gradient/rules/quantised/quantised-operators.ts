import type { GraphBuilder } from "../../graph-builder.ts";
import type { RuleCall, RulesOf } from "../../rule.ts";
import { composed } from "../composed.ts";

/*
 * Operators on quantised values, straight through: what they take is dequantised, the plain operator follows, and its result counts as
 * many steps as the result's scale says. Rounding and clipping count as if they were not there.
 */

type Write = (build: GraphBuilder, call: RuleCall) => string;

const straight = (write: Write): ReturnType<typeof composed> => composed((build, call) => [write(build, call)]);

/** Integers as the floats that they stand for; a list of scales belongs to the elements of an axis. */
export function dequantised(
  build: GraphBuilder,
  call: RuleCall,
  [value, scale, zero]: readonly [number, number, number],
  axis = 0,
): string {
  return build.op("DequantizeLinear", [call.input(value), call.input(scale), call.optional(zero)], { axis });
}

/** Whole numbers of the steps that products of two quantised operands have: what is added to such products. */
function inProducts(build: GraphBuilder, call: RuleCall, value: number, scales: readonly [number, number]): string | undefined {
  const whole = call.optional(value);
  if (whole === undefined) return undefined;
  return build.mul(build.castTo(whole, 1), build.mul(call.input(scales[0]), call.input(scales[1])));
}

/** Floats as the steps of the result. */
function requantised(build: GraphBuilder, call: RuleCall, value: string, scale: number): string {
  return build.op("QuantizeLinear", [value, call.input(scale), call.optional(scale + 1)]);
}

/** Two operands with their scales and zero points, then those of the result. */
const binary = (op: "Add" | "Mul"): ReturnType<typeof composed> =>
  straight((build, call) => {
    const [a, b] = [dequantised(build, call, [0, 1, 2]), dequantised(build, call, [3, 4, 5])];
    return requantised(build, call, build.op(op, [a, b]), 6);
  });

/** One operand with its scale and zero point, then those of the result. */
const unary = (write: (build: GraphBuilder, x: string, call: RuleCall) => string): ReturnType<typeof composed> =>
  straight((build, call) => requantised(build, call, write(build, dequantised(build, call, [0, 1, 2]), call), 3));

/** An operator over spatial axes whose channels may come last. */
function channelsFirst(build: GraphBuilder, call: RuleCall, x: string, write: (x: string) => string): string {
  if (call.attributes.int("channels_last", 0) === 0) return write(x);
  const rank = call.rank(call.input(0));
  const spatial = [...Array(rank - 2).keys()];
  const inner = write(build.transpose(x, [0, rank - 1, ...spatial.map((axis) => axis + 1)]));
  return build.transpose(inner, [0, ...spatial.map((axis) => axis + 2), 1]);
}

/** How windows walk, as the node states it. */
function walk(call: RuleCall, names: readonly string[]): Record<string, readonly number[] | string | number | undefined> {
  const { attributes } = call;
  const lists = ["kernel_shape", "strides", "dilations", "pads"].filter((name) => names.includes(name));
  const numbers = ["group", "ceil_mode", "count_include_pad"].filter((name) => names.includes(name) && attributes.has(name));
  return {
    ...Object.fromEntries(lists.map((name) => [name, attributes.ints(name)])),
    ...Object.fromEntries(numbers.map((name) => [name, attributes.int(name, 0)])),
    auto_pad: attributes.has("auto_pad") ? attributes.text("auto_pad", "NOTSET") : undefined,
  };
}

const pool = ["kernel_shape", "strides", "dilations", "pads", "ceil_mode", "count_include_pad"];

const averagePool = unary((build, x, call) =>
  channelsFirst(build, call, x, (first) => build.op("AveragePool", [first], walk(call, pool))),
);

const globalAveragePool = unary((build, x, call) =>
  channelsFirst(build, call, x, (first) => {
    const spatial = [...Array(call.rank(call.input(0)) - 2).keys()].map((axis) => axis + 2);
    return build.mean(first, spatial);
  }),
);

/** Up to operator set 12 the axes from the given one on are one axis together. */
const softmax = unary((build, x, call) => {
  const axis = call.attributes.int("axis", -1);
  if (call.attributes.int("opset", 13) >= 13) return build.op("Softmax", [x], { axis });
  return build.reshapeLike(build.op("Softmax", [build.op("Flatten", [x], { axis })], { axis: -1 }), x);
});

const maxPoolLast = straight((build, call) => {
  const floats = build.castTo(call.input(0), 1);
  const rank = call.rank(call.input(0));
  const spatial = [...Array(rank - 2).keys()];
  const first = build.transpose(floats, [0, rank - 1, ...spatial.map((axis) => axis + 1)]);
  const pooled = build.op("MaxPool", [first], walk(call, pool.slice(0, 5)));
  return build.transpose(pooled, [0, ...spatial.map((axis) => axis + 2), 1]);
});

/** The result's scale and zero point come first, then three inputs an operand. */
const concat = straight((build, call) => {
  const count = (call.node.inputs.length - 2) / 3;
  const parts = Array.from({ length: count }, (_, i) => dequantised(build, call, [2 + 3 * i, 3 + 3 * i, 4 + 3 * i]));
  return requantised(build, call, build.op("Concat", parts, { axis: call.attributes.int("axis", 0) }), 0);
});

const where = straight((build, call) => {
  const [yes, no] = [dequantised(build, call, [1, 2, 3]), dequantised(build, call, [4, 5, 6])];
  return requantised(build, call, build.where(call.input(0), yes, no), 7);
});

const convolution = straight((build, call) => {
  const [x, w] = [dequantised(build, call, [0, 1, 2]), dequantised(build, call, [3, 4, 5])];
  const bias = inProducts(build, call, 8, [1, 4]);
  const names = ["kernel_shape", "strides", "dilations", "pads", "group"];
  const result = channelsFirst(build, call, x, (first) => build.op("Conv", [first, w, bias], walk(call, names)));
  return requantised(build, call, result, 6);
});

const matMul = straight((build, call) => {
  // A list of scales belongs to the rows of the first operand and the columns of the second.
  const last = call.rank(call.input(3)) - 1;
  const [a, b] = [dequantised(build, call, [0, 1, 2]), dequantised(build, call, [3, 4, 5], last)];
  return requantised(build, call, build.op("MatMul", [a, b]), 6);
});

/** The result is quantised where it has a scale, else floats. */
const gemm = straight((build, call) => {
  const { attributes } = call;
  const turned = attributes.int("transB", 0);
  const [a, b] = [dequantised(build, call, [0, 1, 2]), dequantised(build, call, [3, 4, 5], turned === 0 ? 1 : 0)];
  const settings = { transA: attributes.int("transA", 0), transB: turned };
  const sums = build.op("Gemm", [a, b, inProducts(build, call, 6, [1, 4])], settings);
  const result = build.scale(sums, attributes.float("alpha", 1));
  return call.optional(7) === undefined ? result : requantised(build, call, result, 7);
});

/** Floats times quantised weights; the floats are quantised on the way. */
const dynamicMatMul = straight((build, call) => {
  const bias = call.optional(4);
  const result = build.op("MatMul", [call.input(0), dequantised(build, call, [1, 2, 3], call.rank(call.input(1)) - 1)]);
  return bias === undefined ? result : build.add(result, bias);
});

const integersToFloat = straight((build, call) => {
  const bias = call.optional(6);
  const last = call.rank(call.input(1)) - 1;
  const result = build.op("MatMul", [dequantised(build, call, [0, 2, 4]), dequantised(build, call, [1, 3, 5], last)]);
  return bias === undefined ? result : build.add(result, bias);
});

/** A recurrent network whose weights are quantised, each matrix lying the other way round; scales are one a direction, or one a column. */
const lstm = composed((build, call) => {
  const { node } = call;
  const weights = (value: number, scale: number): string => {
    const laid = (name: string): string => build.unsqueeze(name, build.rank(name) === 1 ? [1, 2] : [1]);
    const floats = build.castTo(call.input(value), 1);
    const centred = build.sub(floats, laid(build.castTo(call.input(scale + 1), 1)));
    return build.transpose(build.mul(centred, laid(call.input(scale))), [0, 2, 1]);
  };
  const inputs = [call.input(0), weights(1, 8), weights(2, 10), ...node.inputs.slice(3, 8)];
  const outputs = node.outputs.map(() => build.name("LSTM"));
  build.write({ ...node, opType: "LSTM", domain: "", inputs, outputs, name: outputs[0]! });
  outputs.forEach((output, i) => {
    const result = node.outputs[i];
    if (result !== undefined && result !== "") build.declare(output, build.type(result));
  });
  return outputs;
}, 3);

export const quantisedOperatorRules: RulesOf<"quantisedOperators"> = {
  QLinearConv: convolution,
  QLinearMatMul: matMul,
  "com.microsoft:DynamicQuantizeLSTM": lstm,
  "com.microsoft:DynamicQuantizeMatMul": dynamicMatMul,
  "com.microsoft:MatMulIntegerToFloat": integersToFloat,
  "com.microsoft:NhwcMaxPool": maxPoolLast,
  "com.microsoft:QGemm": gemm,
  "com.microsoft:QLinearAdd": binary("Add"),
  "com.microsoft:QLinearAveragePool": averagePool,
  "com.microsoft:QLinearConcat": concat,
  "com.microsoft:QLinearConv": convolution,
  "com.microsoft:QLinearGlobalAveragePool": globalAveragePool,
  "com.microsoft:QLinearLeakyRelu": unary((build, x, call) =>
    build.op("LeakyRelu", [x], { alpha: { float: call.attributes.float("alpha", 0.01) } }),
  ),
  "com.microsoft:QLinearMul": binary("Mul"),
  "com.microsoft:QLinearSigmoid": unary((build, x) => build.op("Sigmoid", [x])),
  "com.microsoft:QLinearSoftmax": softmax,
  "com.microsoft:QLinearWhere": where,
};
