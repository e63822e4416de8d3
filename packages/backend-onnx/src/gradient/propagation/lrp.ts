import type { GradientRules, LinearRule } from "@attr/core";
import type { NodeProto } from "../../onnx/proto.ts";
import { type GradientRule, type OperatorRule, operatorKey, type RuleCall } from "../rule.ts";
import { activationRules } from "../rules/activation.ts";
import { indexingRules } from "../rules/indexing.ts";
import { derivativeOf } from "../rules/registry.ts";
import { shapeRules } from "../rules/shape.ts";

type RelevanceRules = Extract<GradientRules, { readonly kind: "lrp" }>;

/** The stabiliser where a rule gives none. */
const smallest = 1e-9;

/** Operators with weights: the linear rule is for these. */
const weighted: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);

/** Sums, averages and scalings, which share relevance out by what each operand contributed. */
const summing: ReadonlySet<string> = new Set([
  "Add",
  "AveragePool",
  "BatchNormalization",
  "CumSum",
  "GlobalAveragePool",
  "GlobalMaxPool",
  "MaxPool",
  "Mean",
  "Div",
  "Mul",
  "ReduceMax",
  "ReduceMean",
  "ReduceSum",
  "Resize",
  "Sub",
  "Sum",
]);

/** Operators that move relevance as they move elements. */
const moving: ReadonlySet<string> = new Set([
  ...Object.keys(shapeRules),
  ...Object.keys(indexingRules),
  "Where",
  "Cast",
  "Identity",
  "Dropout",
]);

/** Functions of one operand, element by element, and normalisations: relevance passes as it is. */
const passing: ReadonlySet<string> = new Set([
  ...Object.keys(activationRules),
  "Abs",
  "Clip",
  "Erf",
  "Exp",
  "GroupNormalization",
  "InstanceNormalization",
  "LRN",
  "LayerNormalization",
  "Log",
  "LpNormalization",
  "Neg",
  "Pow",
  "RMSNormalization",
  "Reciprocal",
  "Sqrt",
]);

/**
 * Layer-wise relevance propagation. Operators with weights follow the linear rule; sums and averages share relevance out by
 * contributions; products of two values that both carry relevance get half of it each, and a softmax passes it as AttnLRP has it.
 *
 * Bach et al., "On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance propagation", 2015; Achtibat et
 * al., "AttnLRP: attention-aware layer-wise relevance propagation for transformers", 2024.
 */
export function relevanceRule(node: NodeProto, rules: RelevanceRules): OperatorRule {
  const key = operatorKey(node);
  const own = node.outputs.map((output) => rules.layers?.[output]).find((rule) => rule !== undefined);
  const plain = derivativeOf(node);
  if (plain === undefined) return refused;
  if (moving.has(key)) return plain;
  if (typeof plain !== "function") return refused;
  if (weighted.has(key)) return (call) => linear(call, plain, own ?? rules.linear);
  if (summing.has(key)) return (call) => (own?.rule === "identity" ? [call.cotangent] : shared(call, plain, epsilonOf(own)));
  if (passing.has(key)) return (call) => [call.cotangent];
  if (key === "Softmax") return softmax;
  return refused;
}

const refused: GradientRule = (call) => {
  throw call.refuse("its operator has no rule of relevance propagation");
};

function epsilonOf(rule: LinearRule | undefined): number {
  return rule !== undefined && "epsilon" in rule ? (rule.epsilon ?? smallest) : smallest;
}

/** Away from 0 by epsilon; 0 counts as positive. */
function stabilised(call: RuleCall, z: string, epsilon: number): string {
  const { build } = call;
  const negative = build.op("Less", [z, build.float(0, z)]);
  return build.add(z, build.where(negative, build.float(-epsilon, z), build.float(epsilon, z)));
}

/** R_i = x_i · Σ_j ∂z_j/∂x_i · R_j / z_j, in equal parts where a product's factors both carry relevance. */
function shared(call: RuleCall, plain: GradientRule, epsilon: number): readonly (string | undefined)[] {
  const { build, node } = call;
  const share = build.div(call.cotangent, stabilised(call, call.output(0), epsilon));
  const parts = plain(call.with({ cotangents: [share] }));
  const factors = node.opType === "Mul" || node.opType === "Div" || node.opType === "MatMul";
  const half = factors && call.wants(0) && call.wants(1);
  return node.inputs.map((input, i) => {
    const part = parts[i];
    if (part === undefined || !call.wants(i)) return undefined;
    const whole = build.mul(input, part);
    return half ? build.scale(whole, 0.5) : whole;
  });
}

/** σ(x)_i passes x_i · (R_i − σ_i · Σ R) on: the first-order expansion at x. */
const softmax: GradientRule = (call) => {
  const { build, cotangent } = call;
  const total = build.sum(cotangent, [call.attributes.int("axis", -1)], true);
  return [build.mul(call.input(0), build.sub(cotangent, build.mul(call.output(0), total)))];
};

function linear(call: RuleCall, plain: GradientRule, rule: LinearRule): readonly (string | undefined)[] {
  const { build, node } = call;
  if (rule.rule === "identity") return [call.cotangent];
  if (rule.rule === "epsilon" || (call.wants(0) && call.wants(1))) return shared(call, plain, epsilonOf(rule));
  // Which operand carries relevance, and which one is the weights.
  const at = call.wants(0) ? 0 : 1;
  const [x, weights] = [call.input(at), call.input(1 - at)];
  const zero = build.float(0, weights);
  const positive = (): string => build.op("Max", [weights, zero]);
  /** The operator with other operands; with or without its bias. */
  const site = (operand: string, changed: string, bias: boolean): RuleCall => {
    const inputs = at === 0 ? [operand, changed] : [changed, operand];
    const rest = bias ? node.inputs.slice(2) : [];
    const result = build.name(node.opType);
    const made: NodeProto = { ...node, inputs: [...inputs, ...rest], outputs: [result], name: result };
    build.write(made);
    build.declare(result, build.type(call.output(0)));
    return call.with({ node: made });
  };
  /** operand ⊙ (weights' way back of relevance / z), z being the operator's own result. */
  const contribution = (operand: string, changed: string, bias: boolean, epsilon: number): string => {
    const forward = site(operand, changed, bias);
    const share = build.div(call.cotangent, stabilised(call, forward.node.outputs[0]!, epsilon));
    return build.mul(operand, back(forward, share));
  };
  const back = (forward: RuleCall, share: string): string => plain(forward.with({ cotangents: [share] }))[at]!; // it is wanted
  const result = (part: string): readonly (string | undefined)[] => (at === 0 ? [part] : [undefined, part]);
  switch (rule.rule) {
    case "gamma": {
      const raised = build.add(weights, build.scale(positive(), rule.gamma ?? 0.25));
      return result(contribution(x, raised, true, rule.epsilon ?? smallest));
    }
    case "zPlus":
      return result(contribution(x, positive(), true, smallest));
    case "alphaBeta": {
      const alpha = rule.alpha ?? 1;
      const beta = rule.beta ?? 0;
      const up = contribution(x, positive(), true, smallest);
      if (beta === 0) return result(build.scale(up, alpha));
      const down = contribution(x, build.op("Min", [weights, zero]), false, smallest);
      return result(build.sub(build.scale(up, alpha), build.scale(down, beta)));
    }
    case "wSquare":
    case "flat": {
      const changed = rule.rule === "flat" ? build.op("Equal", [weights, weights]) : build.mul(weights, weights);
      const spread = rule.rule === "flat" ? build.cast(changed, weights) : changed;
      const ones = build.expandLike(build.float(1, x), x);
      return result(contribution(ones, spread, false, smallest));
    }
    case "zBox": {
      const low = build.expandLike(build.float(rule.low, x), x);
      const high = build.expandLike(build.float(rule.high, x), x);
      const negative = build.op("Min", [weights, zero]);
      const whole = [site(x, weights, false), site(low, positive(), false), site(high, negative, false)];
      const [all, under, over] = whole.map((one) => one.node.outputs[0]!);
      const z = build.sub(build.sub(all!, under!), over!);
      const share = build.div(call.cotangent, stabilised(call, z, smallest));
      const [own, least, most] = [
        build.mul(x, back(whole[0]!, share)),
        build.mul(low, back(whole[1]!, share)),
        build.mul(high, back(whole[2]!, share)),
      ];
      return result(build.sub(build.sub(own, least), most));
    }
  }
}
