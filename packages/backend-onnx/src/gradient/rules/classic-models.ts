import type { GraphBuilder } from "../graph-builder.ts";
import type { RuleCall, RulesOf } from "../rule.ts";
import { composed } from "./composed.ts";

/** A list of numbers that the node states, in the element type that the rules calculate in. */
function stated(build: GraphBuilder, call: RuleCall, name: string, like: string): string | undefined {
  const values = call.attributes.floats(name);
  return values === undefined || values.length === 0 ? undefined : build.floats(values, [values.length], like);
}

/** Integers are taken as floats. */
function asFloats(build: GraphBuilder, name: string): string {
  return build.code(name) === 11 ? name : build.castTo(name, 1);
}

const scaler = composed((build, call) => {
  const x = asFloats(build, call.input(0));
  const [offset, scale] = [stated(build, call, "offset", x), stated(build, call, "scale", x)];
  const centred = offset === undefined ? x : build.sub(x, offset);
  return [scale === undefined ? centred : build.mul(centred, scale)];
});

/** Sums of all features by the weights of each target or class, `[examples, targets]`. */
function linear(build: GraphBuilder, call: RuleCall, targets: number): string {
  const x = asFloats(build, call.input(0));
  const weights = call.attributes.floats("coefficients") ?? [];
  const matrix = build.op("Transpose", [build.floats(weights, [targets, weights.length / targets], x)], { perm: [1, 0] });
  const sums = build.op("MatMul", [x, matrix]);
  const intercepts = stated(build, call, "intercepts", x);
  return intercepts === undefined ? sums : build.add(sums, intercepts);
}

function transformed(build: GraphBuilder, call: RuleCall, scores: string): string {
  const kind = call.attributes.text("post_transform", "NONE");
  switch (kind) {
    case "NONE":
      return scores;
    case "LOGISTIC":
      return build.op("Sigmoid", [scores]);
    case "SOFTMAX":
      return build.op("Softmax", [scores], { axis: -1 });
    default:
      throw call.refuse(`it transforms scores by "${kind}"`);
  }
}

const regressor = composed((build, call) => [transformed(build, call, linear(build, call, call.attributes.int("targets", 1)))]);

/** The first result is the class, which is a step; the second are the scores. */
const classifier = composed((build, call) => {
  const { attributes } = call;
  const classes = (attributes.ints("classlabels_ints") ?? attributes.texts("classlabels_strings") ?? []).length;
  const rows = attributes.floats("intercepts")?.length ?? classes;
  if (classes < 2 || rows !== classes) throw call.refuse("it does not have one row of weights for each class");
  return [undefined, transformed(build, call, linear(build, call, rows))];
}, 2);

const normalizer = composed((build, call) => {
  const x = asFloats(build, call.input(0));
  const kind = call.attributes.text("norm", "MAX");
  const axes = build.int64([-1]);
  if (kind === "MAX") return [build.div(x, build.op("ReduceMax", [x, axes], { keepdims: 1 }))];
  const norm = build.op(kind === "L1" ? "ReduceL1" : "ReduceL2", [x, axes], { keepdims: 1 });
  const none = build.op("Equal", [norm, build.float(0, x)]);
  return [build.div(x, build.where(none, build.float(1, x), norm))];
});

/** Numbers that stand for a missing one are replaced: they have no part in what comes of them. */
const imputer = composed((build, call) => {
  const x = asFloats(build, call.input(0));
  const filled = stated(build, call, "imputed_value_floats", x);
  if (filled === undefined) throw call.refuse("what it puts in the place of missing numbers is no float");
  const missing = call.attributes.float("replaced_value_float", 0);
  const places = Number.isNaN(missing) ? build.op("IsNaN", [x]) : build.op("Equal", [x, build.float(missing, x)]);
  return [build.where(places, filled, x)];
});

const features = composed((build, call) => [
  build.concat(
    call.node.inputs.map((input) => asFloats(build, input)),
    1,
  ),
]);

const extractor = composed((build, call) => {
  const columns = build.reshape(build.castTo(call.input(1), 7), build.int64([-1]));
  return [build.op("Gather", [call.input(0), columns], { axis: -1 })];
});

/** Operators of the set `ai.onnx.ml` that are functions of their numbers: what pipelines of scikit-learn contain beside networks. */
export const classicModelRules: RulesOf<"classicModels"> = {
  "ai.onnx.ml:ArrayFeatureExtractor": extractor,
  "ai.onnx.ml:FeatureVectorizer": features,
  "ai.onnx.ml:Imputer": imputer,
  "ai.onnx.ml:LinearClassifier": classifier,
  "ai.onnx.ml:LinearRegressor": regressor,
  "ai.onnx.ml:Normalizer": normalizer,
  "ai.onnx.ml:Scaler": scaler,
};
