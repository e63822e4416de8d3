import type { Settings } from "../attributes.ts";
import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";
import { floatTensor } from "../small-constants.ts";
import { swapLast } from "./matmul.ts";

/**
 * Resizing mixes the elements along one axis after another, each by a matrix: the resized identity. The cotangent is multiplied by these
 * matrices the other way round.
 */
const resize: GradientRule = (call) => {
  const { build } = call;
  const x = call.input(0);
  const y = call.output(0);
  const rank = call.rank(x);
  const axes = call.attributes.ints("axes")?.map((axis) => (axis < 0 ? axis + rank : axis)) ?? [...Array(rank).keys()];
  const settings = interpolation(call);
  const scales = call.optional(2);
  const factors = build.numbers(scales);
  let result = call.cotangent;
  axes.forEach((axis, i) => {
    const same = build.shape(x)?.[axis];
    if (
      factors !== undefined && factors.length > 0
        ? factors[i] === 1
        : same !== null && same !== undefined && same === build.shape(y)?.[axis]
    )
      return;
    const [from, to] = [build.sizeOf(x, axis), build.sizeOf(y, axis)];
    const one = build.int64([1]);
    const square = build.op("ConstantOfShape", [build.concat([from, from])], { value: { tensor: floatTensor("", [1], [0]) } });
    const identity = build.reshape(build.op("EyeLike", [square], { dtype: 1 }), build.concat([one, from, one, from]));
    const usesScales = scales !== undefined && factors?.length !== 0 && call.optional(3) === undefined;
    const resized = usesScales
      ? build.op(
          "Resize",
          [identity, undefined, build.concat([build.floats([1, 1, 1], [3], identity), build.slice(scales, i, i + 1)])],
          settings,
        )
      : build.op("Resize", [identity, undefined, undefined, build.concat([one, from, one, to])], settings);
    const matrix = build.cast(build.op("Transpose", [build.reshape(resized, build.concat([from, to]))], { perm: [1, 0] }), x);
    result = alongAxis(call, result, matrix, axis, rank);
  });
  return [result];
};

/** Multiplies an axis of a value by a matrix `[axis, new axis]`. */
function alongAxis(call: RuleCall, name: string, matrix: string, axis: number, rank: number): string {
  const { build } = call;
  if (axis === rank - 1) return build.op("MatMul", [name, matrix]);
  if (axis === rank - 2) return build.op("MatMul", [swapLast(build, matrix, 2), name]);
  const order = [...Array(rank).keys()];
  [order[axis], order[rank - 1]] = [rank - 1, axis];
  return build.transpose(build.op("MatMul", [build.transpose(name, order), matrix]), order);
}

function interpolation(call: RuleCall): Settings {
  const { attributes } = call;
  const transformation = attributes.text("coordinate_transformation_mode", "half_pixel");
  if (transformation === "tf_crop_and_resize") throw call.refuse("it crops before it resizes");
  if (attributes.text("keep_aspect_ratio_policy", "stretch") !== "stretch") throw call.refuse("it keeps the aspect ratio");
  return {
    coordinate_transformation_mode: transformation,
    mode: attributes.text("mode", "nearest"),
    nearest_mode: attributes.text("nearest_mode", "round_prefer_floor"),
    cubic_coeff_a: { float: attributes.float("cubic_coeff_a", -0.75) },
    exclude_outside: attributes.int("exclude_outside", 0),
    antialias: attributes.int("antialias", 0),
  };
}

export const resizeRules: RulesOf<"resize"> = { Resize: resize };
