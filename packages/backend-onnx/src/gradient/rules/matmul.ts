import type { FileShape } from "../../graph/value-type.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";

/** A value with its last two axes exchanged. */
export function swapLast(build: GraphBuilder, name: string, rank: number): string {
  const order = [...Array(rank).keys()];
  [order[rank - 2], order[rank - 1]] = [rank - 1, rank - 2];
  return build.transpose(name, order);
}

const matMul: GradientRule = (call) => {
  const [a, b] = [call.input(0), call.input(1)];
  return [
    call.wants(0) ? toLeft(call, a, b, call.cotangent) : undefined,
    call.wants(1) ? toRight(call, a, b, call.cotangent) : undefined,
  ];
};

/** The cotangent with the axes that a vector operand left out put in again. */
function withMatrixAxes(build: GraphBuilder, cotangent: string, rankA: number, rankB: number): string {
  const right = rankB === 1 ? build.unsqueeze(cotangent, [-1]) : cotangent;
  return rankA === 1 ? build.unsqueeze(right, [-2]) : right;
}

export function toLeft(call: RuleCall, a: string, b: string, dy: string): string {
  const { build } = call;
  const [rankA, rankB] = [call.rank(a), call.rank(b)];
  if (rankA === 1 && rankB === 1) return build.mul(dy, b);
  const cotangent = withMatrixAxes(build, dy, rankA, rankB);
  if (rankB === 2 && rankA >= 2) {
    // Gemm reads the weights as they lie, without a transposed copy.
    if (rankA === 2) return build.op("Gemm", [cotangent, b], { transB: 1 });
    const flat = build.reshape(cotangent, build.concat([build.int64([-1]), build.sizeOf(b, 1)]));
    return build.reshapeLike(build.op("Gemm", [flat, b], { transB: 1 }), a);
  }
  const right = rankB === 1 ? build.unsqueeze(b, [0]) : swapLast(build, b, rankB);
  const product = build.op("MatMul", [cotangent, right]);
  if (rankA === 1) return build.reshapeLike(sumLeading(build, product, 2), a);
  declareMatrix(build, product, a);
  return build.sumToShape(product, a);
}

export function toRight(call: RuleCall, a: string, b: string, dy: string): string {
  const { build } = call;
  const [rankA, rankB] = [call.rank(a), call.rank(b)];
  if (rankA === 1 && rankB === 1) return build.mul(dy, a);
  const cotangent = withMatrixAxes(build, dy, rankA, rankB);
  if (rankB <= 2 && rankA > 2) {
    const rows = build.reshape(a, build.concat([build.int64([-1]), build.sizeOf(a, rankA - 1)]));
    const columns = rankB === 1 ? build.int64([1]) : build.sizeOf(b, 1);
    const flat = build.reshape(cotangent, build.concat([build.int64([-1]), columns]));
    return build.reshapeLike(build.op("Gemm", [rows, flat], { transA: 1 }), b);
  }
  const left = rankA === 1 ? build.unsqueeze(a, [1]) : swapLast(build, a, rankA);
  const product = build.op("MatMul", [left, cotangent]);
  if (rankB === 1) return build.reshapeLike(sumLeading(build, product, 2), b);
  declareMatrix(build, product, b);
  return build.sumToShape(product, b);
}

/** The last two axes of a product are those of the operand it is for. */
function declareMatrix(build: GraphBuilder, product: string, like: string): void {
  const shape: FileShape = build.shape(product);
  const wanted: FileShape = build.shape(like);
  const type = build.type(product);
  if (shape === undefined || wanted === undefined || type === undefined) return;
  build.declare(product, { element: type.element, shape: [...shape.slice(0, -2), ...wanted.slice(-2)] });
}

/** Sums all axes but the last `kept`. */
function sumLeading(build: GraphBuilder, name: string, kept: number): string {
  const rank = build.rank(name);
  return rank === undefined ? name : build.sum(name, [...Array(rank - kept).keys()], false);
}

const gemm: GradientRule = (call) => {
  const { build, attributes, cotangent } = call;
  const [a, b, c] = [call.input(0), call.input(1), call.optional(2)];
  const [transA, transB] = [attributes.int("transA", 0), attributes.int("transB", 0)];
  const alpha = { float: attributes.float("alpha", 1) };
  const toA = (): string =>
    transA === 0
      ? build.op("Gemm", [cotangent, b], { alpha, transB: 1 - transB })
      : build.op("Gemm", [b, cotangent], { alpha, transA: transB, transB: 1 });
  const toB = (): string =>
    transB === 0
      ? build.op("Gemm", [a, cotangent], { alpha, transA: 1 - transA })
      : build.op("Gemm", [cotangent, a], { alpha, transA: 1, transB: transA });
  return [
    call.wants(0) ? toA() : undefined,
    call.wants(1) ? toB() : undefined,
    c !== undefined && call.wants(2) ? build.scale(build.sumToShape(cotangent, c), attributes.float("beta", 1)) : undefined,
  ];
};

const einsum: GradientRule = (call) => {
  const { build, cotangent, node } = call;
  const { operands, result } = readEquation(call);
  return node.inputs.map((input, i) => {
    if (!call.wants(i)) return undefined;
    const own = operands[i]!;
    if (new Set(own).size !== own.length) throw call.refuse("its equation takes a diagonal");
    const others = operands.filter((_, other) => other !== i);
    const available = new Set(result + others.join(""));
    const kept = [...own].filter((letter) => available.has(letter)).join("");
    const names = [cotangent, ...node.inputs.filter((_, other) => other !== i)];
    const product = build.op("Einsum", names, { equation: `${[result, ...others].join(",")}->${kept}` });
    if (kept === own) return build.sumToShape(product, input);
    // Letters of this operand alone were summed away: every element along them gets the same.
    const missing = [...own].flatMap((letter, axis) => (available.has(letter) ? [] : [axis]));
    return build.expandLike(build.unsqueeze(product, missing), input);
  });
};

/** The letters of an equation's operands and result, an ellipsis written out in letters of its own. */
function readEquation(call: RuleCall): { readonly operands: readonly string[]; readonly result: string } {
  const equation = call.attributes.text("equation", "").replaceAll(" ", "");
  const [left = "", right] = equation.split("->");
  const used = new Set(equation);
  const free = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"].filter((letter) => !used.has(letter));
  let longest = 0;
  const hidden = left.split(",").map((operand, i) => {
    if (!operand.includes("...")) return 0;
    const count = call.rank(call.input(i)) - (operand.length - 3);
    longest = Math.max(longest, count);
    return count;
  });
  const letters = free.slice(0, longest).join("");
  const operands = left.split(",").map((operand, i) => operand.replace("...", letters.slice(longest - hidden[i]!)));
  if (right !== undefined) return { operands, result: right.replace("...", letters) };
  const all = operands.join("");
  const once = [...new Set(all)].filter((letter) => !letters.includes(letter) && all.split(letter).length === 2);
  return { operands, result: letters + once.toSorted(byCodePoint).join("") };
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : 1; // no two letters are the same
}

export const matmulRules: RulesOf<"matmul"> = { Einsum: einsum, Gemm: gemm, MatMul: matMul };
