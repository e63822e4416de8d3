import type { GradientRule, RulesOf } from "../rule.ts";

/** Elements of a block: the convolution that cuts blocks out has their square. */
const largestBlock = 2048;

/** Blocks added up to an image: the cotangent's blocks are cut out of it, by a convolution that picks one element each. */
const columnsToImage: GradientRule = (call) => {
  const { build, attributes } = call;
  const block = build.numbers(call.input(2));
  if (block === undefined) throw call.refuse("the shape of its blocks is only known at run time");
  const elements = block.reduce((product, size) => product * size, 1);
  if (!(elements >= 1 && elements <= largestBlock)) throw call.refuse(`its blocks are of the shape [${block.join(", ")}]`);
  const diagonal = Array.from({ length: elements * elements }, (_, i) => (i % (elements + 1) === 0 ? 1 : 0));
  const picks = build.floats(diagonal, [elements, 1, ...block], call.cotangent);
  const spatial = block.map((_, axis) => build.sizeOf(call.cotangent, axis + 2));
  const alone = build.reshape(call.cotangent, build.concat([build.int64([-1, 1]), ...spatial]));
  const cut = build.op("Conv", [alone, picks], {
    kernel_shape: block,
    strides: attributes.ints("strides"),
    dilations: attributes.ints("dilations"),
    pads: attributes.ints("pads"),
  });
  return [build.reshapeLike(cut, call.input(0))];
};

/** What was cut off has no cotangent, what was added is cut off: the operator itself, back to the shape it came from. */
const centreCropPad: GradientRule = (call) => {
  const { build } = call;
  const x = call.input(0);
  const rank = call.rank(x);
  const axes = call.attributes.ints("axes")?.map((axis) => (axis < 0 ? axis + rank : axis));
  const sizes = axes === undefined ? build.shapeOf(x) : build.concat(axes.map((axis) => build.sizeOf(x, axis)));
  return [build.op("CenterCropPad", [call.cotangent, sizes], { axes })];
};

/** Elements that were set into zeros at given places of the flattened result. */
const unpool: GradientRule = (call) => {
  const { build } = call;
  const flat = build.reshape(call.cotangent, build.int64([-1]));
  return [build.op("Gather", [flat, call.input(1)], { axis: 0 })];
};

export const imageBlockRules: RulesOf<"imageBlocks"> = {
  CenterCropPad: centreCropPad,
  Col2Im: columnsToImage,
  MaxUnpool: unpool,
};
