import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";
import { floatTensor } from "../small-constants.ts";
import { toConvolutionInput } from "./convolution.ts";
import { type Geometry, readGeometry } from "./convolution-geometry.ts";

/** Adds a list of elements into zeros of the shape of `x`, each at its position in the flattened value. */
export function scatterFlat(build: GraphBuilder, positions: string, elements: string, x: string): string {
  const flat = build.int64([-1]);
  const length = build.reshape(build.op("Size", [x]), build.int64([1]));
  const wide = build.code(elements) === 11 ? elements : build.castTo(elements, 1);
  const zeros = build.zeros(length, wide);
  const scattered = build.op("ScatterElements", [zeros, build.reshape(positions, flat), build.reshape(wide, flat)], {
    axis: 0,
    reduction: "add",
  });
  return build.cast(build.reshapeLike(scattered, x), x);
}

const maxPool: GradientRule = (call) => {
  if (call.attributes.int("storage_order", 0) !== 0) throw call.refuse("it counts positions by columns (storage_order 1)");
  return [scatterFlat(call.build, call.output(1), call.cotangent, call.input(0))];
};

/** How many elements each window of an average pooling averages, `[1, 1, …]`, worked out by the runtime. */
function windowCounts(call: RuleCall, geometry: Geometry, x: string): string {
  const { build, attributes } = call;
  const { kernel, strides, dilations, before, after } = geometry;
  const spatial = kernel.map((_, axis) => axis + 2);
  const sizes = build.concat([build.int64([1, 1]), ...spatial.map((axis) => build.sizeOf(x, axis))]);
  const one = floatTensor("", [1], [1]);
  let counted = build.op("ConstantOfShape", [sizes], { value: { tensor: one } });
  const ones = new Array<number>(kernel.reduce((a, b) => a * b, 1)).fill(1);
  const window = build.floats(ones, [1, 1, ...kernel], counted);
  const walk = { kernel_shape: kernel, strides, dilations };
  if (before === undefined || after === undefined) {
    const counts = build.op("Conv", [counted, window], { ...walk, auto_pad: attributes.text("auto_pad", "NOTSET") });
    return build.cast(counts, x);
  }
  const withPadding = attributes.int("count_include_pad", 0) !== 0;
  if (withPadding)
    counted = build.op("Pad", [counted, build.int64([0, 0, ...before, 0, 0, ...after]), build.float(1, counted)], {
      mode: "constant",
    });
  // Windows that begin inside may reach over the end where sizes are rounded up.
  const over = attributes.int("ceil_mode", 0) === 0 ? strides.map(() => 0) : strides.map((stride) => stride - 1);
  const near = withPadding ? kernel.map(() => 0) : before;
  const far = over.map((extra, axis) => extra + (withPadding ? 0 : after[axis]!));
  const counts = build.op("Conv", [counted, window], { ...walk, pads: [...near, ...far] });
  // The runtime miscounts the result's windows where it tells shapes ahead; the cotangent has as many as there are.
  const ends = build.concat(spatial.map((axis) => build.sizeOf(call.cotangent, axis)));
  return build.cast(build.op("Slice", [counts, build.int64(kernel.map(() => 0)), ends, build.int64(spatial)]), x);
}

/** Spreads each element over its window, every channel by itself. */
export function spreadOverWindows(build: GraphBuilder, elements: string, geometry: Geometry, x: string): string {
  const { kernel } = geometry;
  const spatial = kernel.map((_, axis) => axis + 2);
  const alone = (name: string): string => {
    const shape = [build.int64([-1, 1]), ...spatial.map((axis) => build.sizeOf(name, axis))];
    const reshaped = build.reshape(name, build.concat(shape));
    const type = build.type(name);
    const sizes = spatial.map((axis) => build.shape(name)?.[axis] ?? null);
    if (type !== undefined) build.declare(reshaped, { element: type.element, shape: [null, 1, ...sizes] });
    return reshaped;
  };
  const window = build.floats(new Array<number>(kernel.reduce((a, b) => a * b, 1)).fill(1), [1, 1, ...kernel], elements);
  const spread = toConvolutionInput(build, alone(elements), window, { ...geometry, group: 1 }, alone(x));
  return build.reshapeLike(spread, x);
}

const averagePool: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const geometry = readGeometry(call, x, undefined);
  const { kernel, before, after } = geometry;
  const padded = before === undefined || after === undefined || [...before, ...after].some((pad) => pad !== 0);
  const uneven = call.attributes.int("ceil_mode", 0) !== 0 || (padded && call.attributes.int("count_include_pad", 0) === 0);
  const share = uneven
    ? build.div(cotangent, windowCounts(call, geometry, x))
    : build.scale(cotangent, 1 / kernel.reduce((a, b) => a * b, 1));
  return [spreadOverWindows(build, share, geometry, x)];
};

function spatialAxes(call: RuleCall, x: string): readonly number[] {
  return [...Array(call.rank(x)).keys()].slice(2);
}

const globalAverage: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const axes = spatialAxes(call, x);
  const sizes = build.op("ReduceProd", [build.concat(axes.map((axis) => build.sizeOf(x, axis)))], { keepdims: 0 });
  return [build.expandLike(build.div(cotangent, build.cast(sizes, x)), x)];
};

const globalMax: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const hits = build.indicator(build.op("Equal", [x, call.output(0)]), x);
  return [build.mul(hits, build.div(cotangent, build.sum(hits, spatialAxes(call, x), true)))];
};

const globalLp: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const p = call.attributes.int("p", 2);
  const y = call.output(0);
  const zero = build.float(0, y);
  const atZero = build.op("Equal", [y, zero]);
  const safe = build.where(atZero, build.float(1, y), y);
  const ratio = build.op("Pow", [build.div(build.op("Abs", [x]), safe), build.float(p - 1, x)]);
  return [build.mul(build.mul(build.op("Sign", [x]), ratio), build.where(atZero, zero, cotangent))];
};

export const poolingRules: RulesOf<"pooling"> = {
  AveragePool: averagePool,
  GlobalAveragePool: globalAverage,
  GlobalLpPool: globalLp,
  GlobalMaxPool: globalMax,
  MaxPool: maxPool,
};
