import type { GraphBuilder } from "../../graph-builder.ts";
import type { RuleCall } from "../../rule.ts";

/** An activation of a recurrent layer's gates, with its settings where it has any. */
export interface Activation {
  readonly kind: ActivationKind;
  readonly alpha: number;
  readonly beta: number;
}

/** Settings by default, for the kinds that have them. */
const settings = {
  Affine: [1, 0],
  Elu: [1],
  HardSigmoid: [0.2, 0.5],
  LeakyRelu: [0.01],
  Relu: [],
  ScaledTanh: [1, 1],
  Sigmoid: [],
  Softplus: [],
  Softsign: [],
  Tanh: [],
  ThresholdedRelu: [1],
} as const;

/** The activations of the standard's recurrent operators. */
export type ActivationKind = keyof typeof settings;

const kinds = Object.keys(settings) as readonly ActivationKind[]; // the keys are the kinds

/** The activations of a recurrent node, all directions. @throws UnsupportedOpError for one that the standard does not have. */
export function activationsOf(call: RuleCall, standard: readonly ActivationKind[], directions: number): readonly Activation[] {
  const named = call.attributes.texts("activations") ?? Array.from({ length: directions }, () => standard).flat();
  // Only activations that have settings take from the lists, one after the other.
  const alphas = [...(call.attributes.floats("activation_alpha") ?? [])];
  const betas = [...(call.attributes.floats("activation_beta") ?? [])];
  return named.map((name) => {
    const kind = kinds.find((one) => one.toLowerCase() === name.toLowerCase());
    if (kind === undefined) throw call.refuse(`its activation ${name} has no gradient here`);
    const [alpha, beta] = settings[kind];
    return {
      kind,
      alpha: alpha === undefined ? 0 : (alphas.shift() ?? alpha),
      beta: beta === undefined ? 0 : (betas.shift() ?? beta),
    };
  });
}

export function activate(build: GraphBuilder, { kind, alpha, beta }: Activation, x: string): string {
  if (kind === "Affine") return build.add(build.scale(x, alpha), build.float(beta, x));
  if (kind === "ScaledTanh") return build.scale(build.op("Tanh", [build.scale(x, beta)]), alpha);
  const [first, second] = settings[kind];
  return build.op(kind, [x], {
    alpha: first === undefined ? undefined : { float: alpha },
    beta: second === undefined ? undefined : { float: beta },
  });
}

/** The derivative, from the operand or the result. */
export function activationSlope(build: GraphBuilder, { kind, alpha, beta }: Activation, x: string, y: string): string {
  const one = build.float(1, y);
  const zero = build.float(0, y);
  switch (kind) {
    case "Affine":
      return build.expandLike(build.float(alpha, y), y);
    case "Elu":
      return build.where(build.op("Greater", [x, zero]), one, build.add(y, build.float(alpha, y)));
    case "HardSigmoid": {
      const inside = build.op("And", [build.op("Greater", [y, zero]), build.op("Less", [y, one])]);
      return build.where(inside, build.float(alpha, y), zero);
    }
    case "LeakyRelu":
      return build.where(build.op("Greater", [x, zero]), one, build.float(alpha, y));
    case "Relu":
      return build.indicator(build.op("Greater", [y, zero]), y);
    case "ScaledTanh": {
      const tangent = build.op("Tanh", [build.scale(x, beta)]);
      return build.scale(build.sub(one, build.mul(tangent, tangent)), alpha * beta);
    }
    case "Sigmoid":
      return build.mul(y, build.sub(one, y));
    case "Softplus":
      return build.op("Sigmoid", [x]);
    case "Softsign": {
      const distance = build.add(build.op("Abs", [x]), one);
      return build.op("Reciprocal", [build.mul(distance, distance)]);
    }
    case "Tanh":
      return build.sub(one, build.mul(y, y));
    case "ThresholdedRelu":
      return build.indicator(build.op("Greater", [x, build.float(alpha, x)]), y);
  }
}
