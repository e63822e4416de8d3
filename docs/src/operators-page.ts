import { gradientOperators, type OperatorGradient } from "@attr/backend-onnx";
import { markdownTable } from "./markdown-table.ts";

/** The page of operators, written from the table of operators that the gradient rules are held against. */
export function operatorsPage(): string {
  const operators = gradientOperators();
  const of = (gradient: OperatorGradient): readonly string[] =>
    operators.filter((entry) => entry.gradient === gradient).map(({ operator }) => operator);
  const reasons = new Map<string, string[]>();
  for (const { operator, because } of operators)
    if (because !== undefined) reasons.set(because, [...(reasons.get(because) ?? []), `\`${operator}\``]);
  return [
    "# Operators with a gradient",
    "",
    "`OnnxModel.gradient`, `gradientModel` and `attr gradient` write the backward pass of an ONNX file from one rule an operator. Files of",
    "operator set 7 and newer are taken; older forms of an operator are turned into today's first. `attr inspect model.onnx` holds a file",
    "against these lists before anything is run. They hold every operator that the runtime takes: the standard set up to operator set 26, that",
    "of classical machine learning, and the runtime's own; an operator of a set other than the standard one stands with its domain. An",
    "operator that a file defines itself is differentiated through what it is made of.",
    "",
    "What has no rule raises `UnsupportedOpError`, which names the operator, its node, the reason and the nearest value that has a gradient:",
    "that value can be explained as a layer, and perturbation methods need no gradient at all. See the [guide](guides/gradients.md).",
    "",
    "## The gradient passes",
    "",
    ...table(of("rule")),
    "",
    "## The gradient ends",
    "",
    "Their results move in steps, are drawn at random, or are no floats: the derivative is 0 wherever there is one. What else leads to",
    "their operands is differentiated as ever.",
    "",
    ...table(of("flat")),
    "",
    "## There is no rule",
    "",
    ...[...reasons]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([because, names]) => [`- ${because[0]!.toUpperCase()}${because.slice(1)}: ${names.join(", ")}`]),
    "",
  ].join("\n");
}

/** Names by their first letter: a row a letter. */
function table(operators: readonly string[]): readonly string[] {
  const rows = new Map<string, string[]>();
  for (const operator of operators) {
    const key = operator.includes(":") ? operator.split(":")[0]! : operator[0]!.toUpperCase();
    rows.set(key, [...(rows.get(key) ?? []), `\`${operator}\``]);
  }
  return markdownTable(
    ["", "operators"],
    [...rows].map(([key, names]) => [key, names.join(", ")]),
  );
}
