import { InvalidArgumentError } from "../errors.ts";
import type { AttentionRule, LinearRule } from "./gradient-rules.ts";

const rules: readonly string[] = ["epsilon", "gamma", "alphaBeta", "zPlus", "wSquare", "flat", "zBox", "identity"];
const attentionRules: readonly string[] = ["attnLrp", "cpLrp"];

/** @throws InvalidArgumentError for a rule that there is not, and for parameters out of range; it names the rule by `subject`. */
export function checkLinearRule(rule: LinearRule, subject: string): void {
  // What comes from JavaScript may be anything.
  const given: { readonly rule?: unknown } | null | undefined = rule;
  if (typeof given?.rule !== "string" || !rules.includes(given.rule))
    throw new InvalidArgumentError(
      `${subject} must be { rule } with one of ${rules.map((name) => `"${name}"`).join(", ")}, got ${JSON.stringify(given) ?? String(given)}`,
    );
  const atLeastZero = (name: string, value: number | undefined): void => {
    if (value !== undefined && !(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new InvalidArgumentError(`${subject} has ${name} ${String(value)}: it must be a number from 0 up`);
  };
  switch (rule.rule) {
    case "gamma":
      atLeastZero("gamma", rule.gamma);
      atLeastZero("epsilon", rule.epsilon);
      return;
    case "epsilon":
      atLeastZero("epsilon", rule.epsilon);
      return;
    case "alphaBeta": {
      const { alpha = 1, beta = 0, signs = "weights" } = rule;
      atLeastZero("beta", beta);
      if (!(Math.abs(alpha - beta - 1) < 1e-9))
        throw new InvalidArgumentError(`${subject} has alpha ${String(alpha)} and beta ${String(beta)}: alpha − beta must be 1`);
      if (signs !== "weights" && signs !== "contributions")
        throw new InvalidArgumentError(`${subject} has signs ${JSON.stringify(signs)}: it must be "weights" or "contributions"`);
      return;
    }
    case "zBox":
      if (!(rule.high - rule.low > 0 && rule.high - rule.low < Number.POSITIVE_INFINITY))
        throw new InvalidArgumentError(
          `${subject} has low ${String(rule.low)} and high ${String(rule.high)}: they must be numbers, low the smaller one`,
        );
      return;
    default:
  }
}

/** @throws InvalidArgumentError for a name that is none of the two. */
export function checkAttentionRule(rule: AttentionRule): void {
  if (!attentionRules.includes(rule))
    throw new InvalidArgumentError(`attention must be "attnLrp" or "cpLrp", got ${JSON.stringify(rule) ?? String(rule)}`);
}
