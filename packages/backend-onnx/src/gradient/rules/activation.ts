import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RulesOf } from "../rule.ts";
import { whereAbove } from "./attention/mask.ts";
import { pointwise } from "./elementwise.ts";

/** The derivative of x·Φ(x). */
export function geluSlope(build: GraphBuilder, x: string): string {
  const scaled = build.scale(x, Math.SQRT1_2);
  const below = build.scale(build.add(build.op("Erf", [scaled]), build.float(1, x)), 0.5);
  const density = build.scale(build.op("Exp", [build.scale(build.mul(x, x), -0.5)]), 1 / Math.sqrt(2 * Math.PI));
  return build.add(below, build.mul(x, density));
}

/** The derivative of x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2. */
export function tanhGeluSlope(build: GraphBuilder, x: string): string {
  const root = Math.sqrt(2 / Math.PI);
  const square = build.mul(x, x);
  const inner = build.mul(x, build.add(build.scale(square, root * 0.044715), build.float(root, x)));
  const t = build.op("Tanh", [inner]);
  const innerSlope = build.add(build.scale(square, 3 * root * 0.044715), build.float(root, x));
  const one = build.float(1, x);
  const bend = build.mul(build.mul(build.scale(x, 0.5), build.sub(one, build.mul(t, t))), innerSlope);
  return build.add(build.scale(build.add(t, one), 0.5), bend);
}

/** The derivative of x·σ(a·x). */
export function sigmoidGateSlope(build: GraphBuilder, x: string, a: number): string {
  const gate = build.op("Sigmoid", [build.scale(x, a)]);
  const one = build.float(1, x);
  return build.mul(gate, build.add(build.mul(build.scale(x, a), build.sub(one, gate)), one));
}

const parametricRelu: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const slope = call.input(1);
  const above = build.op("Greater", [x, build.float(0, x)]);
  const toSlope = (): string => build.where(above, build.float(0, x), build.mul(cotangent, x));
  return [
    build.where(above, cotangent, build.mul(cotangent, slope)),
    call.wants(1) ? build.sumToShape(toSlope(), slope) : undefined,
  ];
};

/** Activations. Where the derivative can be told from the result it is, so that the runtime may fuse the forward pass. */
export const activationRules: RulesOf<"activation"> = {
  Celu: pointwise((build, dy, x, _, call) => {
    const alpha = call.attributes.float("alpha", 1);
    const zero = build.float(0, x);
    // The exponential only of what is below 0: above it would overflow.
    const slope = build.op("Exp", [build.scale(build.op("Min", [x, zero]), 1 / alpha)]);
    return build.mul(dy, slope);
  }),
  Elu: pointwise((build, dy, x, y, call) => {
    const alpha = call.attributes.float("alpha", 1);
    const below = build.mul(dy, build.add(y, build.float(alpha, y)));
    return build.where(build.op("Greater", [x, build.float(0, x)]), dy, below);
  }),
  Gelu: pointwise((build, dy, x, _, call) => {
    const slope = call.attributes.text("approximate", "none") === "tanh" ? tanhGeluSlope : geluSlope;
    return build.mul(dy, slope(build, x));
  }),
  HardSigmoid: pointwise((build, dy, _, y, call) => {
    const inside = build.op("And", [build.op("Greater", [y, build.float(0, y)]), build.op("Less", [y, build.float(1, y)])]);
    return build.where(inside, build.scale(dy, call.attributes.float("alpha", 0.2)), build.float(0, dy));
  }),
  HardSwish: pointwise((build, dy, x) => {
    const middle = build.mul(dy, build.add(build.scale(x, 1 / 3), build.float(0.5, x)));
    const upper = build.where(build.op("Less", [x, build.float(3, x)]), middle, dy);
    return build.where(build.op("Greater", [x, build.float(-3, x)]), upper, build.float(0, x));
  }),
  LeakyRelu: pointwise((build, dy, x, _, call) => {
    const alpha = call.attributes.float("alpha", 0.01);
    return build.where(build.op("Greater", [x, build.float(0, x)]), dy, build.scale(dy, alpha));
  }),
  Mish: pointwise((build, dy, x) => {
    const t = build.op("Tanh", [build.op("Softplus", [x])]);
    const one = build.float(1, x);
    const bend = build.mul(build.mul(x, build.op("Sigmoid", [x])), build.sub(one, build.mul(t, t)));
    return build.mul(dy, build.add(t, bend));
  }),
  PRelu: parametricRelu,
  Relu: pointwise((build, dy, _, y) => whereAbove(build, y, dy)),
  Selu: pointwise((build, dy, x, y, call) => {
    const alpha = call.attributes.float("alpha", 1.6732632423543772);
    const gamma = call.attributes.float("gamma", 1.0507009873554805);
    const below = build.mul(dy, build.add(y, build.float(alpha * gamma, y)));
    return build.where(build.op("Greater", [x, build.float(0, x)]), build.scale(dy, gamma), below);
  }),
  Shrink: pointwise((build, dy, x, _, call) => {
    const bound = call.attributes.float("lambd", 0.5);
    const outside = build.op("Greater", [build.op("Abs", [x]), build.float(bound, x)]);
    return build.where(outside, dy, build.float(0, dy));
  }),
  Sigmoid: pointwise((build, dy, _, y) => build.mul(dy, build.mul(y, build.sub(build.float(1, y), y)))),
  Softplus: pointwise((build, dy, x) => build.mul(dy, build.op("Sigmoid", [x]))),
  Softsign: pointwise((build, dy, x) => {
    const distance = build.add(build.op("Abs", [x]), build.float(1, x));
    return build.div(dy, build.mul(distance, distance));
  }),
  Swish: pointwise((build, dy, x, _, call) => build.mul(dy, sigmoidGateSlope(build, x, call.attributes.float("alpha", 1)))),
  Tanh: pointwise((build, dy, _, y) => build.mul(dy, build.sub(build.float(1, y), build.mul(y, y)))),
  ThresholdedRelu: pointwise((build, dy, x, _, call) =>
    build.where(build.op("Greater", [x, build.float(call.attributes.float("alpha", 1), x)]), dy, build.float(0, dy)),
  ),
};
