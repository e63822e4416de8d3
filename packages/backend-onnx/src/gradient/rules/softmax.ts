import type { GradientRule, RulesOf } from "../rule.ts";

const softmax: GradientRule = (call) => {
  const { build, cotangent } = call;
  const y = call.output(0);
  const product = build.mul(cotangent, y);
  return [build.sub(product, build.mul(y, build.sum(product, [call.attributes.int("axis", -1)], true)))];
};

const logSoftmax: GradientRule = (call) => {
  const { build, cotangent } = call;
  const total = build.sum(cotangent, [call.attributes.int("axis", -1)], true);
  return [build.sub(cotangent, build.mul(build.op("Exp", [call.output(0)]), total))];
};

export const softmaxRules: RulesOf<"softmax"> = { LogSoftmax: logSoftmax, Softmax: softmax };
