import { type PropagationRules, toOperands } from "../gradient/backpropagate.ts";
import type { TensorFlow } from "../runtime/tensor-flow.ts";

/**
 * Rectifiers that pass back positive cotangents only. Guided backpropagation also keeps the true mask; deconvolution does not.
 *
 * Springenberg et al., "Striving for simplicity: the all convolutional net", 2014; Zeiler and Fergus, "Visualizing and understanding
 * convolutional networks", 2013.
 */
export function rectifierRules(tf: TensorFlow, kind: "guided" | "deconvolution"): PropagationRules {
  return {
    ruleOf: ({ node, cotangents, derivative }) => {
      if (node.kernelName !== "Relu") return undefined;
      const positive = tf.relu(cotangents[0]!); // its only result
      return toOperands(node, kind === "deconvolution" ? { x: positive } : derivative([positive]));
    },
  };
}
