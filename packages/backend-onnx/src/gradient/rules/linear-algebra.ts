import type { GradientRule, RulesOf } from "../rule.ts";
import { swapLast } from "./matmul.ts";

/**
 * The derivative of a determinant by an element is its cofactor: the determinant of the matrix with the element's row replaced by a row of
 * the identity. That holds for singular matrices as well.
 */
const determinant: GradientRule = (call) => {
  const { build } = call;
  const x = call.input(0);
  const rank = call.rank(x);
  const size = build.sizeOf(x, rank - 1);
  const identity = build.op("EyeLike", [build.zeros(build.concat([size, size]), x)], { dtype: build.code(x) });
  // [row replaced, column kept, row, column]
  const chosen = build.unsqueeze(identity, [1, 3]);
  const placed = build.unsqueeze(identity, [0, 2]);
  const others = build.unsqueeze(x, [rank - 2, rank - 1]);
  const replaced = build.add(build.mul(others, build.sub(build.float(1, x), chosen)), build.mul(chosen, placed));
  const cofactors = build.op("Det", [replaced]);
  build.declare(cofactors, build.type(x));
  return [build.mul(cofactors, build.unsqueeze(call.cotangent, [rank - 2, rank - 1]))];
};

const inverse: GradientRule = (call) => {
  const { build } = call;
  const y = call.output(0);
  const turned = swapLast(build, y, call.rank(call.input(0)));
  return [build.neg(build.op("MatMul", [build.op("MatMul", [turned, call.cotangent]), turned]))];
};

export const linearAlgebraRules: RulesOf<"linearAlgebra"> = { Det: determinant, "com.microsoft:Inverse": inverse };
