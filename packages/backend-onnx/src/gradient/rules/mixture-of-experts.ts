import type { GraphBuilder } from "../graph-builder.ts";
import type { RuleCall, RulesOf } from "../rule.ts";
import { composed } from "./contrib.ts";

/** What one layer of all experts is made of: weights `[experts, outputs, inputs]` and biases `[experts, outputs]`. */
interface Layer {
  readonly weights: string;
  readonly bias: string | undefined;
}

/** Each expert's layer for all tokens: `[experts, tokens, inputs]` to `[experts, tokens, outputs]`. */
function applied(build: GraphBuilder, x: string, { weights, bias }: Layer): string {
  const product = build.op("MatMul", [x, build.op("Transpose", [weights], { perm: [0, 2, 1] })]);
  return bias === undefined ? product : build.add(product, build.unsqueeze(bias, [1]));
}

function activated(build: GraphBuilder, call: RuleCall, x: string): string {
  const kind = call.attributes.text("activation_type", "relu");
  switch (kind) {
    case "relu":
      return build.op("Relu", [x]);
    case "gelu": {
      const cube = build.mul(build.mul(x, x), x);
      const inner = build.scale(build.add(x, build.scale(cube, 0.044715)), Math.sqrt(2 / Math.PI));
      return build.mul(build.scale(x, 0.5), build.add(build.op("Tanh", [inner]), build.float(1, x)));
    }
    case "silu":
      return build.mul(x, build.op("Sigmoid", [x]));
    case "identity":
      return x;
    case "swiglu":
      return gated(build, call, x);
    default:
      throw call.refuse(`its activation is "${kind}"`);
  }
}

/** min(g, limit) · σ(α · min(g, limit)) · (clip(l, ±limit) + β), gates and linear parts lying in turns or one after the other. */
function gated(build: GraphBuilder, call: RuleCall, x: string): string {
  const { attributes } = call;
  const layout = attributes.int("swiglu_fusion", 0);
  const limit = attributes.has("swiglu_limit") ? attributes.float("swiglu_limit", 0) : undefined;
  const [alpha, beta] = [attributes.float("activation_alpha", 1), attributes.float("activation_beta", 0)];
  const pairs = build.reshape(x, build.int64(layout === 1 ? [0, 0, -1, 2] : [0, 0, 2, -1]));
  const axis = layout === 1 ? 3 : 2;
  const part = (i: number): string => build.squeeze(build.slice(pairs, i, i + 1, axis), [axis]);
  const [open, straight] = [part(0), part(1)];
  const gate = limit === undefined ? open : build.op("Min", [open, build.float(limit, x)]);
  const linear =
    limit === undefined
      ? straight
      : build.op("Max", [build.op("Min", [straight, build.float(limit, x)]), build.float(-limit, x)]);
  const swish = build.mul(gate, build.op("Sigmoid", [build.scale(gate, alpha)]));
  return build.mul(swish, build.add(linear, build.float(beta, x)));
}

/**
 * A mixture of experts, written out: every token goes through all experts, each result counts by the share that the router gives it, and
 * that is 0 for all but the `k` best. The choice itself is a step and has no gradient; the shares have.
 */
function mixture(build: GraphBuilder, call: RuleCall, router: string, first: Layer, second: Layer): string {
  const { attributes } = call;
  const x = call.input(0);
  if (attributes.int("use_sparse_mixer", 0) !== 0) throw call.refuse("it mixes sparsely (use_sparse_mixer)");
  const all = build.op("Softmax", [router], { axis: -1 });
  const [, best] = build.ops("TopK", [router, build.int64([attributes.int("k", 1)])], 2, { axis: -1 });
  const taken = build.op("GatherElements", [all, best!], { axis: 1 });
  const normal = attributes.int("normalize_routing_weights", 0) !== 0;
  const shares = normal ? build.div(taken, build.sum(taken, [1], true)) : taken;
  const spread = build.op("ScatterElements", [build.zerosLike(all), best!, shares], { axis: 1 });
  const tokens = build.unsqueeze(
    build.reshape(x, build.concat([build.int64([-1]), build.slice(build.op("Shape", [x]), -1)])),
    [0],
  );
  const results = applied(build, activated(build, call, applied(build, tokens, first)), second);
  const weighed = build.mul(results, build.unsqueeze(build.op("Transpose", [spread], { perm: [1, 0] }), [2]));
  return build.reshapeLike(build.sum(weighed, [0], false), x);
}

const experts = composed((build, call) => {
  if (call.optional(6) !== undefined) throw call.refuse("it has a third layer of experts");
  const first = { weights: call.input(2), bias: call.optional(3) };
  const second = { weights: call.input(4), bias: call.optional(5) };
  return [mixture(build, call, call.input(1), first, second)];
});

export const mixtureOfExpertsRules: RulesOf<"mixtureOfExperts"> = { "com.microsoft:MoE": experts };
