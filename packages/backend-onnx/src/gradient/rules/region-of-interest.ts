import type { GraphBuilder } from "../graph-builder.ts";
import type { RuleCall, RulesOf } from "../rule.ts";
import { composed } from "./composed.ts";
import { countTo, rowsOf, weightedRows } from "./picked-elements.ts";

/** The points of all regions along one axis, between two elements each. */
interface Points {
  /** Numbers of the elements, `[regions, bins, points, 2]`. */
  readonly index: string;
  readonly weights: string;
  /** 1 for each that the region has none of, being small; undefined where all have the same points. */
  readonly missing: string | undefined;
  /** Points in a bin of each region, `[regions, 1]`; undefined where it is the same for all. */
  readonly counts: string | undefined;
}

/** Below all that is compared. */
const lowest = -3e38;

/** The points along an axis: `from` and `to` are `[regions, 1]`, in elements. */
function pointsAlong(
  build: GraphBuilder,
  from: string,
  to: string,
  size: string,
  bins: number,
  ratio: number,
  half: boolean,
): Points {
  const like = from;
  const one = build.float(1, like);
  const zero = build.float(0, like);
  const length = half ? build.sub(to, from) : build.op("Max", [build.sub(to, from), one]);
  const bin = build.scale(length, 1 / bins);
  const counts = ratio > 0 ? undefined : build.op("Max", [build.op("Ceil", [bin]), zero]);
  const most = counts === undefined ? build.int64([ratio]) : maximum(build, build.castTo(counts, 7));
  const each = build.reshape(build.cast(countTo(build, most), like), build.int64([1, 1, -1]));
  const all = build.floats([...Array(bins).keys()], [1, bins, 1], like);
  const wide = (name: string): string => build.unsqueeze(name, [2]);
  const share = counts === undefined ? build.float(ratio, like) : wide(build.op("Max", [counts, one]));
  const within = build.div(build.add(each, build.float(0.5, like)), share);
  const points = build.add(wide(from), build.mul(build.add(all, within), wide(bin)));
  const inside = [build.op("GreaterOrEqual", [points, build.float(-1, like)]), build.op("LessOrEqual", [points, size])].reduce(
    (a, b) => build.op("And", [a, b]),
  );
  const over = counts === undefined ? undefined : build.op("GreaterOrEqual", [each, wide(counts)]);
  const last = build.sub(size, one);
  const held = build.op("Min", [build.op("Max", [points, zero]), last]);
  const low = build.op("Floor", [held]);
  const past = build.sub(held, low);
  const apart = (a: string, b: string): string => build.concat([build.unsqueeze(a, [3]), build.unsqueeze(b, [3])], 3);
  const pairs = apart(low, build.op("Min", [build.add(low, one), last]));
  const counted = over === undefined ? inside : build.op("And", [inside, build.op("Not", [over])]);
  const mask = build.indicator(counted, like);
  const missing = over && build.op("Expand", [build.unsqueeze(build.indicator(over, like), [3]), build.op("Shape", [pairs])]);
  // Once more as whole numbers: what is no number has a place as well.
  const whole = build.op("Max", [build.op("Min", [build.castTo(pairs, 7), build.castTo(last, 7)]), build.int64([0], [])]);
  return { index: whole, weights: apart(build.mul(build.sub(one, past), mask), build.mul(past, mask)), missing, counts };
}

function maximum(build: GraphBuilder, counts: string): string {
  return build.op("ReduceMax", [build.concat([build.reshape(counts, build.int64([-1])), build.int64([1])])], { keepdims: 1 });
}

/** Points of the rows with those of the columns: `[regions · bins · bins, points · points · 4]`. */
function cross(build: GraphBuilder, op: "Add" | "Mul", rows: string, columns: string): string {
  const joined = build.op(op, [build.unsqueeze(rows, [2, 4, 6]), build.unsqueeze(columns, [1, 3, 5])]);
  const shape = build.op("Shape", [joined]);
  const product = (from: number, to: number): string => build.op("ReduceProd", [build.slice(shape, from, to)], { keepdims: 1 });
  return build.reshape(joined, build.concat([product(0, 3), product(3, 7)]));
}

/**
 * Regions of interest, written out: every bin is the mean of points in it, or the largest, each between four elements. The regions'
 * corners have a gradient too.
 */
const regionAlign = composed((build, call) => {
  const { attributes } = call;
  const [x, regions, examples] = [call.input(0), call.input(1), call.input(2)];
  const half = attributes.text("coordinate_transformation_mode", "half_pixel") === "half_pixel";
  const bins = [attributes.int("output_height", 1), attributes.int("output_width", 1)];
  const ratio = attributes.int("sampling_ratio", 0);
  const scaled = build.scale(regions, attributes.float("spatial_scale", 1));
  const shifted = half ? build.sub(scaled, build.float(0.5, regions)) : scaled;
  const corner = (at: number): string => build.slice(shifted, at, at + 1, 1);
  const sizes = [build.sizeOf(x, 2), build.sizeOf(x, 3)];
  const along = (axis: number): Points =>
    pointsAlong(build, corner(1 - axis), corner(3 - axis), build.cast(sizes[axis]!, regions), bins[axis]!, ratio, half);
  const [rows, columns] = [along(0), along(1)];
  const start = build.reshape(build.mul(build.castTo(examples, 7), sizes[0]!), build.int64([-1, 1, 1, 1]));
  const index = cross(build, "Add", build.mul(build.add(rows.index, start), sizes[1]!), columns.index);
  const weights = cross(build, "Mul", rows.weights, columns.weights);
  const elements = rowsOf(build, x, 2);
  const pooled =
    attributes.text("mode", "avg") === "avg"
      ? build.mul(weightedRows(build, elements, index, weights), build.cast(shares(build, rows, columns, bins, ratio, call), x))
      : largest(build, elements, index, weights, missingOf(build, rows, columns), x);
  const shape = build.concat([build.int64([-1, ...bins]), build.sizeOf(x, 1)]);
  return [build.transpose(build.reshape(pooled, shape), [0, 3, 1, 2])];
});

/** One over the number of points in a bin, `[regions · bins · bins, 1]` or one number. */
function shares(
  build: GraphBuilder,
  rows: Points,
  columns: Points,
  bins: readonly number[],
  ratio: number,
  call: RuleCall,
): string {
  if (rows.counts === undefined || columns.counts === undefined) return build.float(1 / ratio ** 2, call.input(1));
  const counts = build.op("Max", [build.mul(rows.counts, columns.counts), build.float(1, rows.counts)]);
  const each = build.op("Expand", [build.op("Reciprocal", [counts]), build.int64([1, bins[0]! * bins[1]!])]);
  return build.reshape(each, build.int64([-1, 1]));
}

function missingOf(build: GraphBuilder, rows: Points, columns: Points): string | undefined {
  if (rows.missing === undefined || columns.missing === undefined) return undefined;
  const sum = cross(build, "Add", rows.missing, columns.missing);
  return build.unsqueeze(build.op("Greater", [sum, build.float(0, sum)]), [2]);
}

/** onnxruntime takes the largest of the weighted elements themselves, not of the points between them. */
function largest(
  build: GraphBuilder,
  elements: string,
  index: string,
  weights: string,
  missing: string | undefined,
  x: string,
): string {
  const terms = build.mul(build.op("Gather", [elements, index], { axis: 0 }), build.unsqueeze(build.cast(weights, x), [2]));
  const present = missing === undefined ? terms : build.where(missing, build.float(lowest, terms), terms);
  return build.op("ReduceMax", [present, build.int64([1])], { keepdims: 0 });
}

export const regionOfInterestRules: RulesOf<"regionOfInterest"> = { RoiAlign: regionAlign };
