import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";
import { type Geometry, readGeometry, span } from "./convolution-geometry.ts";

/**
 * The gradient of a convolution by its input `x`: each element of the cotangent spread over the window it was computed from. At stride 1
 * that is a convolution with the kernel turned round, which runtimes compute faster than a transposed one.
 */
export function toConvolutionInput(build: GraphBuilder, dy: string, weights: string, geometry: Geometry, x: string): string {
  const { kernel, strides, dilations, before, after, group } = geometry;
  const spatial = kernel.map((_, axis) => axis + 2);
  const settings = { group, strides, dilations, kernel_shape: kernel };
  if (before !== undefined && after !== undefined) {
    const rest = kernel.map((_, axis) => span(geometry, axis) - 1);
    const near = rest.map((reach, axis) => reach - before[axis]!);
    const far = rest.map((reach, axis) => reach - after[axis]!);
    const turned = strides.every((stride) => stride === 1) && [...near, ...far].every((pad) => pad >= 0);
    const exchanged = turned ? exchangeChannels(build, weights, group, spatial) : undefined;
    if (exchanged !== undefined) {
      const flipped = kernel.every((size) => size === 1) ? exchanged : flip(build, exchanged, spatial);
      return build.op("Conv", [dy, flipped], { ...settings, pads: [...near, ...far] });
    }
    const missing = spatial.map((at, axis) => {
      const [size, outputs] = [build.size(x, at), build.size(dy, at)];
      if (size === undefined || outputs === undefined) return undefined;
      return size + before[axis]! + after[axis]! - ((outputs - 1) * strides[axis]! + span(geometry, axis));
    });
    const fits = missing.every((pad, axis) => pad !== undefined && pad >= 0 && pad < Math.max(strides[axis]!, dilations[axis]!));
    if (fits)
      return build.op("ConvTranspose", [dy, weights], {
        ...settings,
        pads: [...before, ...after],
        output_padding: missing as readonly number[], // `fits` looked at every one
      });
  }
  // Spread with room to spare at the end, then cut to the input's size.
  const room = strides.map((stride) => stride - 1);
  const spread = build.op("ConvTranspose", [dy, weights], { ...settings, output_padding: room });
  const sizes = spatialSizes(build, x, spatial);
  const start = before === undefined ? automaticStart(build, geometry, x, dy, spatial) : build.int64(before);
  const cropped = build.op("Slice", [spread, start, build.add(start, sizes), build.int64(spatial)]);
  return cropped;
}

function spatialSizes(build: GraphBuilder, name: string, spatial: readonly number[]): string {
  return build.concat(spatial.map((axis) => build.sizeOf(name, axis)));
}

/** Padding before the input as `auto_pad` chooses it, at run time. */
function automaticStart(build: GraphBuilder, geometry: Geometry, x: string, dy: string, spatial: readonly number[]): string {
  const { strides, oddLast } = geometry;
  const one = build.int64([1]);
  const outputs = spatialSizes(build, dy, spatial);
  const spans = build.int64(strides.map((_, axis) => span(geometry, axis)));
  const reach = build.add(build.mul(build.sub(outputs, one), build.int64(strides)), spans);
  const total = build.op("Max", [build.sub(reach, spatialSizes(build, x, spatial)), build.int64([0])]);
  return build.div(oddLast ? total : build.add(total, one), build.int64([2]));
}

/** Weights `[M, C/group, …]` as `[C, M/group, …]`; undefined where their sizes are unknown and the groups need them. */
function exchangeChannels(build: GraphBuilder, weights: string, group: number, spatial: readonly number[]): string | undefined {
  if (group === 1) return build.transpose(weights, [1, 0, ...spatial]);
  const sizes = build.sizes(weights);
  if (sizes === undefined) return undefined;
  const [outputs = 0, inputs = 0, ...kernel] = sizes;
  if (inputs === 1 && outputs === group) return weights;
  const apart = build.reshape(weights, build.int64([group, outputs / group, inputs, ...kernel]));
  const exchanged = build.transpose(apart, [0, 2, 1, ...spatial.map((axis) => axis + 1)]);
  return build.reshape(exchanged, build.int64([inputs * group, outputs / group, ...kernel]));
}

function flip(build: GraphBuilder, name: string, axes: readonly number[]): string {
  const all = (value: number): string => build.int64(axes.map(() => value));
  return build.op("Slice", [name, all(-1), all(-(2 ** 31 - 1)), build.int64(axes), all(-1)]);
}

/** The gradient of a convolution by its weights `[M, C/group, …]`: the input convolved with the cotangent, examples as channels. */
function toConvolutionWeights(call: RuleCall, x: string, dy: string, geometry: Geometry, weights: string): string {
  const { build } = call;
  const { kernel, strides, dilations, before, after, group } = geometry;
  if (before === undefined || after === undefined) throw call.refuse("its padding is only known at run time");
  const spatial = kernel.map((_, axis) => axis + 2);
  const examples = build.sizeOf(x, 0);
  const grouped = (name: string): string =>
    build.reshape(name, build.concat([examples, build.int64([group, -1]), spatialSizes(build, name, spatial)]));
  const wide = spatial.map((axis) => axis + 1);
  // [N, group, C/group, …] → [C/group, group · N, …] and [N, group, M/group, …] → [group · M/group, N, …].
  const perChannel = build.transpose(grouped(x), [2, 1, 0, ...wide]);
  const channels = build.sizeOf(weights, 1);
  const input = build.reshape(perChannel, build.concat([channels, build.int64([-1]), spatialSizes(build, x, spatial)]));
  const perFilter = build.transpose(grouped(dy), [1, 2, 0, ...wide]);
  const filters = build.reshape(perFilter, build.concat([build.sizeOf(weights, 0), examples, spatialSizes(build, dy, spatial)]));
  const product = build.op("Conv", [input, filters], {
    group,
    strides: dilations,
    dilations: strides,
    pads: [...before, ...after],
  });
  const cut = build.op("Slice", [product, build.int64(kernel.map(() => 0)), build.int64(kernel), build.int64(spatial)]);
  return build.transpose(cut, [1, 0, ...spatial]);
}

const convolution: GradientRule = (call) => {
  const { build, cotangent } = call;
  const [x, weights, bias] = [call.input(0), call.input(1), call.optional(2)];
  const geometry = readGeometry(call, x, weights);
  const filters = build.size(weights, 0);
  if (filters !== undefined && filters % geometry.group !== 0)
    throw call.refuse(`its ${filters} filters make no ${geometry.group} groups`);
  const axes = [0, ...geometry.kernel.map((_, axis) => axis + 2)];
  return [
    call.wants(0) ? toConvolutionInput(build, cotangent, weights, geometry, x) : undefined,
    call.wants(1) ? toConvolutionWeights(call, x, cotangent, geometry, weights) : undefined,
    bias !== undefined && call.wants(2) ? build.sum(cotangent, axes, false) : undefined,
  ];
};

const transposedConvolution: GradientRule = (call) => {
  const { build, cotangent } = call;
  const [x, weights, bias] = [call.input(0), call.input(1), call.optional(2)];
  const geometry = transposedGeometry(call, x, weights);
  const { kernel, strides, dilations, before, after, group } = geometry;
  const spatial = kernel.map((_, axis) => axis + 2);
  const settings = { group, strides, dilations, kernel_shape: kernel, pads: [...before, ...after] };
  const toInput = (): string => {
    const product = build.op("Conv", [cotangent, weights], settings);
    const zeros = build.int64(kernel.map(() => 0));
    // Padding of the output beyond a stride adds positions that no input made.
    return build.op("Slice", [product, zeros, spatialSizes(build, x, spatial), build.int64(spatial)]);
  };
  return [
    call.wants(0) ? toInput() : undefined,
    call.wants(1) ? toConvolutionWeights(call, cotangent, x, geometry, weights) : undefined,
    bias !== undefined && call.wants(2) ? build.sum(cotangent, [0, ...spatial], false) : undefined,
  ];
};

/** A transposed convolution's geometry, the padding worked out where the node states the output's size instead. */
function transposedGeometry(
  call: RuleCall,
  x: string,
  weights: string,
): Geometry & { readonly before: readonly number[]; readonly after: readonly number[] } {
  const { build, attributes } = call;
  const kernel = attributes.ints("kernel_shape") ?? build.sizes(weights)?.slice(2);
  if (kernel === undefined) throw call.refuse("the size of its kernel is unknown");
  const ones = kernel.map(() => 1);
  const zeros = kernel.map(() => 0);
  const strides = attributes.ints("strides") ?? ones;
  const dilations = attributes.ints("dilations") ?? ones;
  const automatic = attributes.text("auto_pad", "NOTSET");
  const shared = { kernel, strides, dilations, group: attributes.int("group", 1), oddLast: automatic === "SAME_UPPER" };
  const wanted = attributes.ints("output_shape")?.slice(-kernel.length);
  if (wanted === undefined && !automatic.startsWith("SAME")) {
    const pads = automatic === "VALID" ? [...zeros, ...zeros] : (attributes.ints("pads") ?? [...zeros, ...zeros]);
    return { ...shared, before: pads.slice(0, kernel.length), after: pads.slice(kernel.length) };
  }
  const extra = attributes.ints("output_padding") ?? zeros;
  const totals = kernel.map((size, axis) => {
    const inputs = build.size(x, axis + 2);
    if (inputs === undefined) throw call.refuse("its padding depends on sizes that are only known at run time");
    const stride = strides[axis]!;
    const outputs = wanted?.[axis] ?? inputs * stride;
    return Math.max(0, stride * (inputs - 1) + extra[axis]! + (size - 1) * dilations[axis]! + 1 - outputs);
  });
  const before = totals.map((total) => (shared.oddLast ? Math.floor(total / 2) : total - Math.floor(total / 2)));
  return { ...shared, before, after: totals.map((total, axis) => total - before[axis]!) };
}

export const convolutionRules: RulesOf<"convolution"> = { Conv: convolution, ConvTranspose: transposedConvolution };
