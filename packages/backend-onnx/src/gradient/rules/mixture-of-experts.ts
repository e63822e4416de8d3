import type { GraphBuilder } from "../graph-builder.ts";
import type { RuleCall, RulesOf } from "../rule.ts";
import { composed } from "./composed.ts";
import { countTo } from "./picked-elements.ts";
import { unpacked } from "./quantised/quantised.ts";

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
 * A mixture of experts, written out: every token goes through all experts, each result counts by its share, and that is 0 for all but the
 * `k` best by the router. The choice itself is a step and has no gradient; the shares have.
 *
 * @param shares of the best `[tokens, k]`, from the router's numbers of all and which the best are
 */
function mixture(
  build: GraphBuilder,
  call: RuleCall,
  shares: (router: string, best: string) => string,
  first: Layer,
  second: Layer,
): string {
  const { attributes } = call;
  const [x, router] = [call.input(0), call.input(1)];
  if (attributes.int("use_sparse_mixer", 0) !== 0) throw call.refuse("it mixes sparsely (use_sparse_mixer)");
  const best = build.ops("TopK", [router, build.int64([attributes.int("k", 1)])], 2, { axis: -1 })[1]!;
  const spread = build.op("ScatterElements", [build.zerosLike(router), best, shares(router, best)], { axis: 1 });
  const width = build.slice(build.op("Shape", [x]), -1);
  const tokens = build.unsqueeze(build.reshape(x, build.concat([build.int64([-1]), width])), [0]);
  const results = applied(build, activated(build, call, applied(build, tokens, first)), second);
  const weighed = build.mul(results, build.unsqueeze(build.op("Transpose", [spread], { perm: [1, 0] }), [2]));
  return build.reshapeLike(build.sum(weighed, [0], false), x);
}

function picked(build: GraphBuilder, all: string, best: string, normal: boolean): string {
  const taken = build.op("GatherElements", [all, best], { axis: 1 });
  return normal ? build.div(taken, build.sum(taken, [1], true)) : taken;
}

const experts = composed((build, call) => {
  if (call.optional(6) !== undefined) throw call.refuse("it has a third layer of experts");
  const normal = call.attributes.int("normalize_routing_weights", 0) !== 0;
  const shares = (router: string, best: string): string =>
    picked(build, build.op("Softmax", [router], { axis: -1 }), best, normal);
  const first = { weights: call.input(2), bias: call.optional(3) };
  const second = { weights: call.input(4), bias: call.optional(5) };
  return [mixture(build, call, shares, first, second)];
});

/** The weights of a layer of experts, written out from integers of a few bits in blocks along the last axis. */
function written(build: GraphBuilder, call: RuleCall, [weights, scale, zero]: readonly [number, number, number]): string {
  const bits = call.attributes.int("expert_weight_bits", 4);
  const code = build.code(call.input(0));
  const numbers = unpacked(build, call.input(weights), bits, code);
  const block = call.attributes.int("block_size", 0);
  const scales = build.castTo(call.input(scale), code);
  const along = (name: string): string => {
    if (call.rank(name) === 2) return build.unsqueeze(name, [2]);
    if (block === 0) return name;
    const places = build.op("Div", [countTo(build, build.slice(build.op("Shape", [numbers]), 2)), build.int64([block], [])]);
    return build.op("Gather", [name, places], { axis: 2 });
  };
  const given = call.optional(zero);
  let middle = build.float(2 ** (bits - 1), scales);
  if (given !== undefined) {
    const all = unpacked(build, given, bits, code);
    // The last byte may hold more than there are.
    const axis = call.rank(given) - 1;
    const count = build.sizeOf(scales, axis);
    middle = along(build.op("Slice", [all, build.int64([0]), count, build.int64([axis])]));
  }
  return build.mul(build.sub(numbers, middle), along(scales));
}

/** The same with quantised weights. The shares are those of the best among themselves, or are handed in apart. */
const quantisedExperts = composed((build, call) => {
  const { attributes } = call;
  if (call.optional(8) !== undefined) throw call.refuse("it has a third layer of experts");
  const kind = attributes.text("quant_type", "int");
  if (kind !== "int") throw call.refuse(`its weights are quantised as "${kind}"`);
  const apart = call.optional(14);
  const shares = (router: string, best: string): string => {
    // A share below 0 is none.
    if (apart !== undefined)
      return build.op("Relu", [picked(build, apart, best, attributes.int("normalize_routing_weights", 0) !== 0)]);
    return build.op("Softmax", [build.op("GatherElements", [router, best], { axis: 1 })], { axis: -1 });
  };
  const first = { weights: written(build, call, [2, 3, 11]), bias: call.optional(4) };
  const second = { weights: written(build, call, [5, 6, 12]), bias: call.optional(7) };
  return [mixture(build, call, shares, first, second)];
});

export const mixtureOfExpertsRules: RulesOf<"mixtureOfExperts"> = {
  "com.microsoft:MoE": experts,
  "com.microsoft:QMoE": quantisedExperts,
};
