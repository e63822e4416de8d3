import { sameShape } from "@attr/core";
import { derivativeOf } from "../gradient/backpropagate.ts";
import { operandsOf, type Tape, type TapeNode } from "../gradient/tape.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { fusedProduct } from "./fused-product.ts";
import type { KernelCalls } from "./kernel-calls.ts";
import type { TapeStructure } from "./tape-structure.ts";

/** Kernels with weights, with the names of the two operands of their product. */
export const weightedKernels: Readonly<Record<string, readonly [string, string]>> = {
  BatchMatMul: ["a", "b"],
  Conv2D: ["x", "filter"],
  Conv2DBackpropInput: ["dy", "filter"],
  Conv3D: ["x", "filter"],
  DepthwiseConv2dNative: ["x", "filter"],
  [fusedProduct]: ["0", "1"],
};

/** A bias that a product gets afterwards. */
export interface Bias {
  /** Where the product and the sum are on the tape. */
  readonly product: number;
  readonly sum: number;
  /** In the layout of the product. To be called inside `tf.tidy`. */
  value(): TfTensor;
}

/** What a product passes through on its way to its bias: kernels whose derivative undoes them. */
const layouts: ReadonlySet<string> = new Set(["ExpandDims", "Identity", "Reshape", "Transpose"]);

/**
 * The bias of a linear operation, where a sum adds one. Operations are recorded unfused, a product and then a sum; for the rules of
 * relevance both are one linear operation, as they are one layer.
 */
export function biasAt(tf: TensorFlow, tape: Tape, structure: TapeStructure, calls: KernelCalls, sum: number): Bias | undefined {
  const node = tape.nodes[sum]!;
  const [first, second] = operandsOf(node);
  if (node.kernelName !== "Add" || first === undefined || second === undefined) return undefined;
  const [[, x], [name, constant]] = structure.varies(first[1]) ? [first, second] : [second, first];
  const { shape } = node.outputs[0]!;
  if (structure.varies(constant) || !sameShape(x.shape, shape)) return undefined;
  const way: TapeNode[] = [];
  let at = x;
  for (;;) {
    const from = structure.producer(at);
    if (from === undefined || !structure.isReadOnce(at)) return undefined;
    if (Object.hasOwn(weightedKernels, from.kernelName)) break;
    if (!layouts.has(from.kernelName)) return undefined;
    way.push(from);
    at = operandsOf(from)[0]![1];
  }
  const product = structure.positionOf(at)!;
  const { attributes = {} } = calls.of(tape.nodes[product]!) ?? {};
  const units = attributes["dataFormat"] === "NCHW" ? at.shape[1] : at.shape.at(-1);
  if (constant.size !== units || !constant.shape.every((length) => length === 1 || length === constant.size)) return undefined;
  const bias = calls.of(node)?.operands[name];
  if (constant.rank === 0 || bias === undefined) return undefined;
  const value = (): TfTensor =>
    way.reduce(
      (moved, one) => {
        const [operand] = operandsOf(one)[0]!;
        return derivativeOf(tf, one, undefined, [moved], [operand])[operand]!;
      },
      tf.broadcastTo(bias, [...shape]) as TfTensor,
    );
  return { product, sum, value };
}
