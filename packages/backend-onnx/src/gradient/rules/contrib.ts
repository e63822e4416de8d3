import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RulesOf } from "../rule.ts";
import { geluSlope, sigmoidGateSlope, tanhGeluSlope } from "./activation.ts";
import { composed } from "./composed.ts";
import { pointwise } from "./elementwise.ts";
import { rootMeanSquareNormalisation } from "./normalisation.ts";

/** Activations with a bias added before. */
const biased =
  (slope: (build: GraphBuilder, x: string) => string): GradientRule =>
  (call) => {
    const { build } = call;
    const bias = call.optional(1);
    const x = bias === undefined ? call.input(0) : build.add(call.input(0), bias);
    const part = build.mul(call.cotangent, slope(build, x));
    return [part, bias !== undefined && call.wants(1) ? build.sumToShape(part, bias) : undefined];
  };

/** Sums, then normalises; the sum is the fourth result. */
const skipNormalisation = (rootMeanSquare: boolean): ReturnType<typeof composed> =>
  composed((build, call) => {
    const [x, skip, scale] = [call.input(0), call.input(1), call.input(2)];
    const beta = rootMeanSquare ? undefined : call.optional(3);
    const bias = call.optional(rootMeanSquare ? 3 : 4);
    const plain = build.add(x, skip);
    const total = bias === undefined ? plain : build.add(plain, bias);
    const epsilon = call.attributes.float("epsilon", 1e-12);
    if (!rootMeanSquare) {
      const normal = build.op("LayerNormalization", [total, scale, beta], { axis: -1, epsilon: { float: epsilon } });
      return [normal, undefined, undefined, total];
    }
    const square = build.mean(build.mul(total, total), [-1]);
    const root = build.op("Sqrt", [build.add(square, build.float(epsilon, total))]);
    return [build.mul(build.div(total, root), scale), undefined, undefined, total];
  }, 4);

/** A product of operands that are turned first: in their last two axes, or with the first axis brought before the last. */
const fusedMatMul = composed((build, call) => {
  const { attributes } = call;
  const operands = ["A", "B"].map((which, i) => {
    const name = call.input(i);
    const last = attributes.int(`trans${which}`, 0) !== 0;
    const first = attributes.int(`transBatch${which}`, 0) !== 0;
    if (!last && !first) return name;
    const axes = [...Array(call.rank(name)).keys()];
    const order = first ? [...axes.slice(1, -1), 0, axes.at(-1)!] : axes;
    return build.transpose(name, last ? [...order.slice(0, -2), order.at(-1)!, order.at(-2)!] : order);
  });
  return [build.scale(build.op("MatMul", operands), attributes.float("alpha", 1))];
});

/** Operators that onnxruntime fuses others into (domain com.microsoft). */
export const contribRules: RulesOf<"contrib"> = {
  "com.microsoft:BiasGelu": biased(geluSlope),
  "com.microsoft:FastGelu": biased(tanhGeluSlope),
  "com.microsoft:FusedMatMul": fusedMatMul,
  "com.microsoft:Gelu": pointwise((build, dy, x) => build.mul(dy, geluSlope(build, x))),
  "com.microsoft:QuickGelu": pointwise((build, dy, x, _, call) =>
    build.mul(dy, sigmoidGateSlope(build, x, call.attributes.float("alpha", 1.702))),
  ),
  "com.microsoft:SkipLayerNormalization": skipNormalisation(false),
  "com.microsoft:SkipSimplifiedLayerNormalization": skipNormalisation(true),
  "com.microsoft:TransposeMatMul": fusedMatMul,
  SimplifiedLayerNormalization: rootMeanSquareNormalisation,
};
