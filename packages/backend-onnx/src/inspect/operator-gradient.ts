import { type Operator, operatorKind, operators } from "../gradient/operators.ts";

/**
 * What the gradient does at an operator: it passes by a rule (`"rule"`), ends because the result does not change with a small change of
 * what the operator takes (`"flat"`), or cannot be written (`"none"`).
 */
export type OperatorGradient = "rule" | "flat" | "none";

/** What is known of the gradient at an operator. */
export interface KnownOperator {
  /** The standard set's by name ("Conv"), others by domain and name ("com.microsoft:Gelu"). */
  readonly operator: string;
  readonly gradient: OperatorGradient;
  /** Why there is none. */
  readonly because?: string | undefined;
}

/**
 * Tells what the gradient does at an operator.
 *
 * @param operator the standard set's by name ("Conv"), others by domain and name ("com.microsoft:Gelu")
 */
export function operatorGradient(operator: string): OperatorGradient {
  return knownOperator(operator).gradient;
}

/** Every operator that the runtime takes, by name, with what the gradient does there. The lists of `docs/operators.md`. */
export function gradientOperators(): readonly KnownOperator[] {
  const names = Object.keys(operators) as readonly Operator[]; // a constant has no other keys than its type says
  return names.map(knownOperator).sort((a, b) => (a.operator < b.operator ? -1 : 1));
}

function knownOperator(operator: string): KnownOperator {
  const found = operatorKind(operator);
  // What is rewritten into other operators passes by their rules.
  if (found.kind === "rewritten") return { operator, gradient: "rule" };
  if (found.kind === "none") return { operator, gradient: "none", because: found.because };
  return { operator, gradient: found.kind };
}
