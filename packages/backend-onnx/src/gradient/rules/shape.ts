import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";
import { scatterAlong } from "./scatter-along.ts";

const reshape: GradientRule = (call) => [call.build.reshapeLike(call.cotangent, call.input(0))];

const transpose: GradientRule = (call) => {
  const { build, cotangent } = call;
  const order = call.attributes.ints("perm");
  if (order === undefined) return [build.op("Transpose", [cotangent])];
  const back = new Array<number>(order.length);
  order.forEach((axis, i) => {
    back[axis] = i;
  });
  return [build.transpose(cotangent, back)];
};

const concat: GradientRule = (call) => {
  const { build, cotangent, node } = call;
  if (node.inputs.length === 1) return [cotangent];
  const axis = call.attributes.int("axis", 0);
  const sizes = build.concat(node.inputs.map((input) => build.sizeOf(input, axis)));
  return build.ops("Split", [cotangent, sizes], node.inputs.length, { axis });
};

const split: GradientRule = (call) => {
  const { build, node, cotangents } = call;
  const parts = node.outputs.map((output, i) => cotangents[i] ?? build.zerosLike(output));
  return [build.concat(parts, call.attributes.int("axis", 0))];
};

/** Sums over the copies: the result's axes come apart into (repeats, size) pairs. */
const tile: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const repeats = call.input(1);
  const rank = call.rank(x);
  const pairs = Array.from({ length: rank }, (_, axis) => [build.slice(repeats, axis, axis + 1), build.sizeOf(x, axis)]).flat();
  if (rank === 0) return [cotangent];
  const apart = build.reshape(cotangent, build.concat(pairs));
  return [
    build.reshapeLike(
      build.sum(
        apart,
        [...Array(rank).keys()].map((axis) => 2 * axis),
        false,
      ),
      x,
    ),
  ];
};

/** Room for `padding` at run time is taken off again, or given back where it is negative. */
const pad: GradientRule = (call) => {
  const { build, cotangent } = call;
  const x = call.input(0);
  const pads = call.input(1);
  const axes = call.optional(3);
  const mode = call.attributes.text("mode", "constant");
  if (mode === "constant") {
    const back = build.op("Pad", [cotangent, build.neg(allPads(call, x, pads, axes))], { mode });
    const value = call.optional(2);
    const toValue = (): string => {
      const all = build.op("ReduceSum", [cotangent], { keepdims: 0 });
      return build.reshapeLike(build.sub(all, build.op("ReduceSum", [back], { keepdims: 0 })), value!);
    };
    return [back, undefined, value !== undefined && call.wants(2) ? toValue() : undefined];
  }
  const rank = call.rank(x);
  const listed = axes === undefined ? [...Array(rank).keys()] : build.numbers(axes);
  if (listed === undefined) throw call.refuse("the axes it pads are only known at run time");
  const known = build.numbers(pads);
  let result = cotangent;
  [...listed.entries()].reverse().forEach(([i, at]) => {
    if (known?.[i] === 0 && known[i + listed.length] === 0) return;
    const axis = at < 0 ? at + rank : at;
    const size = build.sizeOf(x, axis);
    const positions = build.op("Range", [build.int64([0], []), build.squeeze(size, [0]), build.int64([1], [])]);
    const both = build.concat([build.slice(pads, i, i + 1), build.slice(pads, i + listed.length, i + listed.length + 1)]);
    result = scatterAlong(build, result, build.op("Pad", [positions, both], { mode }), axis, size, rank);
  });
  return [result];
};

/** The padding of all axes: see where slices are padded back for why they are all listed. */
function allPads(call: RuleCall, x: string, pads: string, axes: string | undefined): string {
  if (axes === undefined) return pads;
  const { build } = call;
  const rank = call.rank(x);
  const listed = build.numbers(axes)?.map((axis) => (axis < 0 ? axis + rank : axis));
  if (listed === undefined) throw call.refuse("the axes it pads are only known at run time");
  const places = build.int64([...listed, ...listed.map((axis) => axis + rank)]);
  const zeros = build.int64(new Array<number>(2 * rank).fill(0));
  return build.op("ScatterElements", [zeros, places, pads], { axis: 0 });
}

const depthToSpace: GradientRule = (call) => {
  const { build, cotangent } = call;
  const blocksize = call.attributes.int("blocksize", 1);
  if (call.attributes.text("mode", "DCR") === "DCR") return [build.op("SpaceToDepth", [cotangent], { blocksize })];
  const x = call.input(0);
  const block = build.int64([blocksize]);
  const [height, width] = [build.sizeOf(x, 2), build.sizeOf(x, 3)];
  const apart = build.reshape(cotangent, build.concat([build.int64([0, 0]), height, block, width, block]));
  return [build.reshapeLike(build.transpose(apart, [0, 1, 3, 5, 2, 4]), x)];
};

const expand: GradientRule = (call) => [call.build.sumToShape(call.cotangent, call.input(0))];

const reverseSequence: GradientRule = (call) => [
  call.build.op("ReverseSequence", [call.cotangent, call.input(1)], {
    batch_axis: call.attributes.int("batch_axis", 1),
    time_axis: call.attributes.int("time_axis", 0),
  }),
];

const cumulativeSum: GradientRule = (call: RuleCall) => [
  call.build.op("CumSum", [call.cotangent, call.input(1)], {
    exclusive: call.attributes.int("exclusive", 0),
    reverse: 1 - call.attributes.int("reverse", 0),
  }),
];

const trilu: GradientRule = (call) => [
  call.build.op("Trilu", [call.cotangent, call.optional(1)], { upper: call.attributes.int("upper", 1) }),
];

/** Operators that move elements without computing: what they moved is moved back, what they repeated is summed. */
export const shapeRules: RulesOf<"shape"> = {
  Concat: concat,
  CumSum: cumulativeSum,
  DepthToSpace: depthToSpace,
  Expand: expand,
  Flatten: reshape,
  Pad: pad,
  Reshape: reshape,
  ReverseSequence: reverseSequence,
  SpaceToDepth: (call) => [call.build.op("DepthToSpace", [call.cotangent], { blocksize: call.attributes.int("blocksize", 1) })],
  Split: { outputs: Number.POSITIVE_INFINITY, rule: split },
  Squeeze: reshape,
  Tile: tile,
  Transpose: transpose,
  Trilu: trilu,
  "com.microsoft:ExpandDims": (call) => [call.build.reshapeLike(call.cotangent, call.input(0))],
  "com.microsoft:Trilu": trilu,
  Unsqueeze: reshape,
};
