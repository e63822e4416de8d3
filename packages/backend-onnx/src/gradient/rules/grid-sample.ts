import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";
import { composed } from "./composed.ts";
import { countTo, rowsOf, weightedRows } from "./picked-elements.ts";

/** The elements along one axis that a point is interpolated from, `[points, taps]` each. */
interface Taps {
  /** Whole numbers as floats; outside the axis as well. */
  readonly positions: string;
  readonly weights: string;
}

type Interpolation = "nearest" | "linear" | "cubic";

/** The sharpness of the cubic convolution that the operator is defined with. */
const sharpness = -0.75;

/** The taps of points `[points, 1]`, given in elements. */
function tapsAt(build: GraphBuilder, point: string, mode: Interpolation): Taps {
  if (mode === "nearest") {
    const positions = build.op("Round", [point]);
    return { positions, weights: build.expandLike(build.float(1, point), point) };
  }
  const low = build.op("Floor", [point]);
  const past = build.sub(point, low);
  const one = build.float(1, point);
  if (mode === "linear") {
    return { positions: build.concat([low, build.add(low, one)], 1), weights: build.concat([build.sub(one, past), past], 1) };
  }
  const left = build.sub(one, past);
  const near = (distance: string): string => {
    const inner = build.sub(build.scale(distance, sharpness + 2), build.float(sharpness + 3, point));
    return build.add(build.mul(inner, build.mul(distance, distance)), one);
  };
  const far = (distance: string): string => {
    const first = build.sub(build.scale(distance, sharpness), build.float(5 * sharpness, point));
    const second = build.add(build.mul(first, distance), build.float(8 * sharpness, point));
    return build.sub(build.mul(second, distance), build.float(4 * sharpness, point));
  };
  const offsets = build.floats([-1, 0, 1, 2], [1, 4], point);
  const weights = [far(build.add(past, one)), near(past), near(left), far(build.add(left, one))];
  return { positions: build.add(low, offsets), weights: build.concat(weights, 1) };
}

/** A position outside an axis of `size` elements, mirrored at its ends until it is inside. */
function reflect(build: GraphBuilder, position: string, size: string, aligned: boolean): string {
  const one = build.float(1, position);
  // A mirror at the outermost elements, or half an element beyond them.
  const first = build.float(aligned ? 0 : -0.5, position);
  const range = build.op("Max", [aligned ? build.sub(size, one) : size, build.float(0.5, position)]);
  const distance = build.op("Abs", [build.sub(position, first)]);
  const within = build.op("Mod", [distance, build.scale(range, 2)], { fmod: 1 });
  return build.add(first, build.sub(range, build.op("Abs", [build.sub(within, range)])));
}

function interpolationOf(call: RuleCall): Interpolation {
  const mode = call.attributes.text("mode", "linear");
  switch (mode) {
    case "nearest":
      return "nearest";
    case "linear":
    case "bilinear":
      return "linear";
    case "cubic":
    case "bicubic":
      return "cubic";
    default:
      throw call.refuse(`it interpolates by "${mode}"`);
  }
}

/**
 * Sampling at the points of a grid, written out: each point is a weighted sum of a few elements along each axis. Weights depend on the
 * grid, so that both operands have a gradient; with the nearest element the one of the grid is 0.
 */
const gridSample = composed((build, call) => {
  const [x, grid] = [call.input(0), call.input(1)];
  const axes = call.rank(x) - 2;
  const mode = interpolationOf(call);
  const padding = call.attributes.text("padding_mode", "zeros");
  const aligned = call.attributes.int("align_corners", 0) !== 0;
  const one = build.float(1, grid);
  const points = build.reshape(grid, build.int64([-1, axes]));
  const zero = build.int64([0]);

  let weights: string | undefined;
  let index: string | undefined; // of the element within its example
  for (let axis = 0; axis < axes; axis++) {
    const length = build.sizeOf(x, axis + 2);
    const size = build.cast(length, grid);
    // The last number of a point belongs to the first axis.
    const place = axes - 1 - axis;
    const relative = build.add(build.slice(points, place, place + 1, 1), one);
    const point = aligned
      ? build.mul(build.scale(relative, 0.5), build.sub(size, one))
      : build.scale(build.sub(build.mul(relative, size), one), 0.5);
    const taps = tapsAt(build, point, mode);
    const positions = padding === "reflection" ? reflect(build, taps.positions, size, aligned) : taps.positions;
    const last = build.sub(length, build.int64([1]));
    const inside = build.op("Min", [build.op("Max", [positions, build.float(0, grid)]), build.cast(last, grid)]);
    // Once more as whole numbers: a point that is no number has a place as well.
    const whole = build.op("Min", [build.op("Max", [build.castTo(inside, 7), zero]), last]);
    const own = padding === "zeros" ? build.mul(taps.weights, insideOf(build, positions, size)) : taps.weights;
    const flat = build.int64([0, -1]);
    weights = weights === undefined ? own : build.reshape(outer(build, "Mul", weights, own), flat);
    index = index === undefined ? whole : build.reshape(outer(build, "Add", build.mul(index, length), whole), flat);
  }
  const channels = build.sizeOf(x, 1);
  const elements = rowsOf(build, x, axes);
  const examples = build.sizeOf(x, 0);
  const perExample = build.op("Div", [build.op("Shape", [elements], { start: 0, end: 1 }), examples]);
  const start = build.reshape(build.mul(countTo(build, examples), perExample), build.int64([-1, 1, 1]));
  const shapeOfIndex = build.op("Shape", [index!]);
  const taps = build.concat([examples, build.int64([-1]), build.slice(shapeOfIndex, 1, 2)]);
  const all = build.reshape(build.add(build.reshape(index!, taps), start), shapeOfIndex);
  const mixed = weightedRows(build, elements, all, weights!);
  const shape = build.concat([build.slice(build.op("Shape", [grid]), 0, -1), channels]);
  const back = [0, axes + 1, ...[...Array(axes).keys()].map((axis) => axis + 1)];
  return [build.transpose(build.reshape(mixed, shape), back)];
});

/** Each of `a` `[points, m]` with each of `b` `[points, n]`: `[points, m, n]`. */
function outer(build: GraphBuilder, op: "Add" | "Mul", a: string, b: string): string {
  return build.op(op, [build.unsqueeze(a, [2]), build.unsqueeze(b, [1])]);
}

/** 1 where a position lies on an axis of so many elements, else 0. */
function insideOf(build: GraphBuilder, positions: string, size: string): string {
  const from = build.op("GreaterOrEqual", [positions, build.float(0, positions)]);
  return build.indicator(build.op("And", [from, build.op("Less", [positions, size])]), positions);
}

/** The grid is the matrices times the points of the plain grid, which the operator itself makes from the identity. */
const affineGrid: GradientRule = (call) => {
  const { build } = call;
  const [matrices, size] = [call.input(0), call.input(1)];
  const axes = call.rank(call.output(0)) - 2;
  const rows = Array.from({ length: axes }, (_, row) => Array.from({ length: axes + 1 }, (__, i) => (i === row ? 1 : 0)));
  const identity = build.floats(rows.flat(), [1, axes, axes + 1], matrices);
  const alone = build.concat([build.int64([1]), build.slice(size, 1, axes + 2)]);
  const plain = build.op("AffineGrid", [identity, alone], { align_corners: call.attributes.int("align_corners", 0) });
  const points = build.reshape(plain, build.int64([-1, axes]));
  const ones = build.expandLike(build.float(1, points), build.slice(points, 0, 1, 1));
  const extended = build.concat([points, ones], 1);
  const cotangent = build.reshape(call.cotangent, build.int64([0, -1, axes]));
  return [build.op("MatMul", [build.op("Transpose", [cotangent], { perm: [0, 2, 1] }), extended])];
};

export const gridSampleRules: RulesOf<"gridSample"> = {
  AffineGrid: affineGrid,
  GridSample: gridSample,
  "com.microsoft:GridSample": gridSample,
};
