/**
 * What of an option is explained. `log_prob`: its log-probability among the options (log-softmax of the raw scores), in nats. `logit`: its
 * raw score.
 */
export type ChoiceScore = "log_prob" | "logit";

export const choiceScores: readonly ChoiceScore[] = ["log_prob", "logit"];

/** Logarithms of the shares of exponentials: `x - log Σ exp x`. */
export function logSoftmax(raw: Float64Array): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of raw) most = Math.max(most, value);
  if (!Number.isFinite(most)) return raw.map((value) => (value === most && most > 0 ? 0 : value - most));
  let sum = 0;
  for (const value of raw) sum += Math.exp(value - most);
  const log = most + Math.log(sum);
  return raw.map((value) => value - log);
}

/** The explained numbers of raw scores, one an option. */
export function explainedScores(raw: Float64Array, score: ChoiceScore): Float64Array {
  return score === "log_prob" ? logSoftmax(raw) : raw;
}
