import type { ContinuationScore } from "@attr/core";

/**
 * What of an answer is explained. `log_prob`: a token's log-probability, and their sum for the whole answer. `prob`: a token's
 * probability, and their product (tiny for long answers). `logit`: a token's raw logit, and their sum.
 */
export type AttrTarget = "log_prob" | "prob" | "logit";

export const attrTargets: readonly AttrTarget[] = ["log_prob", "prob", "logit"];

/** The whole answer's number, then one a token. */
export function outputsOf(score: ContinuationScore, attrTarget: AttrTarget): Float64Array {
  const numbers = attrTarget === "logit" ? score.logits : score.logProbabilities;
  const outputs = new Float64Array(numbers.length + 1);
  let sum = 0;
  for (let token = 0; token < numbers.length; token++) {
    const number = numbers[token]!;
    sum += number;
    outputs[token + 1] = attrTarget === "prob" ? Math.exp(number) : number;
  }
  outputs[0] = attrTarget === "prob" ? Math.exp(sum) : sum;
  return outputs;
}

/** The unit of the numbers, and what they are, in words. */
export function describeTarget(attrTarget: AttrTarget): { readonly unit: string; readonly noun: string } {
  switch (attrTarget) {
    case "log_prob":
      return { unit: "nats", noun: "log-probability" };
    case "prob":
      return { unit: "probability", noun: "probability" };
    case "logit":
      return { unit: "logits", noun: "logit" };
  }
}
