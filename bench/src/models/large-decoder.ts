import { type Random, seededRandom } from "@attr/core";
import { NetworkWriter } from "./network-writer.ts";

/** Numbers of one block: weights are made of it at different places, since to draw 124 million takes longer than to use them. */
const blockSize = 65537;

/** A decoder of GPT-2's sizes (12 layers of width 768, 50257 tokens; 124 million weights) from token embeddings to logits. */
export function largeDecoder(seed: number): Uint8Array {
  const [layers, width, heads, vocabulary] = [12, 768, 12, 50257];
  const net = new NetworkWriter(seed);
  const random: Random = seededRandom(seed);
  const block = Float32Array.from({ length: blockSize }, () => random.normal());
  let place = 0;
  const linear = (from: string, inputs: number, outputs: number): string => {
    const weights = new Float32Array(inputs * outputs);
    const scale = 1 / Math.sqrt(inputs);
    for (let i = 0; i < weights.length; i++) weights[i] = block[(i + place) % blockSize]! * scale;
    place += 1009;
    const product = net.op("MatMul", [from, net.constant([inputs, outputs], weights)]);
    return net.op("Add", [product, net.constant([outputs], new Float32Array(outputs))]);
  };
  const one = net.constant([width], new Float32Array(width).fill(1));
  const zero = net.constant([width], new Float32Array(width));
  const normalise = (from: string): string => net.op("LayerNormalization", [from, one, zero], { axis: { int: -1 } });
  const [root, half, unit] = [net.constant([], [Math.SQRT1_2]), net.constant([], [0.5]), net.constant([], [1])];
  const scale = net.constant([], [1 / Math.sqrt(width / heads)]);
  const apart = net.constant([4], [0, 0, heads, width / heads], "int64");
  const together = net.constant([3], [0, 0, width], "int64");
  let x = "embeddings";
  for (let layer = 0; layer < layers; layer++) {
    const read = normalise(x);
    const part = (perm: readonly number[]): string =>
      net.op("Transpose", [net.op("Reshape", [linear(read, width, width), apart])], { perm });
    const [query, key, value] = [part([0, 2, 1, 3]), part([0, 2, 3, 1]), part([0, 2, 1, 3])];
    const scores = net.op("Mul", [net.op("MatMul", [query, key]), scale]);
    const mixed = net.op("MatMul", [net.op("Softmax", [scores], { axis: { int: -1 } }), value]);
    const rows = net.op("Reshape", [net.op("Transpose", [mixed], { perm: [0, 2, 1, 3] }), together]);
    x = net.op("Add", [x, linear(rows, width, width)]);
    const hidden = linear(normalise(x), width, 4 * width);
    const gate = net.op("Add", [net.op("Erf", [net.op("Mul", [hidden, root])]), unit]);
    x = net.op("Add", [x, linear(net.op("Mul", [net.op("Mul", [hidden, half]), gate]), 4 * width, width)]);
  }
  return net.file({ embeddings: ["float32", ["n", "length", width]] }, linear(normalise(x), width, vocabulary), [
    "n",
    "length",
    vocabulary,
  ]);
}
