import { formatShape, InvalidArgumentError, type LinearRule, sameShape } from "@attr/core";
import type { Step } from "../gradient/backpropagate.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import type { KernelCall } from "./kernel-calls.ts";

/** The stabiliser where a rule gives none. */
const smallest = 1e-9;

/** The smallest normal number of half precision: a smaller stabiliser would be 0 there. */
const smallestHalf = 2 ** -14;

export function epsilonOf(rule: LinearRule | undefined): number {
  return rule !== undefined && "epsilon" in rule ? (rule.epsilon ?? smallest) : smallest;
}

/** Relevance over what it is shared out by, which is kept away from 0 by epsilon; 0 counts as positive. */
export function shareOf(tf: TensorFlow, relevance: TfTensor, z: TfTensor, epsilon: number = smallest): TfTensor {
  const enough = tf.backend().floatPrecision() === 16 ? Math.max(epsilon, smallestHalf) : epsilon;
  const away = tf.where(tf.less(z, 0), tf.fill(z.shape, -enough), tf.fill(z.shape, enough));
  return tf.div(relevance, tf.add(z, away));
}

/**
 * The epsilon rule of an operation that is linear in each operand: R_i = x_i · Σ_j ∂z_j/∂x_i · R_j / z_j. `among`: how many operands of
 * a product share it equally.
 */
export function shared(
  tf: TensorFlow,
  { cotangents, derivative }: Step,
  { operands, result }: KernelCall,
  {
    epsilon = smallest,
    z = result,
    among = 1,
  }: { readonly epsilon?: number; readonly z?: TfTensor; readonly among?: number } = {},
): Readonly<Record<string, TfTensor>> {
  const parts = derivative([shareOf(tf, cotangents[0]!, z, epsilon)]); // kernels that are looked at have one result
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => {
      const whole = tf.mul(operands[name]!, part);
      return [name, among === 1 ? whole : tf.div(whole, among)];
    }),
  );
}

/** An operation with weights, one operand of which carries relevance. */
export interface WeightedCall {
  readonly step: Step;
  readonly call: KernelCall;
  /** The names of the operands that carry relevance and that are the weights. */
  readonly operand: string;
  readonly weights: string;
  /** What is added to the result, in its shape. */
  readonly bias: TfTensor | undefined;
}

/** The relevance of the operand of an operation with weights, by its rule. */
export function weightedRelevance(tf: TensorFlow, weighted: WeightedCall, rule: LinearRule): TfTensor {
  const { step, call, operand, bias } = weighted;
  const x = call.operands[operand]!;
  const weights = call.operands[weighted.weights]!;
  const relevance = step.cotangents[0]!; // kernels with weights have one result
  const above = (value: TfTensor): TfTensor => tf.relu(value);
  const below = (value: TfTensor): TfTensor => tf.minimum(value, 0);
  /** The operation with other operands, with a bias or without. */
  const site = (other: TfTensor, changed: TfTensor, offset?: TfTensor) => {
    const { result, back } = call.run({ [operand]: other, [weighted.weights]: changed });
    return {
      z: offset === undefined ? result : tf.add(result, offset),
      back: (share: TfTensor): TfTensor => tf.reshape(back(share, operand), x.shape),
    };
  };
  /** operand ⊙ (the changed weights' way back of R / z), z being the operation's own result with them. */
  const contribution = (other: TfTensor, changed: TfTensor, offset?: TfTensor, epsilon?: number): TfTensor => {
    const one = site(other, changed, offset);
    return tf.mul(other, one.back(shareOf(tf, relevance, one.z, epsilon)));
  };
  switch (rule.rule) {
    case "identity":
      if (!sameShape(relevance.shape, x.shape))
        throw new InvalidArgumentError(
          `the rule "identity" of ${step.maker?.what ?? step.node.kernelName} needs an operand and a result of one shape, got ${formatShape(x.shape)} and ${formatShape(relevance.shape)}`,
        );
      return relevance;
    case "epsilon": {
      const z = bias === undefined ? call.result : tf.add(call.result, bias);
      return shared(tf, step, call, { epsilon: epsilonOf(rule), z })[operand]!;
    }
    case "gamma":
      return contribution(x, tf.add(weights, tf.mul(above(weights), rule.gamma ?? 0.25)), bias, rule.epsilon);
    case "zPlus":
      return contribution(x, above(weights), bias);
    case "alphaBeta": {
      const { alpha = 1, beta = 0 } = rule;
      const byContributions = rule.signs === "contributions";
      /** The contributions of one sign, `z` made of these and the bias of that sign. */
      const ofSign = (same: (value: TfTensor) => TfTensor, other: (value: TfTensor) => TfTensor, offset?: TfTensor): TfTensor => {
        if (!byContributions) return contribution(x, same(weights), offset);
        const [positive, negative] = [above(x), below(x)];
        const first = site(positive, same(weights), offset === undefined ? undefined : same(offset));
        const second = site(negative, other(weights));
        const share = shareOf(tf, relevance, tf.add(first.z, second.z));
        return tf.add(tf.mul(positive, first.back(share)), tf.mul(negative, second.back(share)));
      };
      const up = tf.mul(ofSign(above, below, bias), alpha);
      if (beta === 0) return up;
      return tf.sub(up, tf.mul(ofSign(below, above, byContributions ? bias : undefined), beta));
    }
    case "wSquare":
      return contribution(tf.onesLike(x), tf.square(weights));
    case "flat":
      return contribution(tf.onesLike(x), tf.onesLike(weights));
    case "zBox": {
      const [low, high] = [tf.fill(x.shape, rule.low), tf.fill(x.shape, rule.high)];
      const [all, under, over] = [site(x, weights), site(low, above(weights)), site(high, below(weights))];
      const share = shareOf(tf, relevance, tf.sub(tf.sub(all.z, under.z), over.z));
      return tf.sub(tf.sub(tf.mul(x, all.back(share)), tf.mul(low, under.back(share))), tf.mul(high, over.back(share)));
    }
    default:
      // What comes from JavaScript may be anything.
      throw new InvalidArgumentError(
        `there is no rule ${JSON.stringify((rule as { readonly rule?: unknown }).rule)} of relevance propagation`,
      );
  }
}
