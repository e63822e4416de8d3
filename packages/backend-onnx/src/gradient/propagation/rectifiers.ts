import type { NodeProto } from "../../onnx/proto.ts";
import type { OperatorRule } from "../rule.ts";
import { operatorRules } from "../rules/registry.ts";

/**
 * Rectifiers that pass back positive cotangents only. Guided backpropagation also keeps the true mask; deconvolution does not.
 *
 * Springenberg et al., "Striving for simplicity: the all convolutional net", 2014; Zeiler and Fergus, "Visualizing and understanding
 * convolutional networks", 2013.
 */
export function rectifierRule(node: NodeProto, kind: "guided" | "deconvolution"): OperatorRule | undefined {
  if (node.domain !== "" || node.opType !== "Relu") return undefined;
  const plain = operatorRules.Relu;
  if (typeof plain !== "function") return undefined;
  return (call) => {
    const positive = call.build.op("Relu", [call.cotangent]);
    return kind === "deconvolution" ? [positive] : plain(call.with({ cotangents: [positive] }));
  };
}
