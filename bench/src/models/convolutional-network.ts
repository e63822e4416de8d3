import { type NodeProto, type TensorProto, writeModel } from "@attr/backend-onnx";
import { type Random, seededRandom } from "@attr/core";
import { constant, node, onnxModel } from "../../../packages/backend-onnx/src/onnx-builder.fixture.ts";

/** Channels of each 3×3 convolution; each halves the picture. */
const channels = [32, 64, 128, 256, 512];

/**
 * A convolutional classifier with random weights, as ONNX bytes: `image` `[n, 3, 224, 224]` to `logits` `[n, 10]`. About 240
 * million multiplications a picture, four fifths of a MobileNetV2.
 */
export function convolutionalNetwork(seed: number): Uint8Array {
  const random = seededRandom(seed);
  const nodes: NodeProto[] = [];
  const constants: Record<string, TensorProto> = {};
  let from = "image";
  let depth = 3;
  for (const [index, width] of channels.entries()) {
    const layer = `convolution${index}`;
    const [weight, bias, relu] = [`${layer}.weight`, `${layer}.bias`, `relu${index}`];
    constants[weight] = constant([width, depth, 3, 3], normals(random, width * depth * 9, Math.sqrt(2 / (depth * 9))));
    constants[bias] = constant([width], normals(random, width, 0.1));
    const settings = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] };
    nodes.push(node("Conv", [from, weight, bias], [layer], settings), node("Relu", [layer], [relu]));
    from = relu;
    depth = width;
  }
  constants["classes.weight"] = constant([depth, 10], normals(random, depth * 10, Math.sqrt(1 / depth)));
  constants["classes.bias"] = constant([10], normals(random, 10, 0.1));
  nodes.push(
    node("GlobalAveragePool", [from], ["pooled"]),
    node("Flatten", ["pooled"], ["flat"], { axis: { int: 1 } }),
    node("Gemm", ["flat", "classes.weight", "classes.bias"], ["logits"]),
  );
  return writeModel(
    onnxModel({
      inputs: { image: ["float32", ["n", 3, 224, 224]] },
      outputs: { logits: ["float32", ["n", 10]] },
      constants,
      nodes,
    }),
  );
}

function normals(random: Random, count: number, deviation: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = random.normal() * deviation;
  return values;
}
