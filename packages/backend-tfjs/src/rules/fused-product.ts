import { AttributionError } from "@attr/core";
import type { TapeNode } from "../gradient/tape.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import type { KernelCall } from "./kernel-calls.ts";

/** What the tape calls a matrix product that TensorFlow.js runs with its bias, as the cells of recurrent layers have it. */
export const fusedProduct = "fusedMatMul__op";

/**
 * The call of a matrix product that was run with its bias. It has a gradient of its own instead of a registered one, which reads the
 * factors from what was saved: with others there it is the way back of the product of these. Their product itself is the way back's own
 * way back, since both are linear.
 */
export function fusedProductCall(tf: TensorFlow, node: TapeNode): KernelCall {
  const [a, b, , bias] = node.saved;
  const { shape } = node.outputs[0]!;
  const backOf = (given: TfTensor, factors: readonly [TfTensor, TfTensor]): readonly TfTensor[] => {
    // The engine hands this very list to the gradient.
    const saved = node.saved as TfTensor[];
    const before = saved.slice(0, 2);
    saved.splice(0, 2, ...factors);
    try {
      const parts = node.gradient?.([given]);
      if (parts === undefined) throw new AttributionError("a fused product was recorded without its gradient");
      return [parts["0"]!(), parts["1"]!()];
    } finally {
      saved.splice(0, 2, ...before);
    }
  };
  const run: KernelCall["run"] = (operands) => {
    const factors = [operands["0"]!, operands["1"]!] as const;
    const product = tf.grad((given) => tf.sum(tf.mul(factors[0], backOf(given, factors)[0]!)));
    return {
      result: product(tf.zeros(shape)),
      back: (cotangent, operand) => backOf(cotangent, factors)[Number(operand)]!,
    };
  };
  const operands = { 0: a!, 1: b! };
  return {
    operands,
    get result() {
      return run(operands).result;
    },
    attributes: {},
    bias: bias === undefined ? undefined : (tf.broadcastTo(bias, shape) as TfTensor),
    run,
  };
}
