import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";

/** Gradient of (x − mean) · inverse, where both are taken over `axes`; without a mean, of x · inverse with the root mean square. */
function throughNormalising(
  build: GraphBuilder,
  dy: string,
  normalised: string,
  inverse: string,
  axes: readonly number[],
  centred: boolean,
): string {
  const along = build.mul(normalised, build.mean(build.mul(dy, normalised), axes));
  const rest = centred ? build.sub(build.sub(dy, build.mean(dy, axes)), along) : build.sub(dy, along);
  return build.mul(rest, inverse);
}

/** 1 / √(mean square + epsilon). */
function inverseDeviation(build: GraphBuilder, centred: string, axes: readonly number[], epsilon: number): string {
  const variance = build.mean(build.mul(centred, centred), axes);
  return build.op("Reciprocal", [build.op("Sqrt", [build.add(variance, build.float(epsilon, centred))])]);
}

const layerNormalisation: GradientRule = (call) => {
  const { build, cotangent } = call;
  const [x, scale, bias] = [call.input(0), call.input(1), call.optional(2)];
  const rank = call.rank(x);
  const axis = call.axis("axis", -1, rank);
  const axes = [...Array(rank).keys()].slice(axis);
  const mean = build.cast(call.output(1), x);
  const inverse = build.cast(call.output(2), x);
  const normalised = build.mul(build.sub(x, mean), inverse);
  return [
    throughNormalising(build, build.mul(cotangent, scale), normalised, inverse, axes, true),
    call.wants(1) ? build.sumToShape(build.mul(cotangent, normalised), scale) : undefined,
    bias !== undefined && call.wants(2) ? build.sumToShape(cotangent, bias) : undefined,
  ];
};

/** Shared by the operators that scale by the root mean square. */
export const rootMeanSquareNormalisation: GradientRule = (call) => {
  const { build, cotangent } = call;
  const [x, scale] = [call.input(0), call.input(1)];
  const rank = call.rank(x);
  const axis = call.axis("axis", -1, rank);
  const axes = [...Array(rank).keys()].slice(axis);
  const inverse = inverseDeviation(build, x, axes, call.attributes.float("epsilon", 1e-5));
  const normalised = build.mul(x, inverse);
  return [
    throughNormalising(build, build.mul(cotangent, scale), normalised, inverse, axes, false),
    call.wants(1) ? build.sumToShape(build.mul(cotangent, normalised), scale) : undefined,
  ];
};

/** A list with one number a channel, ready to be multiplied with a value of `rank` axes. */
function perChannel(build: GraphBuilder, name: string, rank: number): string {
  return build.unsqueeze(
    name,
    [...Array(Math.max(0, rank - 2)).keys()].map((axis) => axis + 1),
  );
}

function allButChannels(rank: number): readonly number[] {
  return [...Array(rank).keys()].filter((axis) => axis !== 1);
}

const batchNormalisation: GradientRule = (call) => {
  const { build, cotangent } = call;
  if (call.attributes.int("training_mode", 0) !== 0) throw call.refuse("it normalises by the batch (training mode)");
  const [x, scale, bias, mean, variance] = [call.input(0), call.input(1), call.input(2), call.input(3), call.input(4)];
  const rank = call.rank(x);
  const epsilon = build.float(call.attributes.float("epsilon", 1e-5), variance);
  const inverse = build.op("Reciprocal", [build.op("Sqrt", [build.add(variance, epsilon)])]);
  const factor = build.mul(build.cast(scale, x), build.cast(inverse, x));
  const others = allButChannels(rank);
  const normalised = (): string =>
    build.mul(build.sub(x, perChannel(build, build.cast(mean, x), rank)), perChannel(build, build.cast(inverse, x), rank));
  const toScale = (): string => build.sum(build.mul(cotangent, normalised()), others, false);
  const total = (): string => build.sum(cotangent, others, false);
  return [
    build.mul(cotangent, perChannel(build, factor, rank)),
    call.wants(1) ? build.cast(toScale(), scale) : undefined,
    call.wants(2) ? build.cast(total(), bias) : undefined,
    call.wants(3) ? build.cast(build.neg(build.mul(total(), factor)), mean) : undefined,
    call.wants(4)
      ? build.cast(build.mul(build.scale(toScale(), -0.5), build.mul(factor, build.cast(inverse, x))), variance)
      : undefined,
  ];
};

const instanceNormalisation: GradientRule = (call) => {
  const { build, cotangent } = call;
  const [x, scale] = [call.input(0), call.input(1)];
  const rank = call.rank(x);
  const axes = [...Array(rank).keys()].slice(2);
  const centred = build.sub(x, build.mean(x, axes));
  const inverse = inverseDeviation(build, centred, axes, call.attributes.float("epsilon", 1e-5));
  const normalised = build.mul(centred, inverse);
  const others = allButChannels(rank);
  return [
    throughNormalising(build, build.mul(cotangent, perChannel(build, scale, rank)), normalised, inverse, axes, true),
    call.wants(1) ? build.sum(build.mul(cotangent, normalised), others, false) : undefined,
    call.wants(2) ? build.sum(cotangent, others, false) : undefined,
  ];
};

const groupNormalisation: GradientRule = (call) => {
  const { build, cotangent } = call;
  const [x, scale, bias] = [call.input(0), call.input(1), call.input(2)];
  const rank = call.rank(x);
  const groups = call.attributes.int("num_groups", 1);
  // Up to operator set 20 there is one scale a group, from 21 on one a channel.
  const perGroup = build.size(scale, 0) === groups && build.size(x, 1) !== groups;
  const split = build.int64([0, groups, -1]);
  const grouped = (name: string): string => build.reshape(name, split);
  const x3 = grouped(x);
  const centred = build.sub(x3, build.mean(x3, [2]));
  const inverse = inverseDeviation(build, centred, [2], call.attributes.float("epsilon", 1e-5));
  const normalised = build.mul(centred, inverse);
  const scaled = perGroup
    ? build.mul(grouped(cotangent), build.unsqueeze(scale, [1]))
    : grouped(build.mul(cotangent, perChannel(build, scale, rank)));
  const gradient = build.reshapeLike(throughNormalising(build, scaled, normalised, inverse, [2], true), x);
  const product = (): string => build.mul(grouped(cotangent), normalised);
  const toScale = (): string =>
    perGroup ? build.sum(product(), [0, 2], false) : build.sum(build.reshapeLike(product(), x), allButChannels(rank), false);
  const toBias = (): string =>
    perGroup ? build.sum(grouped(cotangent), [0, 2], false) : build.sum(cotangent, allButChannels(rank), false);
  return [gradient, call.wants(1) ? toScale() : undefined, call.wants(2) ? build.reshapeLike(toBias(), bias) : undefined];
};

const meanVariance: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const axes = call.attributes.ints("axes") ?? [0, 2, 3];
  const centred = build.sub(x, build.mean(x, axes));
  const inverse = inverseDeviation(build, centred, axes, 1e-9);
  return [throughNormalising(build, cotangent, build.mul(centred, inverse), inverse, axes, true)];
};

const lpNormalisation: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const y = call.output(0);
  const axis = [call.attributes.int("axis", -1)];
  const p = call.attributes.int("p", 2);
  const norm = build.op(p === 1 ? "ReduceL1" : "ReduceL2", [x, build.int64(axis)], { keepdims: 1 });
  const direction = p === 1 ? build.op("Sign", [x]) : y;
  const along = build.mul(direction, build.sum(build.mul(cotangent, y), axis, true));
  const zero = build.float(0, x);
  const atZero = build.op("Equal", [norm, zero]);
  const safe = build.where(atZero, build.float(1, x), norm);
  return [build.where(atZero, zero, build.div(build.sub(cotangent, along), safe))];
};

const localResponse: GradientRule = (call: RuleCall) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const y = call.output(0);
  const size = call.attributes.int("size", 1);
  const [alpha, beta] = [call.attributes.float("alpha", 1e-4), call.attributes.float("beta", 0.75)];
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  // The sum over neighbouring channels: average pooling over an axis of its own.
  const over = (name: string, near: number, far: number): string => {
    const apart = build.reshape(
      name,
      build.concat([build.sizeOf(x, 0), build.int64([1]), build.sizeOf(x, 1), build.int64([-1])]),
    );
    const pooled = build.op("AveragePool", [apart], { kernel_shape: [size, 1], pads: [near, 0, far, 0], count_include_pad: 1 });
    return build.reshapeLike(build.scale(pooled, size), x);
  };
  const squares = over(build.mul(x, x), before, after);
  const base = build.add(build.scale(squares, alpha / size), build.float(call.attributes.float("bias", 1), x));
  const direct = build.mul(cotangent, build.op("Pow", [base, build.float(-beta, x)]));
  const others = over(build.div(build.mul(cotangent, y), base), after, before);
  return [build.sub(direct, build.mul(build.scale(x, (2 * alpha * beta) / size), others))];
};

export const normalisationRules: RulesOf<"normalisation"> = {
  BatchNormalization: batchNormalisation,
  GroupNormalization: groupNormalisation,
  InstanceNormalization: instanceNormalisation,
  LRN: localResponse,
  LayerNormalization: layerNormalisation,
  LpNormalization: lpNormalisation,
  MeanVarianceNormalization: meanVariance,
  RMSNormalization: rootMeanSquareNormalisation,
};
