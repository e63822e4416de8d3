import type { NodeProto } from "../../onnx/proto.ts";
import { type GradientRule, type OperatorRule, operatorKey, type RuleCall } from "../rule.ts";
import { toLeft, toRight } from "../rules/matmul.ts";
import { scatterFlat } from "../rules/pooling.ts";
import { derivativeOf } from "../rules/registry.ts";
import { pointwise } from "./value-structure.ts";

/**
 * Functions that are smooth everywhere, at the scale of 1. Of a small difference of their values rounding leaves few digits; there the
 * slope in the middle is nearer to the quotient.
 */
const smooth: ReadonlySet<string> = new Set([
  "Asinh",
  "Atan",
  "Cos",
  "Cosh",
  "Erf",
  "Exp",
  "Gelu",
  "Mish",
  "Sigmoid",
  "Sin",
  "Sinh",
  "Softplus",
  "Swish",
  "Tanh",
  "com.microsoft:FastGelu",
  "com.microsoft:Gelu",
  "com.microsoft:QuickGelu",
]);

/** Functions of single elements. `Neg` is linear: its derivative is the quotient. */
const rescaled: ReadonlySet<string> = new Set([
  ...[...pointwise].filter((key) => key !== "Neg"),
  "com.microsoft:BiasGelu",
  "com.microsoft:FastGelu",
]);

/**
 * DeepLIFT's multipliers (the rescale rule): what a result differs from its reference, over what its operand differs. For pooled maxima,
 * products and normalisations the rules are such that multipliers times differences add up to the result's difference, so that the whole
 * is complete. Operators without a rule here pass the true derivative; the linear ones are complete with it. Where a smooth function's operand
 * differs by little, the slope in the middle stands for the quotient of two small differences.
 *
 * Shrikumar, Greenside and Kundaje, "Learning important features through propagating activation differences", 2017.
 */
export function deepLiftRule(node: NodeProto, epsilon: number): OperatorRule | undefined {
  const key = operatorKey(node);
  const plain = derivativeOf(node);
  if (typeof plain !== "function") return undefined;
  const special: GradientRule | undefined = rescaled.has(key) ? rescale(plain, epsilon) : others[key]?.(plain, epsilon);
  if (special === undefined) return undefined;
  // Where nothing differs there is nothing to compare.
  return (call) => (node.inputs.some((input) => input !== "" && differs(call, input)) ? special(call) : plain(call));
}

function differs(call: RuleCall, name: string): boolean {
  return call.reference(name) !== name;
}

/** What a value differs from its reference by. */
function change(call: RuleCall, name: string): string {
  return call.build.sub(name, call.reference(name));
}

/** The middle between a value and its reference. */
function middle(call: RuleCall, name: string): string {
  return differs(call, name) ? call.build.scale(call.build.add(name, call.reference(name)), 0.5) : name;
}

/** `numerator / difference`, and `otherwise` where the difference is next to nothing, or that of two infinite values. */
function quotient(call: RuleCall, numerator: string, difference: string, otherwise: string, epsilon: number): string {
  const { build } = call;
  const apart = build.op("GreaterOrEqual", [build.op("Abs", [difference]), build.float(epsilon, difference)]);
  const safe = build.where(apart, difference, build.float(1, difference));
  return build.where(apart, build.div(numerator, safe), otherwise);
}

const rescale =
  (plain: GradientRule, epsilon: number): GradientRule =>
  (call) => {
    const x = call.input(0);
    // An exponent or slope that differs as well is none of an element's own.
    if (call.node.inputs.some((input, i) => i > 0 && input !== "" && differs(call, input))) return plain(call);
    const { build, cotangent, node } = call;
    const part = build.mul(cotangent, change(call, call.output(0)));
    const sameShape = build.sumToShape(part, x);
    if (smooth.has(operatorKey(call.node)) && !node.inputs.some((_, i) => i > 0 && call.wants(i)))
      return [quotient(call, sameShape, change(call, x), inTheMiddle(call), Math.max(epsilon, nearness(call, x)))];
    const [otherwise, ...rest] = plain(call);
    return [quotient(call, sameShape, change(call, x), otherwise ?? cotangent, epsilon), ...rest];
  };

/** Operands nearer to each other than this lose more digits in the quotient than the slope in the middle is off: about ∛ of rounding. */
function nearness(call: RuleCall, x: string): number {
  return call.build.code(x) === 11 ? 2 ** -16 : 2 ** -7;
}

/** The cotangent times the slope in the middle between an operand and its reference. */
function inTheMiddle(call: RuleCall): string {
  const { build, node } = call;
  const at = middle(call, call.input(0));
  const own = build.inner();
  const result = own.name(node.opType);
  own.write({ ...node, inputs: [at, ...node.inputs.slice(1)], outputs: [result], name: result });
  own.declare(result, build.type(call.input(0)));
  const { nodes, gradients } = call.backpropagate(build, own.nodes, new Map([[result, call.cotangent]]), [at]);
  for (const one of nodes) build.write(one);
  return gradients.get(at)!; // the one operator leads from it to the result
}

/** a·b − a'·b' = (b + b')/2 · (a − a') + (a + a')/2 · (b − b'). */
const product: GradientRule = (call) => {
  const { build, cotangent } = call;
  const [a, b] = [call.input(0), call.input(1)];
  return [
    call.wants(0) ? build.sumToShape(build.mul(cotangent, middle(call, b)), a) : undefined,
    call.wants(1) ? build.sumToShape(build.mul(cotangent, middle(call, a)), b) : undefined,
  ];
};

/** The same for other operators that are linear in each of their first two operands: each is differentiated by at the other's middle. */
const bilinear =
  (plain: GradientRule): GradientRule =>
  (call) => {
    const { node } = call;
    if (!call.wants(0) || !call.wants(1) || (node.opType === "Einsum" && node.inputs.length > 2)) return plain(call);
    const [a, b, ...rest] = node.inputs;
    return plain(call.with({ node: { ...node, inputs: [middle(call, a!), middle(call, b!), ...rest] } }));
  };

const matrixProduct: GradientRule = (call) => {
  const [a, b] = [call.input(0), call.input(1)];
  return [
    call.wants(0) ? toLeft(call, a, middle(call, b), call.cotangent) : undefined,
    call.wants(1) ? toRight(call, middle(call, a), b, call.cotangent) : undefined,
  ];
};

/** a/b as the product of a and 1/b; 1/b differs by −(b − b')/(b·b'). */
const ratio: GradientRule = (call) => {
  const { build, cotangent } = call;
  const [a, b] = [call.input(0), call.input(1)];
  const reference = call.reference(b);
  const inverse = build.op("Reciprocal", [b]);
  const between = differs(call, b) ? build.scale(build.add(inverse, build.op("Reciprocal", [reference])), 0.5) : inverse;
  const toDivisor = (): string => build.neg(build.div(build.mul(cotangent, middle(call, a)), build.mul(b, reference)));
  return [build.sumToShape(build.mul(cotangent, between), a), call.wants(1) ? build.sumToShape(toDivisor(), b) : undefined];
};

/**
 * max(a, b) = b + relu(a − b) = a + relu(b − a): the rescale rule of the rectifier gives what passes to each, whichever way it is written.
 * So does min(a, b) = a − relu(a − b). More operands are taken one after the other.
 */
const extremum =
  (sign: 1 | -1) =>
  (_: GradientRule, epsilon: number): GradientRule =>
  (call) => {
    const { build, node } = call;
    const [first, ...others] = node.inputs;
    const steps: { readonly rising: string; readonly flat: string; readonly result: string }[] = [];
    let [own, before] = [first!, call.reference(first!)];
    for (const other of others) {
      const ahead = build.sub(own, other);
      const behind = build.sub(before, call.reference(other));
      const risen = build.sub(build.op("Relu", [ahead]), build.op("Relu", [behind]));
      const slope = build.indicator(build.op("Greater", [ahead, build.float(0, ahead)]), ahead);
      const rising = quotient(call, risen, build.sub(ahead, behind), slope, epsilon);
      const flat = build.sub(build.float(1, rising), rising);
      [own, before] = [build.op(node.opType, [own, other]), build.op(node.opType, [before, call.reference(other)])];
      steps.push(sign === 1 ? { rising, flat, result: own } : { rising: flat, flat: rising, result: own });
    }
    const parts: (string | undefined)[] = node.inputs.map(() => undefined);
    let cotangent = call.cotangent;
    for (let i = others.length; i > 0; i--) {
      const { rising, flat } = steps[i - 1]!;
      const passed = i === 1 ? first! : steps[i - 2]!.result;
      if (call.wants(i)) parts[i] = build.sumToShape(build.mul(cotangent, flat), others[i - 1]!);
      cotangent = build.sumToShape(build.mul(cotangent, rising), passed);
    }
    return call.wants(0) ? [cotangent, ...parts.slice(1)] : parts;
  };

/**
 * A pooled maximum rises from its reference to the higher of both where the operand's maximum lies, and from there to its value where the
 * reference's maximum lies: at each of the two places the change of the operand is at least as large.
 */
const maximum =
  (plain: GradientRule, epsilon: number): GradientRule =>
  (call) => {
    const { build, cotangent } = call;
    const x = call.input(0);
    const y = call.output(0);
    const reference = call.reference(y);
    const higher = build.op("Max", [y, reference]);
    const up = build.mul(cotangent, build.sub(higher, reference));
    const down = build.mul(cotangent, build.sub(y, higher));
    const places = call.output(1);
    const risen = scatterFlat(build, places, up, x);
    const fallen = scatterFlat(build, call.reference(places), down, x);
    const [otherwise] = plain(call);
    return [quotient(call, build.add(risen, fallen), change(call, x), otherwise ?? build.zerosLike(x), epsilon)];
  };

/** The same for the maximum over axes, shared out among the places that attain it. */
const globalMaximum =
  (plain: GradientRule, epsilon: number): GradientRule =>
  (call) => {
    const { build, cotangent } = call;
    const x = call.input(0);
    const y = call.output(0);
    const rank = call.rank(x);
    const axes = [...Array(rank).keys()].slice(2);
    const share = (value: string, top: string, part: string): string => {
      const hits = build.indicator(build.op("Equal", [value, top]), x);
      return build.mul(hits, build.div(part, build.sum(hits, axes, true)));
    };
    const reference = call.reference(y);
    const higher = build.op("Max", [y, reference]);
    const risen = share(x, y, build.mul(cotangent, build.sub(higher, reference)));
    const fallen = share(call.reference(x), reference, build.mul(cotangent, build.sub(y, higher)));
    const [otherwise] = plain(call);
    return [quotient(call, build.add(risen, fallen), change(call, x), otherwise ?? build.zerosLike(x), epsilon)];
  };

/** exp(x − c) over its sum, where c is the same for x and its reference: exponential, sum and quotient one after the other. */
const softmax =
  (_: GradientRule, epsilon: number): GradientRule =>
  (call) => {
    const { build, cotangent } = call;
    const x = call.input(0);
    const axis = [call.attributes.int("axis", -1)];
    const top = build.op("ReduceMax", [build.op("Max", [x, call.reference(x)]), build.int64(axis)], { keepdims: 1 });
    const powers = [x, call.reference(x)].map((value) => build.op("Exp", [build.sub(value, top)]));
    const [own, other] = [powers[0]!, powers[1]!];
    const sums = [build.sum(own, axis, true), build.sum(other, axis, true)];
    const inverses = sums.map((sum) => build.op("Reciprocal", [sum]));
    const direct = build.mul(cotangent, build.scale(build.add(inverses[0]!, inverses[1]!), 0.5));
    const half = build.scale(build.add(own, other), 0.5);
    const through = build.mul(build.sum(build.mul(cotangent, half), axis, true), build.mul(inverses[0]!, inverses[1]!));
    const toPower = build.sub(direct, through);
    return [build.mul(toPower, quotient(call, build.sub(own, other), change(call, x), own, epsilon))];
  };

/** Centring is linear; its product with 1/√(variance + ε), and that as a function of the variance, are taken one after the other. */
const normalisation =
  (centres: boolean) =>
  (plain: GradientRule, epsilon: number): GradientRule =>
  (call) => {
    const { build } = call;
    const x = call.input(0);
    if (call.wants(1) || call.wants(2)) return plain(call);
    const rank = call.rank(x);
    const axes = [...Array(rank).keys()].slice(call.axis("axis", -1, rank));
    const stabiliser = call.attributes.float("epsilon", 1e-5);
    const parts = [x, call.reference(x)].map((value) => {
      const centred = centres ? build.sub(value, build.mean(value, axes)) : value;
      const variance = build.mean(build.mul(centred, centred), axes);
      const root = build.op("Sqrt", [build.add(variance, build.float(stabiliser, x))]);
      return { centred, variance, inverse: build.op("Reciprocal", [root]) };
    });
    const [own, other] = [parts[0]!, parts[1]!];
    const given = build.mul(call.cotangent, call.input(1));
    const between = build.scale(build.add(own.inverse, other.inverse), 0.5);
    const both = build.add(own.centred, other.centred);
    const toInverse = build.sum(build.mul(given, build.scale(both, 0.5)), axes, true);
    const cube = build.mul(own.inverse, build.mul(own.inverse, own.inverse));
    const slope = quotient(
      call,
      build.sub(own.inverse, other.inverse),
      build.sub(own.variance, other.variance),
      build.scale(cube, -0.5),
      epsilon,
    );
    const toVariance = build.mul(toInverse, slope);
    const sizes = build.op("ReduceProd", [build.concat(axes.map((axis) => build.sizeOf(x, axis)))], { keepdims: 0 });
    const toCentred = build.add(build.mul(given, between), build.div(build.mul(toVariance, both), build.cast(sizes, x)));
    return [centres ? build.sub(toCentred, build.mean(toCentred, axes)) : toCentred];
  };

const others: Readonly<Record<string, (plain: GradientRule, epsilon: number) => GradientRule>> = {
  Div: () => ratio,
  Einsum: bilinear,
  Gemm: bilinear,
  GlobalMaxPool: globalMaximum,
  LayerNormalization: normalisation(true),
  MatMul: () => matrixProduct,
  Max: extremum(1),
  MaxPool: maximum,
  Min: extremum(-1),
  Mul: () => product,
  RMSNormalization: normalisation(false),
  SimplifiedLayerNormalization: normalisation(false),
  Softmax: softmax,
};
