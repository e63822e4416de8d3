/**
 * `log Σ exp(x)` of `count` logits from `from` on, in float64: a token's log-probability is its logit less this. NaN where it is not a
 * number: a logit is NaN or +∞, or all are −∞.
 */
export function logSumExp(logits: Float32Array | Float64Array, from: number, count: number): number {
  const end = from + count;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = from; i < end; i++) if (logits[i]! > most) most = logits[i]!;
  let sum = 0;
  for (let i = from; i < end; i++) sum += Math.exp(logits[i]! - most);
  return most + Math.log(sum);
}
