import { AttributionError, type ValueInfo } from "@attr/core";
import type { Network } from "../network/network.ts";
import type { TensorFlow } from "../runtime/tensor-flow.ts";
import type { InspectedTfjsNode, TfjsInspection, TfjsOperatorCoverage, TfjsOperatorGradient } from "./inspection.ts";
import { type Trial, tryGradients } from "./trial.ts";

/** What stands for sizes that inputs leave free, one after the other until the model runs: a text's, and pictures'. */
const sizes = [8, 32, 128, 224] as const;

/** What a network holds and how far it can be differentiated. Nothing is thrown where it cannot be run: the coverage says so. */
export function inspectNetwork(tf: TensorFlow, network: Network, rows: number): TfjsInspection {
  const { format, parameters, nodes: described } = network.describe();
  const trial = network.blackBox ?? tried(tf, network, rows);
  const told = (name: string): ReturnType<Trial["nodes"]["get"]> => {
    if (typeof trial === "string") return { gradient: "none", because: trial };
    return trial.nodes.get(name) ?? { gradient: "rule" };
  };
  const nodes = described.map((node): InspectedTfjsNode => ({ ...node, ...found(told(node.outputs[0] ?? node.name)!) }));
  return {
    format,
    parameters,
    nodes,
    values: network.values.map((name) => infoOf(network, name, trial)),
    gradient: {
      of: typeof trial === "string" ? undefined : trial.of,
      operators: operatorsOf(nodes),
      uncovered: nodes
        .filter(({ gradient }) => gradient === "none")
        .map(({ name, operator, outputs, because }) => ({ node: name, operator, result: outputs[0] ?? name, because })),
      inputs:
        typeof trial === "string"
          ? network.inputs.map(({ name }) => ({ input: name, gradient: false, because: trial }))
          : trial.inputs,
    },
  };
}

function found({
  gradient,
  because,
}: Pick<InspectedTfjsNode, "gradient" | "because">): Pick<InspectedTfjsNode, "gradient" | "because"> {
  return because === undefined ? { gradient } : { gradient, because };
}

/** The trial, or the sentence of the first one that failed. */
function tried(tf: TensorFlow, network: Network, rows: number): Trial | string {
  const isFree = network.inputs.some(
    ({ shape }) => shape === undefined || shape.slice(1).some((size) => typeof size !== "number"),
  );
  let first: string | undefined;
  for (const size of isFree ? sizes : sizes.slice(0, 1))
    try {
      return tryGradients(tf, network, rows, size);
    } catch (error) {
      if (!(error instanceof AttributionError)) throw error;
      first ??= error.message;
    }
  return first!; // or it was returned
}

/** What is stated of a value, else what the trial found; the rows are free. */
function infoOf(network: Network, name: string, trial: Trial | string): ValueInfo {
  const stated = network.value(name) ?? { name };
  if (typeof trial === "string") return stated;
  const { dtype, shape } = trial.values.get(name) ?? {};
  const own = shape === undefined || shape.length === 0 ? shape : [null, ...shape.slice(1)];
  return { ...(dtype && { dtype }), ...(own && { shape: own }), ...stated };
}

const worse: readonly TfjsOperatorGradient[] = ["rule", "flat", "none"];

function operatorsOf(nodes: readonly InspectedTfjsNode[]): readonly TfjsOperatorCoverage[] {
  const operators = new Map<string, TfjsOperatorCoverage>();
  for (const { operator, gradient } of nodes) {
    const known = operators.get(operator);
    const worst = worse[Math.max(worse.indexOf(gradient), worse.indexOf(known?.gradient ?? "rule"))]!;
    operators.set(operator, { operator, count: (known?.count ?? 0) + 1, gradient: worst });
  }
  return [...operators.values()].sort((a, b) => (a.operator < b.operator ? -1 : 1));
}
