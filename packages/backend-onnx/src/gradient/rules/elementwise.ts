import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";
import { whereBetween } from "./attention/mask.ts";

/** A rule of an operator that works on each element by itself, from its derivative times the cotangent. */
export function pointwise(
  pull: (build: GraphBuilder, cotangent: string, x: string, y: string, call: RuleCall) => string,
): GradientRule {
  return (call) => [pull(call.build, call.cotangent, call.input(0), call.output(0), call)];
}

const toAll: GradientRule = ({ build, cotangent, node }) => node.inputs.map((input) => build.sumToShape(cotangent, input));

/** The gradient of the largest (smallest) goes to the operands that attain it, in equal parts where several do. */
const extreme: GradientRule = ({ build, cotangent, node }) => {
  const y = node.outputs[0]!;
  const hits = node.inputs.map((input) => build.indicator(build.op("Equal", [input, y]), y));
  if (hits.length === 1) return [cotangent];
  const part = build.div(cotangent, build.op("Sum", hits));
  return node.inputs.map((input, i) => build.sumToShape(build.mul(part, hits[i]!), input));
};

const power: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const exponent = call.input(1);
  const y = call.output(0);
  const numbers = build.numbers(exponent);
  const single = numbers?.length === 1 ? numbers[0]! : undefined;
  let toBase: string;
  if (single === 1) toBase = cotangent;
  else if (single === 2) toBase = build.mul(cotangent, build.scale(x, 2));
  else if (single === 3) toBase = build.mul(cotangent, build.scale(build.mul(x, x), 3));
  else if (single !== undefined)
    toBase = build.mul(cotangent, build.scale(build.op("Pow", [x, build.float(single - 1, x)]), single));
  else {
    const p = build.cast(exponent, x);
    const zero = build.float(0, x);
    // 0 · 0⁻¹ would be no number: where the exponent is 0 the power is constant.
    const slope = build.mul(p, build.op("Pow", [x, build.sub(p, build.float(1, x))]));
    const masked = build.where(build.op("Equal", [p, zero]), zero, slope);
    toBase = build.mul(cotangent, masked);
  }
  const toExponent = (): string => {
    const zero = build.float(0, x);
    const positive = build.op("Greater", [x, zero]);
    const safe = build.where(positive, x, build.float(1, x));
    return build.cast(build.where(positive, build.mul(cotangent, build.mul(y, build.op("Log", [safe]))), zero), exponent);
  };
  return [build.sumToShape(toBase, x), call.wants(1) ? build.sumToShape(toExponent(), exponent) : undefined];
};

const divide: GradientRule = (call) => {
  const { build } = call;
  const quotient = build.div(call.cotangent, call.input(1));
  const toDivisor = (): string => build.neg(build.mul(quotient, call.output(0)));
  return [build.sumToShape(quotient, call.input(0)), call.wants(1) ? build.sumToShape(toDivisor(), call.input(1)) : undefined];
};

const multiply: GradientRule = (call) => {
  const { build, cotangent } = call;
  const a = call.input(0);
  const b = call.input(1);
  if (a === b) return [build.mul(cotangent, build.scale(a, 2)), undefined];
  return [
    call.wants(0) ? build.sumToShape(build.mul(cotangent, b), a) : undefined,
    call.wants(1) ? build.sumToShape(build.mul(cotangent, a), b) : undefined,
  ];
};

/** Integers on the way of a quantised operator carry their gradient as floats. */
function castBack(build: GraphBuilder, dy: string, x: string): string {
  return [1, 10, 11, 16].includes(build.code(x)) ? build.cast(dy, x) : dy;
}

const one = (build: GraphBuilder, like: string): string => build.float(1, like);

/** Operators that work on each element by itself, with broadcasting; the smooth and the piecewise ones that are no activations. */
export const elementwiseRules: RulesOf<"elementwise"> = {
  Abs: pointwise((build, dy, x) => build.mul(dy, build.op("Sign", [x]))),
  Acos: pointwise((build, dy, x) => build.neg(build.div(dy, build.op("Sqrt", [build.sub(one(build, x), build.mul(x, x))])))),
  Acosh: pointwise((build, dy, x) => build.div(dy, build.op("Sqrt", [build.sub(build.mul(x, x), one(build, x))]))),
  Add: toAll,
  Asin: pointwise((build, dy, x) => build.div(dy, build.op("Sqrt", [build.sub(one(build, x), build.mul(x, x))]))),
  Asinh: pointwise((build, dy, x) => build.div(dy, build.op("Sqrt", [build.add(build.mul(x, x), one(build, x))]))),
  Atan: pointwise((build, dy, x) => build.div(dy, build.add(build.mul(x, x), one(build, x)))),
  Atanh: pointwise((build, dy, x) => build.div(dy, build.sub(one(build, x), build.mul(x, x)))),
  Cast: pointwise(castBack),
  CastLike: pointwise(castBack),
  Clip: (call) => {
    const { build, cotangent } = call;
    const [x, y] = [call.input(0), call.output(0)];
    const [low, high] = [call.optional(1), call.optional(2)];
    const zero = build.float(0, x);
    const outside = (where: string): string => build.op("ReduceSum", [build.where(where, cotangent, zero)], { keepdims: 0 });
    return [
      // Told from the result, so that the runtime may still fuse the clipping with what comes before it.
      whereBetween(build, y, low, high, cotangent),
      low !== undefined && call.wants(1) ? outside(build.op("Less", [x, low])) : undefined,
      high !== undefined && call.wants(2) ? outside(build.op("Greater", [x, high])) : undefined,
    ];
  },
  Cos: pointwise((build, dy, x) => build.neg(build.mul(dy, build.op("Sin", [x])))),
  Cosh: pointwise((build, dy, x) => build.mul(dy, build.op("Sinh", [x]))),
  Div: divide,
  Dropout: (call) => {
    const training = call.optional(2);
    const never = training === undefined || call.build.numbers(training)?.[0] === 0;
    if (!never && call.build.numbers(call.optional(1))?.[0] !== 0)
      throw call.refuse("it may drop elements at random (training mode)");
    return [call.cotangent];
  },
  // 2/√π · exp(−x²), the factor within the exponent.
  Erf: pointwise((build, dy, x) =>
    build.mul(dy, build.op("Exp", [build.sub(build.float(Math.log(2 / Math.sqrt(Math.PI)), x), build.mul(x, x))])),
  ),
  Exp: pointwise((build, dy, _, y) => build.mul(dy, y)),
  Identity: pointwise((_, dy) => dy),
  Log: pointwise((build, dy, x) => build.div(dy, x)),
  Max: extreme,
  Mean: ({ build, cotangent, node }) => {
    const part = build.scale(cotangent, 1 / node.inputs.length);
    return node.inputs.map((input) => build.sumToShape(part, input));
  },
  Min: extreme,
  Mod: (call) => {
    const { build, cotangent } = call;
    const a = call.input(0);
    const b = call.input(1);
    if (!call.wants(1)) return [build.sumToShape(cotangent, a)];
    const times = build.div(build.sub(a, call.output(0)), b);
    return [build.sumToShape(cotangent, a), build.sumToShape(build.neg(build.mul(cotangent, times)), b)];
  },
  Mul: multiply,
  Neg: pointwise((build, dy) => build.neg(dy)),
  Pow: power,
  Reciprocal: pointwise((build, dy, _, y) => build.neg(build.mul(dy, build.mul(y, y)))),
  Sin: pointwise((build, dy, x) => build.mul(dy, build.op("Cos", [x]))),
  Sinh: pointwise((build, dy, x) => build.mul(dy, build.op("Cosh", [x]))),
  Sqrt: pointwise((build, dy, _, y) => build.div(build.scale(dy, 0.5), y)),
  Sub: (call) => [
    call.build.sumToShape(call.cotangent, call.input(0)),
    call.wants(1) ? call.build.neg(call.build.sumToShape(call.cotangent, call.input(1))) : undefined,
  ],
  Sum: toAll,
  Tan: pointwise((build, dy, _, y) => build.mul(dy, build.add(build.mul(y, y), one(build, y)))),
  Where: (call) => {
    const { build, cotangent } = call;
    const condition = call.input(0);
    const zero = build.float(0, cotangent);
    return [
      undefined,
      call.wants(1) ? build.sumToShape(build.where(condition, cotangent, zero), call.input(1)) : undefined,
      call.wants(2) ? build.sumToShape(build.where(condition, zero, cotangent), call.input(2)) : undefined,
    ];
  },
};
