import type { GradientRules } from "@attr/core";
import type { NodeProto } from "../../onnx/proto.ts";
import { type GradientRule, type OperatorRule, operatorKey, type RuleCall } from "../rule.ts";
import { controlFlowRules } from "../rules/control-flow/control-flow.ts";
import { recurrentRules } from "../rules/recurrent/recurrent.ts";
import { derivativeOf } from "../rules/registry.ts";
import { epsilonOf, shared, shareOf, weightedRelevance } from "./linear-relevance.ts";
import { elementwiseSource, isCentring, isNormalScale, isOfSoftmax, moving, pointwise } from "./value-structure.ts";

type RelevanceRules = Extract<GradientRules, { readonly kind: "lrp" }>;

/** Operators with weights: the linear rule is for these. */
const weighted: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul", "com.microsoft:MatMulNBits"]);

/** Sums, averages and scalings, which share relevance out by what each operand contributed. */
const summing: ReadonlySet<string> = new Set([
  "Add",
  "AveragePool",
  "BatchNormalization",
  "CumSum",
  "GlobalAveragePool",
  "Mean",
  "ReduceL1",
  "ReduceL2",
  "ReduceMean",
  "ReduceSum",
  "Resize",
  "Sum",
]);

/** Extremes: relevance goes where the extreme is, as a gradient does. */
const choosing: ReadonlySet<string> = new Set(["GlobalMaxPool", "Max", "MaxPool", "Min", "ReduceMax", "ReduceMin"]);

/** Normalisations, with the place of their bias. */
const normalising: Readonly<Record<string, { readonly bias?: number }>> = {
  GroupNormalization: { bias: 2 },
  InstanceNormalization: { bias: 2 },
  LRN: {},
  LayerNormalization: { bias: 2 },
  LpNormalization: {},
  MeanVarianceNormalization: {},
  RMSNormalization: {},
  SimplifiedLayerNormalization: {},
};

/** Activations with a bias that is added before, and roundings that are undone. */
const biased: ReadonlySet<string> = new Set(["com.microsoft:BiasGelu", "com.microsoft:FastGelu"]);
const quantising: ReadonlySet<string> = new Set([
  "DequantizeLinear",
  "DynamicQuantizeLinear",
  "QuantizeLinear",
  "com.microsoft:DequantizeLinear",
  "com.microsoft:QuantizeLinear",
]);

/**
 * Layer-wise relevance propagation. Operators with weights follow the linear rule; sums and averages share relevance out by
 * contributions (the epsilon rule); the rest is as AttnLRP has it, with the numbers of its propositions: a softmax is expanded to first
 * order at its operand (3.1), functions of single elements pass relevance as it is (3.2), products of two values that carry relevance
 * give half of it to each (3.3), and normalisations pass it as it is (3.4), the scale that they divide by being a constant.
 *
 * Bach et al., "On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance propagation", 2015; Achtibat et
 * al., "AttnLRP: attention-aware layer-wise relevance propagation for transformers", 2024.
 */
export function relevanceRule(node: NodeProto, rules: RelevanceRules): OperatorRule {
  const key = operatorKey(node);
  const own = node.outputs.map((output) => rules.layers?.[output]).find((rule) => rule !== undefined);
  const plain = derivativeOf(node);
  if (plain === undefined) return refused;
  // What is written out in other operators is what these are; branches and bodies are what their operators are.
  if (Object.hasOwn(controlFlowRules, key) || (typeof plain !== "function" && plain.expands === true)) return plain;
  if (moving.has(key) && !addsUp(node)) return plain;
  if (Object.hasOwn(recurrentRules, key)) return refusedGates;
  if (typeof plain !== "function") return refused;
  const epsilon = epsilonOf(own);
  if (weighted.has(key))
    return (call) => {
      if (call.wants(0) && call.wants(1)) return shared(call, plain, epsilon, 2);
      // Weights of attention are no weights of a layer, constant as they may be.
      const attends = node.opType === "MatMul" && node.inputs.some((input, i) => !call.wants(i) && isOfSoftmax(call, input));
      return weightedRelevance(call, plain, own ?? (attends ? { rule: "epsilon" } : rules.linear));
    };
  if (own?.rule === "identity" && (summing.has(key) || key === "Mul" || key === "Sub")) return (call) => passedOn(call);
  if (summing.has(key) || moving.has(key)) return (call) => shared(call, plain, epsilon);
  if (choosing.has(key)) return plain;
  if (pointwise.has(key) || quantising.has(key)) return passedOn;
  if (biased.has(key)) return biasedActivation;
  const normal = normalising[key];
  if (normal !== undefined) return (call) => [withoutBias(call, call.optional(normal.bias ?? -1))];
  switch (key) {
    case "Sub":
      return (call) => (call.wants(1) && isCentring(call) ? [call.cotangent] : shared(call, plain, epsilon));
    case "Mul":
      return (call) => multiplied(call, plain, epsilon);
    case "Div":
      return (call) => divided(call, plain, epsilon);
    case "Einsum":
      return (call) => shared(call, plain, epsilon, node.inputs.length);
    case "ReduceSumSquare":
      return (call) => squares(call, plain, epsilon);
    case "ConvInteger":
    case "MatMulInteger":
      return (call) => integerProduct(call, plain, epsilon);
    case "Softmax":
      return softmax;
    default:
      return refused;
  }
}

const refused: GradientRule = (call) => {
  throw call.refuse("its operator has no rule of relevance propagation");
};

const refusedGates: OperatorRule = {
  outputs: Number.POSITIVE_INFINITY,
  rule: (call) => {
    throw call.refuse(
      "relevance propagation has no rule for the gates of recurrent layers in one operator; integrated gradients pass it",
    );
  },
};

/** Scattering that adds to what is there. */
function addsUp(node: NodeProto): boolean {
  return node.opType.startsWith("Scatter") && node.attributes.some(({ name }) => name === "reduction");
}

/** The identity rule: what comes back, summed up where the operand was repeated. */
function passedOn(call: RuleCall): readonly (string | undefined)[] {
  const { build, cotangent, node } = call;
  if (node.inputs.length === 1) return [cotangent];
  return node.inputs.map((input, i) => (call.wants(i) ? build.sumToShape(cotangent, input) : undefined));
}

/**
 * Proposition 3.1: σ(x)_i passes x_i · (R_i − σ_i · Σ R) on. What the expansion has besides, σ(x) − J·x, is a bias: its part of the
 * relevance ends here. Where the softmax is 0 nothing came from, be x however low.
 */
const softmax: GradientRule = (call) => {
  const { build, cotangent } = call;
  const [x, y] = [call.input(0), call.output(0)];
  const total = build.sum(cotangent, [call.attributes.int("axis", -1)], true);
  const zero = build.float(0, x);
  const barred = build.op("Equal", [y, zero]);
  const first = build.sub(cotangent, build.mul(y, total));
  return [build.mul(build.where(barred, zero, x), first)];
};

/** Propositions 3.2 to 3.4, by what the factors are made of. */
function multiplied(call: RuleCall, plain: GradientRule, epsilon: number): readonly (string | undefined)[] {
  const { build, cotangent } = call;
  const [a, b] = [call.input(0), call.input(1)];
  if (!call.wants(0) || !call.wants(1)) return shared(call, plain, epsilon);
  const source = elementwiseSource(call);
  if (source !== undefined) {
    call.contribute(source, cotangent);
    return [];
  }
  if (isNormalScale(call, b, false)) return [build.sumToShape(cotangent, a)];
  if (isNormalScale(call, a, false)) return [undefined, build.sumToShape(cotangent, b)];
  return shared(call, plain, epsilon, 2);
}

/** A sum of squares: each passes its relevance as it is, half of what the derivative of the square would say. */
function squares(call: RuleCall, plain: GradientRule, epsilon: number): readonly (string | undefined)[] {
  const [part] = shared(call, plain, epsilon);
  return [part && call.build.scale(part, 0.5)];
}

/** a / b as the product of a and 1/b, which is a function of b's single elements. */
function divided(call: RuleCall, plain: GradientRule, epsilon: number): readonly (string | undefined)[] {
  const { build, cotangent } = call;
  const [a, b] = [call.input(0), call.input(1)];
  if (!call.wants(1)) return shared(call, plain, epsilon);
  if (!call.wants(0)) return [undefined, build.sumToShape(cotangent, b)];
  const source = elementwiseSource(call);
  if (source !== undefined) {
    call.contribute(source, cotangent);
    return [];
  }
  if (isNormalScale(call, b, true)) return [build.sumToShape(cotangent, a)];
  const half = build.scale(cotangent, 0.5);
  return [build.sumToShape(half, a), build.sumToShape(half, b)];
}

/** The relevance of a normalisation's result less what its bias takes by the epsilon rule. */
function withoutBias(call: RuleCall, bias: string | undefined): string {
  const { build, cotangent } = call;
  if (bias === undefined) return cotangent;
  const y = call.output(0);
  const rank = call.rank(y);
  const isPerChannel = call.node.opType !== "LayerNormalization";
  // One number a group, which the first form of the operator has, cannot be told from the result's elements as they lie.
  if (isPerChannel && build.size(bias, 0) !== build.size(y, 1) && build.size(y, 1) !== undefined) return cotangent;
  const shaped = isPerChannel
    ? build.unsqueeze(
        bias,
        [...Array(Math.max(0, rank - 2)).keys()].map((axis) => axis + 1),
      )
    : bias;
  return build.mul(build.sub(y, shaped), shareOf(call, y));
}

/** An activation of a sum: the sum shares relevance out. */
const biasedActivation: GradientRule = (call) => {
  const { build, cotangent } = call;
  const bias = call.optional(1);
  const x = call.input(0);
  if (bias === undefined) return [cotangent];
  const share = shareOf(call, build.add(x, bias));
  return [build.mul(x, share), call.wants(1) ? build.sumToShape(build.mul(bias, share), bias) : undefined];
};

/** The epsilon rule over whole numbers, less their zero points. */
function integerProduct(call: RuleCall, plain: GradientRule, epsilon: number): readonly (string | undefined)[] {
  const { build } = call;
  const like = call.cotangent;
  const share = shareOf(call, build.cast(call.output(0), like), epsilon);
  const zero = call.optional(2);
  const floats = build.cast(call.input(0), like);
  const x = zero === undefined ? floats : build.sub(floats, build.cast(zero, like));
  return [build.mul(x, plain(call.with({ cotangents: [share] }))[0]!)];
}
