import type { LinearRule } from "@attr/core";

/** A connection of a linear layer: operand element `from` to result element `to`. */
export interface Connection {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** One kind of contribution that a rule shares relevance out by: a part of the whole, `of` a connection and of a bias. */
interface Part {
  readonly factor: number;
  readonly epsilon: number;
  of(x: number, weight: number): number;
  bias(value: number): number;
}

const above = (value: number): number => Math.max(value, 0);
const below = (value: number): number => Math.min(value, 0);
const smallest = 1e-9;

/** A rule as its definition says it, one connection at a time. */
function partsOf(rule: LinearRule): readonly Part[] {
  const whole = { factor: 1, epsilon: smallest, bias: (value: number) => value };
  const none = (): number => 0;
  switch (rule.rule) {
    case "epsilon":
      return [{ ...whole, epsilon: rule.epsilon ?? smallest, of: (x, w) => x * w }];
    case "gamma":
      return [{ ...whole, epsilon: rule.epsilon ?? smallest, of: (x, w) => x * (w + (rule.gamma ?? 0.25) * above(w)) }];
    case "zPlus":
      return [{ ...whole, of: (x, w) => x * above(w) }];
    case "alphaBeta": {
      const { alpha = 1, beta = 0, signs = "weights" } = rule;
      if (signs === "weights")
        return [
          { ...whole, factor: alpha, of: (x, w) => x * above(w) },
          { ...whole, factor: -beta, of: (x, w) => x * below(w), bias: none },
        ];
      return [
        { ...whole, factor: alpha, of: (x, w) => above(x * w), bias: above },
        { ...whole, factor: -beta, of: (x, w) => below(x * w), bias: below },
      ];
    }
    case "wSquare":
      return [{ ...whole, of: (_, w) => w * w, bias: none }];
    case "flat":
      return [{ ...whole, of: () => 1, bias: none }];
    case "zBox":
      return [{ ...whole, of: (x, w) => x * w - rule.low * above(w) - rule.high * below(w), bias: none }];
    case "identity":
      return [];
  }
}

/** What relevance of a linear layer's result becomes, and how much of it goes to the biases or is taken by stabilisers. */
export interface OracleRelevance {
  readonly relevance: Float64Array;
  readonly lost: number;
}

/** The relevance of one example's operand, by plain loops. `bias` is one number a result element. */
export function linearRelevance(
  x: ArrayLike<number>,
  connections: readonly Connection[],
  bias: ArrayLike<number>,
  given: ArrayLike<number>,
  rule: LinearRule,
): OracleRelevance {
  if (rule.rule === "identity") return { relevance: Float64Array.from(given), lost: 0 };
  const relevance = new Float64Array(x.length);
  let lost = 0;
  for (const part of partsOf(rule)) {
    const sums = Float64Array.from(bias, part.bias);
    for (const { from, to, weight } of connections) sums[to]! += part.of(x[from]!, weight);
    const divisors = sums.map((sum) => (sum < 0 ? sum - part.epsilon : sum + part.epsilon));
    for (const { from, to, weight } of connections)
      relevance[from]! += (part.factor * part.of(x[from]!, weight) * given[to]!) / divisors[to]!;
    for (let to = 0; to < sums.length; to++) {
      const toBias = part.bias(bias[to]!);
      lost += (part.factor * given[to]! * (toBias + divisors[to]! - sums[to]!)) / divisors[to]!;
    }
  }
  return { relevance, lost };
}

/** A matrix `[in, out]` as connections. */
export function denseConnections(weight: readonly (readonly number[])[]): readonly Connection[] {
  return weight.flatMap((row, from) => row.map((value, to) => ({ from, to, weight: value })));
}
