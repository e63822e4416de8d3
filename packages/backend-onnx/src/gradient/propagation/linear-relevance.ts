import type { LinearRule } from "@attr/core";
import type { NodeProto } from "../../onnx/proto.ts";
import type { GradientRule, RuleCall } from "../rule.ts";

/** The stabiliser where a rule gives none. */
const smallest = 1e-9;

/** The smallest normal number of half precision: a smaller stabiliser would be 0 there. */
const smallestHalf = 2 ** -14;

export function epsilonOf(rule: LinearRule | undefined): number {
  return rule !== undefined && "epsilon" in rule ? (rule.epsilon ?? smallest) : smallest;
}

/** Away from 0 by epsilon; 0 counts as positive. */
function stabilised(call: RuleCall, z: string, epsilon: number): string {
  const { build } = call;
  const enough = build.code(z) === 10 ? Math.max(epsilon, smallestHalf) : epsilon;
  const negative = build.op("Less", [z, build.float(0, z)]);
  return build.add(z, build.where(negative, build.float(-enough, z), build.float(enough, z)));
}

/** R_j / z_j. */
export function shareOf(call: RuleCall, z: string, epsilon: number = smallest): string {
  return call.build.div(call.cotangent, stabilised(call, z, epsilon));
}

/**
 * The epsilon rule of an operator that is linear in each operand: R_i = x_i · Σ_j ∂z_j/∂x_i · R_j / z_j. Where several of the first
 * `factors` operands carry relevance, it is that of a product: each gets an equal part.
 */
export function shared(call: RuleCall, plain: GradientRule, epsilon: number, factors = 0): readonly (string | undefined)[] {
  const { build, node } = call;
  const parts = plain(call.with({ cotangents: [shareOf(call, call.output(0), epsilon)] }));
  const carrying = node.inputs.filter((_, i) => i < factors && call.wants(i)).length;
  return node.inputs.map((input, i) => {
    const part = parts[i];
    if (part === undefined || !call.wants(i)) return undefined;
    const whole = build.mul(input, part);
    return i < factors ? build.scale(whole, 1 / carrying) : whole;
  });
}

/** An operator with weights by its rule. `plain` is its true derivative. */
export function weightedRelevance(call: RuleCall, plain: GradientRule, rule: LinearRule): readonly (string | undefined)[] {
  const { build, node } = call;
  if (rule.rule === "identity") return node.inputs.map((_, i) => (call.wants(i) ? call.cotangent : undefined));
  // A bias that carries relevance takes part in a sum: the other rules have no word on it.
  if (rule.rule === "epsilon" || node.inputs.some((_, i) => i > 1 && call.wants(i)))
    return shared(call, plain, epsilonOf(rule), 2);
  if (node.domain !== "") throw call.refuse(`its weights are packed: only the rules "epsilon" and "identity" apply to it`);
  // Which operand carries relevance, and which one is the weights.
  const at = call.wants(0) ? 0 : 1;
  const [x, weights] = [call.input(at), call.input(1 - at)];
  const bias = node.inputs[2] === "" ? undefined : node.inputs[2];
  const above = (value: string): string => build.op("Max", [value, build.float(0, value)]);
  const below = (value: string): string => build.op("Min", [value, build.float(0, value)]);
  /** The operator with other operands, with a bias or without. */
  const site = (operand: string, changed: string, offset?: string): RuleCall => {
    const inputs = at === 0 ? [operand, changed] : [changed, operand];
    const result = build.name(node.opType);
    const made: NodeProto = {
      ...node,
      inputs: offset === undefined ? inputs : [...inputs, offset],
      outputs: [result],
      name: result,
    };
    build.write(made);
    build.declare(result, build.type(call.output(0)));
    return call.with({ node: made });
  };
  const resultOf = (one: RuleCall): string => one.node.outputs[0]!;
  const back = (one: RuleCall, share: string): string => plain(one.with({ cotangents: [share] }))[at]!; // it is wanted
  /** operand ⊙ (the changed weights' way back of R / z), z being the operator's own result with them. */
  const contribution = (operand: string, changed: string, offset?: string, epsilon = smallest): string => {
    const one = site(operand, changed, offset);
    return build.mul(operand, back(one, shareOf(call, resultOf(one), epsilon)));
  };
  const result = (part: string): readonly (string | undefined)[] => (at === 0 ? [part] : [undefined, part]);
  switch (rule.rule) {
    case "gamma": {
      const raised = build.add(weights, build.scale(above(weights), rule.gamma ?? 0.25));
      return result(contribution(x, raised, bias, rule.epsilon));
    }
    case "zPlus":
      return result(contribution(x, above(weights), bias));
    case "alphaBeta": {
      const { alpha = 1, beta = 0 } = rule;
      const byContributions = rule.signs === "contributions";
      /** The contributions of one sign, `z` made of these and the bias of that sign. */
      const ofSign = (same: (value: string) => string, other: (value: string) => string, offset?: string): string => {
        if (!byContributions) return contribution(x, same(weights), offset);
        const [positive, negative] = [above(x), below(x)];
        const first = site(positive, same(weights), offset === undefined ? undefined : same(offset));
        const second = site(negative, other(weights));
        const share = shareOf(call, build.add(resultOf(first), resultOf(second)));
        return build.add(build.mul(positive, back(first, share)), build.mul(negative, back(second, share)));
      };
      const up = build.scale(ofSign(above, below, bias), alpha);
      if (beta === 0) return result(up);
      return result(build.sub(up, build.scale(ofSign(below, above, byContributions ? bias : undefined), beta)));
    }
    case "wSquare":
    case "flat": {
      const spread = rule.rule === "flat" ? build.expandLike(build.float(1, weights), weights) : build.mul(weights, weights);
      return result(contribution(build.expandLike(build.float(1, x), x), spread));
    }
    case "zBox": {
      const low = build.expandLike(build.float(rule.low, x), x);
      const high = build.expandLike(build.float(rule.high, x), x);
      const [all, under, over] = [site(x, weights), site(low, above(weights)), site(high, below(weights))];
      const z = build.sub(build.sub(resultOf(all), resultOf(under)), resultOf(over));
      const share = shareOf(call, z);
      const parts = [build.mul(x, back(all, share)), build.mul(low, back(under, share)), build.mul(high, back(over, share))];
      return result(build.sub(build.sub(parts[0]!, parts[1]!), parts[2]!));
    }
  }
}
