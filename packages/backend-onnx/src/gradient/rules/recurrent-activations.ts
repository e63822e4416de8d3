import type { GraphBuilder } from "../graph-builder.ts";
import type { RuleCall } from "../rule.ts";

/** An activation of a recurrent layer's gates. */
export type Activation = "Sigmoid" | "Tanh" | "Relu" | "Softplus" | "Softsign";

const known: ReadonlySet<string> = new Set<Activation>(["Sigmoid", "Tanh", "Relu", "Softplus", "Softsign"]);

/** The activations of a recurrent node, all directions. @throws UnsupportedOpError for one that has settings of its own. */
export function activations(call: RuleCall, standard: readonly Activation[], directions: number): readonly Activation[] {
  const named = call.attributes.texts("activations") ?? Array.from({ length: directions }, () => standard).flat();
  return named.map((name) => {
    const found = [...known].find((one) => one.toLowerCase() === name.toLowerCase());
    if (found === undefined) throw call.refuse(`its activation ${name} has no gradient here`);
    return found as Activation; // it is one of `known`
  });
}

export function activate(build: GraphBuilder, activation: Activation, x: string): string {
  return build.op(activation, [x]);
}

/** The derivative, from the operand or the result. */
export function activationSlope(build: GraphBuilder, activation: Activation, x: string, y: string): string {
  const one = build.float(1, y);
  switch (activation) {
    case "Sigmoid":
      return build.mul(y, build.sub(one, y));
    case "Tanh":
      return build.sub(one, build.mul(y, y));
    case "Relu":
      return build.indicator(build.op("Greater", [y, build.float(0, y)]), y);
    case "Softplus":
      return build.op("Sigmoid", [x]);
    case "Softsign": {
      const distance = build.add(build.op("Abs", [x]), one);
      return build.op("Reciprocal", [build.mul(distance, distance)]);
    }
  }
}
