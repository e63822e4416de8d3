import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";
import { composed } from "./composed.ts";
import { countTo } from "./picked-elements.ts";
import { scatterAlong } from "./scatter-along.ts";

/** Slices taken one after the other are put back one axis at a time. */
const slice: GradientRule = (call) => {
  const { build } = call;
  const x = call.input(0);
  const rank = call.rank(x);
  const [starts, ends, steps] = [call.input(1), call.input(2), call.optional(4)];
  const axesInput = call.optional(3);
  const count = build.numbers(starts)?.length ?? build.size(starts, 0) ?? build.numbers(ends)?.length ?? build.size(ends, 0);
  const axes = axesInput === undefined ? (count === undefined ? undefined : [...Array(count).keys()]) : build.numbers(axesInput);
  if (axes === undefined) throw call.refuse("the axes it slices are only known at run time");
  const plain = steps === undefined || build.numbers(steps)?.every((step) => step === 1);
  const byAxis = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  if (plain) return [padSlices(call, x, starts, byAxis, rank)];
  let result = call.cotangent;
  byAxis.forEach((axis, i) => {
    const size = build.sizeOf(x, axis);
    const positions = build.op("Range", [build.int64([0], []), build.squeeze(size, [0]), build.int64([1], [])]);
    const pick = (list: string): string => build.slice(list, i, i + 1);
    const step = steps === undefined ? undefined : pick(steps);
    const taken = build.op("Slice", [positions, pick(starts), pick(ends), build.int64([0]), step]);
    result = scatterAlong(build, result, taken, axis, size, rank);
  });
  return [result];
};

/**
 * Slices of step 1: zeros before and after. All axes are listed: onnxruntime takes a shorter list for a whole one where it moves a
 * transposition across the padding.
 */
function padSlices(call: RuleCall, x: string, starts: string, axes: readonly number[], rank: number): string {
  const { build, cotangent } = call;
  const zero = build.int64([0]);
  const before = new Array<string>(rank).fill(zero);
  const after = new Array<string>(rank).fill(zero);
  const startNumbers = build.numbers(starts);
  axes.forEach((axis, i) => {
    const size = build.sizeOf(x, axis);
    if (startNumbers?.[i] !== 0) {
      const one = build.castTo(build.slice(starts, i, i + 1), 7);
      const counted = build.where(build.op("Less", [one, zero]), build.add(one, size), one);
      before[axis] = build.op("Min", [build.op("Max", [counted, zero]), size]);
    }
    after[axis] = build.sub(build.sub(size, before[axis]!), build.sizeOf(cotangent, axis));
  });
  return build.op("Pad", [cotangent, build.concat([...before, ...after])], { mode: "constant" });
}

const gather: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const indices = call.input(1);
  const rank = call.rank(x);
  const axis = call.axis("axis", 0, rank);
  const size = build.sizeOf(x, axis);
  const flat = build.reshape(build.castTo(indices, 7), build.int64([-1]));
  const indexRank = build.rank(indices);
  let slices = cotangent;
  if (indexRank !== 1) {
    const shape = build.shapeOf(x);
    const parts = [
      ...(axis > 0 ? [build.slice(shape, 0, axis)] : []),
      build.op("Shape", [flat]),
      ...(axis < rank - 1 ? [build.slice(shape, axis + 1, rank)] : []),
    ];
    slices = build.reshape(cotangent, build.concat(parts));
  }
  return [scatterAlong(build, slices, flat, axis, size, rank)];
};

const gatherND: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const indices = call.input(1);
  const batchAxes = call.attributes.int("batch_dims", 0);
  if (batchAxes === 0) return [build.cast(build.scatterND(build.shapeOf(x), indices, cotangent), x)];
  // The batch axes become indices themselves.
  const shape = build.op("Shape", [indices]);
  const rank = call.rank(indices);
  const lead = build.slice(shape, 0, rank - 1);
  const columns = Array.from({ length: batchAxes }, (_, axis) => {
    const length = build.squeeze(build.slice(shape, axis, axis + 1), [0]);
    const range = build.op("Range", [build.int64([0], []), length, build.int64([1], [])]);
    const column = build.op("Reshape", [range, build.int64(Array.from({ length: rank - 1 }, (_, i) => (i === axis ? -1 : 1)))]);
    return build.unsqueeze(build.op("Expand", [column, lead]), [rank - 1]);
  });
  const whole = build.op("Concat", [...columns, indices], { axis: -1 });
  return [build.cast(build.scatterND(build.shapeOf(x), whole, cotangent), x)];
};

/** Where elements were replaced, the cotangent goes to the updates; added ones get it too. */
const scatterElements: GradientRule = (call) => {
  const { build, cotangent } = call;
  const [indices, updates] = [call.input(1), call.input(2)];
  const axis = call.attributes.int("axis", 0);
  const reduction = call.attributes.text("reduction", "none");
  if (reduction !== "none" && reduction !== "add") throw call.refuse(`it combines elements by "${reduction}"`);
  const toUpdates = call.wants(2) ? build.op("GatherElements", [cotangent, indices], { axis }) : undefined;
  const kept =
    reduction === "add" ? cotangent : build.op("ScatterElements", [cotangent, indices, build.zerosLike(updates)], { axis });
  return [kept, undefined, toUpdates];
};

const scatterND: GradientRule = (call) => {
  const { build, cotangent } = call;
  const [indices, updates] = [call.input(1), call.input(2)];
  const reduction = call.attributes.text("reduction", "none");
  if (reduction !== "none" && reduction !== "add") throw call.refuse(`it combines elements by "${reduction}"`);
  const toUpdates = call.wants(2) ? build.op("GatherND", [cotangent, indices]) : undefined;
  const kept = reduction === "add" ? cotangent : build.op("ScatterND", [cotangent, indices, build.zerosLike(updates)]);
  return [kept, undefined, toUpdates];
};

const compress: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const kept = build.reshape(build.op("NonZero", [call.input(1)]), build.int64([-1]));
  if (!call.attributes.has("axis")) {
    const length = build.reshape(build.op("Size", [x]), build.int64([1]));
    return [build.reshapeLike(build.scatterND(length, build.unsqueeze(kept, [1]), cotangent), x)];
  }
  const rank = call.rank(x);
  const axis = call.axis("axis", 0, rank);
  return [scatterAlong(build, cotangent, kept, axis, build.sizeOf(x, axis), rank)];
};

/** Each different element (or slice) comes from the first that is equal to it. */
const unique: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const first = call.output(1);
  if (!call.attributes.has("axis")) {
    const length = build.reshape(build.op("Size", [x]), build.int64([1]));
    return [build.reshapeLike(build.scatterND(length, build.unsqueeze(first, [1]), cotangent), x)];
  }
  const rank = call.rank(x);
  const axis = call.axis("axis", 0, rank);
  return [scatterAlong(build, cotangent, first, axis, build.sizeOf(x, axis), rank)];
};

/** Operators that pick elements: the cotangents go back to where the elements came from, added up where one was picked often. */
/** New keys or values in the place of the old ones of a cache: from an example's own position on, round its end where it is circular. */
const tensorScatter = composed((build, call) => {
  const [cache, update] = [call.input(0), call.input(1)];
  const rank = call.rank(cache);
  const axis = call.axis("axis", -2, rank);
  const along = (at: number): string => build.int64(Array.from({ length: rank }, (_, i) => (i === at ? -1 : 1)));
  const steps = build.reshape(countTo(build, build.sizeOf(update, axis)), along(axis));
  const first = call.optional(2);
  const straight = first === undefined ? steps : build.add(build.reshape(first, along(0)), steps);
  const isCircular = call.attributes.text("mode", "linear") === "circular";
  const places = isCircular ? build.op("Mod", [straight, build.sizeOf(cache, axis)]) : straight;
  const indices = build.op("Expand", [places, build.op("Shape", [update])]);
  return [build.op("ScatterElements", [cache, indices, update], { axis })];
});

export const indexingRules: RulesOf<"indexing"> = {
  Compress: compress,
  Gather: gather,
  GatherElements: (call) => [
    call.build.scatterElements(call.input(0), call.input(1), call.cotangent, call.attributes.int("axis", 0)),
  ],
  GatherND: gatherND,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  TensorScatter: tensorScatter,
  Slice: slice,
  TopK: (call) => [call.build.scatterElements(call.input(0), call.output(1), call.cotangent, call.attributes.int("axis", -1))],
  Unique: unique,
};
