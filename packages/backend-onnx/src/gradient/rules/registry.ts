import type { NodeProto } from "../../onnx/proto.ts";
import type { DifferentiableOperator } from "../operators.ts";
import { type OperatorRule, operatorKey } from "../rule.ts";
import { activationRules } from "./activation.ts";
import { attentionRules } from "./attention/attention.ts";
import { packedAttentionRules } from "./attention/packed-attention.ts";
import { classicModelRules } from "./classic-models.ts";
import { contribRules } from "./contrib.ts";
import { controlFlowRules } from "./control-flow/control-flow.ts";
import { convolutionRules } from "./convolution.ts";
import { elementwiseRules } from "./elementwise.ts";
import { gridSampleRules } from "./grid-sample.ts";
import { imageBlockRules } from "./image-blocks.ts";
import { indexingRules } from "./indexing.ts";
import { linearAlgebraRules } from "./linear-algebra.ts";
import { lpPoolRules } from "./lp-pool.ts";
import { matmulRules } from "./matmul.ts";
import { mixtureOfExpertsRules } from "./mixture-of-experts.ts";
import { normalisationRules } from "./normalisation.ts";
import { poolingRules } from "./pooling.ts";
import { quantisedRules } from "./quantised/quantised.ts";
import { quantisedOperatorRules } from "./quantised/quantised-operators.ts";
import { recurrentRules } from "./recurrent/recurrent.ts";
import { reductionRules } from "./reduction.ts";
import { regionOfInterestRules } from "./region-of-interest.ts";
import { resizeRules } from "./resize.ts";
import { shapeRules } from "./shape.ts";
import { signalRules } from "./signal.ts";
import { softmaxRules } from "./softmax.ts";

/**
 * The true derivative of every operator that has one here: all those that the table of operators says have, no more and no less. A new one
 * is a word in that table and an entry in the group that the word names.
 */
export const operatorRules: Readonly<Record<DifferentiableOperator, OperatorRule>> = {
  ...activationRules,
  ...attentionRules,
  ...classicModelRules,
  ...contribRules,
  ...controlFlowRules,
  ...convolutionRules,
  ...elementwiseRules,
  ...gridSampleRules,
  ...imageBlockRules,
  ...indexingRules,
  ...linearAlgebraRules,
  ...lpPoolRules,
  ...matmulRules,
  ...mixtureOfExpertsRules,
  ...normalisationRules,
  ...packedAttentionRules,
  ...poolingRules,
  ...quantisedOperatorRules,
  ...quantisedRules,
  ...recurrentRules,
  ...reductionRules,
  ...regionOfInterestRules,
  ...resizeRules,
  ...shapeRules,
  ...signalRules,
  ...softmaxRules,
};

/** The true derivative at a node; undefined where its operator has none here. */
export function derivativeOf(node: NodeProto): OperatorRule | undefined {
  const key = operatorKey(node);
  return Object.hasOwn(operatorRules, key) ? operatorRules[key as DifferentiableOperator] : undefined; // it has it
}
