import { NetworkWriter } from "./network-writer.ts";

/** A network to differentiate: its file, the input and its sizes without the batch, and an explained number of `logits`. */
export interface GradientNetwork {
  readonly file: Uint8Array;
  readonly input: string;
  readonly sizes: readonly number[];
  readonly outputSizes: readonly number[];
  readonly index: readonly number[];
  /** Its weights and biases in the order of its layers. */
  readonly parameters: readonly Float32Array[];
}

const picture = { input: "image", sizes: [3, 224, 224], outputSizes: [1000], index: [7] } as const;
const pictures = { image: ["float32", ["n", 3, 224, 224]] } as const;

/** ResNet-18 (He et al., 2015), batch normalisation folded: 11.7 million weights. */
export function residualNetwork(seed: number): GradientNetwork {
  const net = new NetworkWriter(seed);
  let x = net.op("Relu", [net.convolution("image", [3, 64], { kernel: 7, stride: 2 })]);
  x = net.op("MaxPool", [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  let depth = 64;
  for (const width of [64, 128, 256, 512])
    for (const block of [0, 1]) {
      const stride = block === 0 && width > 64 ? 2 : 1;
      const inner = net.op("Relu", [net.convolution(x, [depth, width], { stride })]);
      const residue = net.convolution(inner, [width, width]);
      const skip = depth === width ? x : net.convolution(x, [depth, width], { kernel: 1, stride });
      x = net.op("Relu", [net.op("Add", [residue, skip])]);
      depth = width;
    }
  return { ...picture, file: classify(net, x, depth), parameters: net.parameters };
}

/** MobileNetV2 (Sandler et al., 2018), batch normalisation folded: 3.5 million weights. */
export function invertedResidualNetwork(seed: number): GradientNetwork {
  const net = new NetworkWriter(seed);
  const bounds = [net.constant([], [0]), net.constant([], [6])];
  const clip = (from: string): string => net.op("Clip", [from, ...bounds]);
  let x = clip(net.convolution("image", [3, 32], { stride: 2 }));
  let depth = 32;
  for (const [expansion, width, blocks, first] of [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const)
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 ? first : 1;
      const hidden = depth * expansion;
      const wide = expansion === 1 ? x : clip(net.convolution(x, [depth, hidden], { kernel: 1 }));
      const filtered = clip(net.convolution(wide, [hidden, hidden], { stride, groups: hidden }));
      const narrow = net.convolution(filtered, [hidden, width], { kernel: 1 });
      x = stride === 1 && depth === width ? net.op("Add", [x, narrow]) : narrow;
      depth = width;
    }
  x = clip(net.convolution(x, [depth, 1280], { kernel: 1 }));
  return { ...picture, file: classify(net, x, 1280), parameters: net.parameters };
}

function classify(net: NetworkWriter, x: string, depth: number): Uint8Array {
  const pooled = net.op("Flatten", [net.op("GlobalAveragePool", [x])]);
  return net.file(pictures, net.linear(pooled, [depth, 1000]), ["n", 1000]);
}

export interface DecoderSizes {
  readonly layers: number;
  readonly length: number;
  readonly width: number;
  readonly heads: number;
  readonly vocabulary: number;
}

/** A GPT from token embeddings to logits, as PyTorch exports one; the objective is a logit of the last position. */
export function decoder(seed: number, { layers, length, width, heads, vocabulary }: DecoderSizes): GradientNetwork {
  const head = width / heads;
  const net = new NetworkWriter(seed);
  const one = net.constant([width], new Float32Array(width).fill(1));
  const zero = net.constant([width], new Float32Array(width));
  const normalise = (from: string): string => net.op("LayerNormalization", [from, one, zero], { axis: { int: -1 } });
  const future = Float32Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? -1e9 : 0));
  const mask = net.constant([length, length], future);
  const [root, half, unit] = [net.constant([], [Math.SQRT1_2]), net.constant([], [0.5]), net.constant([], [1])];
  const scale = net.constant([], [1 / Math.sqrt(head)]);
  const apart = net.constant([4], [0, length, heads, head], "int64");
  const together = net.constant([3], [0, length, width], "int64");
  let x = "embeddings";
  for (let layer = 0; layer < layers; layer++) {
    const read = normalise(x);
    const part = (perm: readonly number[]): string =>
      net.op("Transpose", [net.op("Reshape", [net.linear(read, [width, width]), apart])], { perm });
    const [query, key, value] = [part([0, 2, 1, 3]), part([0, 2, 3, 1]), part([0, 2, 1, 3])];
    const scores = net.op("Add", [net.op("Mul", [net.op("MatMul", [query, key]), scale]), mask]);
    const mixed = net.op("MatMul", [net.op("Softmax", [scores], { axis: { int: -1 } }), value]);
    const rows = net.op("Reshape", [net.op("Transpose", [mixed], { perm: [0, 2, 1, 3] }), together]);
    x = net.op("Add", [x, net.linear(rows, [width, width])]);
    const hidden = net.linear(normalise(x), [width, 4 * width]);
    const gate = net.op("Add", [net.op("Erf", [net.op("Mul", [hidden, root])]), unit]);
    x = net.op("Add", [x, net.linear(net.op("Mul", [net.op("Mul", [hidden, half]), gate]), [4 * width, width])]);
  }
  const logits = net.linear(normalise(x), [width, vocabulary]);
  return {
    input: "embeddings",
    sizes: [length, width],
    outputSizes: [length, vocabulary],
    index: [length - 1, 7],
    parameters: net.parameters,
    file: net.file({ embeddings: ["float32", ["n", length, width]] }, logits, ["n", length, vocabulary]),
  };
}
