import { UnsupportedOpError } from "@attr/core";
import { activated } from "../repair/activation.ts";
import { einsum } from "../repair/einsum.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import type { GraphNode } from "./graph-model.ts";

type Tensor4D = import("@tensorflow/tfjs-core").Tensor4D;

/**
 * The result of a node of several operations as single ones (the product, the bias, the activation); undefined for every other node. A
 * fused kernel has a gradient of its own that no registry holds, so neither a repair nor a rule would reach it.
 */
export function runUnfused(tf: TensorFlow, node: GraphNode, inputs: readonly TfTensor[]): TfTensor | undefined {
  const [x, weights, ...rest] = inputs;
  switch (node.op) {
    case "Einsum":
      return einsum(tf, attribute<string>(node, "equation") ?? "", inputs);
    case "_FusedMatMul":
      return finish(tf, node, tf.matMul(x!, weights!, attribute(node, "transposeA"), attribute(node, "transposeB")), rest);
    case "_FusedConv2D":
    case "FusedDepthwiseConv2dNative": {
      const [image, filter] = [x as Tensor4D, weights as Tensor4D]; // the operators' definition
      const strides = attribute<number[]>(node, "strides")!;
      const dilations = attribute<number[]>(node, "dilations")!;
      const format = (attribute<string>(node, "dataFormat") ?? "NHWC").toUpperCase() as "NHWC" | "NCHW";
      const [high, wide] = format === "NHWC" ? [1, 2] : [2, 3];
      const operation = node.op === "_FusedConv2D" ? tf.conv2d : tf.depthwiseConv2d;
      const product = operation(image, filter, [strides[high]!, strides[wide]!], padding(node), format, [
        dilations[high]!,
        dilations[wide]!,
      ]);
      return finish(tf, node, product, rest);
    }
    default:
      return undefined;
  }
}

function attribute<T = boolean>(node: GraphNode, name: string): T | undefined {
  return node.attrParams[name]?.value as T | undefined; // what the converter maps by that name
}

type Padding = "valid" | "same" | [[number, number], [number, number], [number, number], [number, number]];

function padding(node: GraphNode): Padding & ("valid" | "same") {
  const pad = attribute<string>(node, "pad");
  if (pad !== "explicit") return (pad ?? "valid") as "valid" | "same"; // the operators' definition
  const explicit = attribute<number[]>(node, "explicitPaddings")!;
  const pairs = [0, 1, 2, 3].map((axis) => [explicit[2 * axis]!, explicit[2 * axis + 1]!]);
  return pairs as unknown as "valid"; // explicit paddings, which both kernels take though the types of one do not say so
}

function finish(tf: TensorFlow, node: GraphNode, product: TfTensor, rest: readonly TfTensor[]): TfTensor {
  const [first, second] = attribute<string[]>(node, "fusedOps") ?? [];
  let [next, result] = [0, product];
  if (first === "biasadd") result = tf.add(result, rest[next++]!);
  const name = first === "biasadd" ? second : (first ?? second);
  try {
    return activated(tf, name, result, rest[next], attribute<number>(node, "leakyreluAlpha"));
  } catch (cause) {
    throw new UnsupportedOpError(`node "${node.name}" (${node.op}) fuses "${name}", which is no activation we know`, { cause });
  }
}
