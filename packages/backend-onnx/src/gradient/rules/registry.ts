import type { OperatorRules } from "../rule.ts";
import { activationRules } from "./activation.ts";
import { attentionRules } from "./attention.ts";
import { contribRules } from "./contrib.ts";
import { controlFlowRules } from "./control-flow.ts";
import { convolutionRules } from "./convolution.ts";
import { elementwiseRules } from "./elementwise.ts";
import { indexingRules } from "./indexing.ts";
import { matmulRules } from "./matmul.ts";
import { normalisationRules } from "./normalisation.ts";
import { poolingRules } from "./pooling.ts";
import { quantisedRules } from "./quantised.ts";
import { recurrentRules } from "./recurrent.ts";
import { reductionRules } from "./reduction.ts";
import { resizeRules } from "./resize.ts";
import { shapeRules } from "./shape.ts";
import { softmaxRules } from "./softmax.ts";

/** The true derivative of every operator that has one here. A new operator is an entry in one of these groups. */
export const operatorRules: OperatorRules = {
  ...activationRules,
  ...attentionRules,
  ...contribRules,
  ...controlFlowRules,
  ...convolutionRules,
  ...elementwiseRules,
  ...indexingRules,
  ...matmulRules,
  ...normalisationRules,
  ...poolingRules,
  ...quantisedRules,
  ...recurrentRules,
  ...reductionRules,
  ...resizeRules,
  ...shapeRules,
  ...softmaxRules,
};

/** Operators whose result does not change with a small change of what they take (or is no number): the gradient ends there. */
export const flatOperators: ReadonlySet<string> = new Set([
  "And",
  "ArgMax",
  "ArgMin",
  "Bernoulli",
  "BitShift",
  "BitwiseAnd",
  "BitwiseNot",
  "BitwiseOr",
  "BitwiseXor",
  "Ceil",
  "Constant",
  "ConstantOfShape",
  "Equal",
  "EyeLike",
  "Floor",
  "Greater",
  "GreaterOrEqual",
  "Hardmax",
  "IsInf",
  "IsNaN",
  "Less",
  "LessOrEqual",
  "Multinomial",
  "NonMaxSuppression",
  "NonZero",
  "Not",
  "OneHot",
  "Or",
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
  "Range",
  "Round",
  "Shape",
  "Sign",
  "Size",
  "Unique",
  "Xor",
]);
