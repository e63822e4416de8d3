import { flatOperators, operatorRules } from "../gradient/rules/registry.ts";

/**
 * What the gradient does at an operator: it passes by a rule (`"rule"`), ends because the result does not change with a small change of
 * what the operator takes (`"flat"`), or cannot be written (`"none"`).
 */
export type OperatorGradient = "rule" | "flat" | "none";

/**
 * Tells what the gradient does at an operator.
 *
 * @param operator the standard set's by name ("Conv"), others by domain and name ("com.microsoft:Gelu")
 */
export function operatorGradient(operator: string): OperatorGradient {
  if (Object.hasOwn(operatorRules, operator)) return "rule";
  return flatOperators.has(operator) ? "flat" : "none";
}

/** Every operator that the gradient passes or ends at, by name. The list of `docs/operators.md`. */
export function gradientOperators(): readonly { readonly operator: string; readonly gradient: "rule" | "flat" }[] {
  const rules = Object.keys(operatorRules).map((operator) => ({ operator, gradient: "rule" as const }));
  const flat = [...flatOperators]
    .filter((operator) => !Object.hasOwn(operatorRules, operator))
    .map((operator) => ({ operator, gradient: "flat" as const }));
  return [...rules, ...flat].sort((a, b) => (a.operator < b.operator ? -1 : 1));
}
