import { layers as library } from "@tensorflow/tfjs-layers";
import type { Constant } from "./constants.ts";
import type { NodeView, SymbolicTensor } from "./node-view.ts";
import { windowOf } from "./window.ts";

/** Makes the value of an ONNX node with layers; the last one has the value's name. */
export type Rule = (node: NodeView) => SymbolicTensor;

const dataFormat = "channelsFirst";

/** What the file computes in the layout of the file, `[n, channels, height, width]`: every value is the one of that name. */
export const rules: Readonly<Record<string, Rule>> = {
  Gemm: (node) => {
    if (node.integer("transA", 0) === 1) throw node.refusal("turns its input over");
    const weight = scaled(node.integer("transB", 0) === 1 ? turned(node.constant(1)) : node.constant(1), node.float("alpha", 1));
    return dense(node, weight, node.has(2) ? scaled(node.constant(2), node.float("beta", 1)) : undefined);
  },
  MatMul: (node) => dense(node, node.constant(1), undefined),
  Conv: convolution,
  BatchNormalization: (node) => {
    const x = node.value(0);
    const weights = [1, 2, 3, 4].map((index) => node.constant(index));
    const epsilon = node.float("epsilon", 1e-5);
    if (node.integer("training_mode", 0) === 1) throw node.refusal("is trained");
    return node.apply(library.batchNormalization({ name: node.name, epsilon, axis: 1 }), [x], weights);
  },
  MaxPool: (node) => {
    const { kernel, strides, padding, dilations } = pooling(node);
    if (padding === "explicit") throw node.refusal("has pads that are not those of 'same'");
    if (dilations.some((step) => step > 1)) throw node.refusal("has dilations");
    return node.apply(
      library.maxPooling2d({ name: node.name, poolSize: [...kernel], strides: [...strides], padding, dataFormat }),
      [node.value(0)],
    );
  },
  AveragePool: (node) => {
    const window = pooling(node);
    const counted = node.integer("count_include_pad", 0) === 1;
    const { kernel, strides, padding, dilations } = window;
    if (dilations.some((step) => step > 1)) throw node.refusal("has dilations");
    // Pads of "same" are not counted; written out they are.
    const written = padding !== "valid" && counted;
    if (padding === "explicit" && !counted) throw node.refusal("has pads that are not those of 'same'");
    const name = node.name;
    const options = {
      name,
      poolSize: [...kernel] as [number, number],
      strides: [...strides] as [number, number],
      dataFormat,
    } as const;
    return node.apply(library.averagePooling2d({ ...options, padding: written || padding === "explicit" ? "valid" : padding }), [
      written ? padded(node, window.pads) : node.value(0),
    ]);
  },
  GlobalAveragePool: (node) => {
    const x = node.value(0);
    if (x.shape.length !== 4) throw node.refusal(`is of ${x.shape.length - 2} axes`);
    const mean = node.apply(library.globalAveragePooling2d({ name: `${node.name}:mean`, dataFormat }), [x]);
    return node.apply(library.reshape({ name: node.name, targetShape: [x.shape[1]!, 1, 1] }), [mean]);
  },
  Pad: (node) => {
    const amounts = node.has(1) ? Array.from(node.constant(1).data) : (node.integers("pads") ?? []);
    if (amounts.every((amount) => amount === 0)) return linear(node);
    const rank = node.value(0).shape.length;
    const value = node.has(2) ? node.constant(2).data[0] : node.float("value", 0);
    if (node.text("mode", "constant") !== "constant" || value !== 0) throw node.refusal("does not pad with zeros");
    if (rank !== 4 || [0, 1, 4, 5].some((at) => amounts[at] !== 0)) throw node.refusal("pads other axes than height and width");
    const [top, left, bottom, right] = [amounts[2]!, amounts[3]!, amounts[6]!, amounts[7]!];
    return node.apply(library.zeroPadding2d({ name: node.name, padding: [[top, bottom], [left, right]], dataFormat }), [node.value(0)]); // biome-ignore format: pairs
  },
  Flatten: (node) => {
    if (node.integer("axis", 1) !== 1) throw node.refusal("leaves more axes than the batch");
    return node.apply(library.flatten({ name: node.name }), [node.value(0)]);
  },
  Reshape: (node) => {
    const x = node.value(0);
    const [rows, ...shape] = Array.from(node.constant(1).data);
    const size = product(x.shape.slice(1));
    const kept = shape.map((length, i) => (length === 0 ? (x.shape[i + 1] ?? Number.NaN) : length));
    const rest = size / product(kept.filter((length) => length !== -1));
    const sizes = kept.map((length) => (length === -1 ? rest : length));
    if (!sizes.every(Number.isInteger)) throw node.refusal("makes axes of unknown sizes");
    const isKept = rows === 0 || (rows === -1 && product(sizes) === size);
    if (!isKept) throw node.refusal(`makes [${[rows, ...shape].join(", ")}], whose first axis is not the batch`);
    return node.apply(library.reshape({ name: node.name, targetShape: sizes }), [x]);
  },
  Transpose: (node) => {
    const [first, ...axes] = node.integers("perm") ?? [];
    if (first !== 0) throw node.refusal("moves the batch");
    return node.apply(library.permute({ name: node.name, dims: axes }), [node.value(0)]);
  },
  Add: (node) => node.apply(library.add({ name: node.name }), [node.value(0), node.value(1)]),
  Mul: (node) => node.apply(library.multiply({ name: node.name }), [node.value(0), node.value(1)]),
  Max: (node) => node.apply(library.maximum({ name: node.name }), all(node)),
  Concat: (node) => node.apply(library.concatenate({ name: node.name, axis: node.integer("axis", 1) }), all(node)),
  Gather: (node) => {
    const table = node.constant(0);
    if (node.integer("axis", 0) !== 0 || table.shape.length !== 2) throw node.refusal("looks up no rows of a matrix");
    const [inputDim, outputDim] = table.shape as [number, number];
    return node.apply(library.embedding({ name: node.name, inputDim, outputDim }), [node.value(1)], [table]);
  },
  Softmax: (node) => node.apply(library.softmax({ name: node.name, axis: node.integer("axis", -1) }), [node.value(0)]),
  LeakyRelu: (node) => node.apply(library.leakyReLU({ name: node.name, alpha: node.float("alpha", 0.01) }), [node.value(0)]),
  Elu: (node) => node.apply(library.elu({ name: node.name, alpha: node.float("alpha", 1) }), [node.value(0)]),
  Relu: activation("relu"),
  Tanh: activation("tanh"),
  Sigmoid: activation("sigmoid"),
  Softplus: activation("softplus"),
  Softsign: activation("softsign"),
  Identity: linear,
  Dropout: linear,
};

/** What a GELU that is written out in nodes becomes. */
export function gelu(name: string): ReturnType<typeof library.activation> {
  return library.activation({ name, activation: "gelu" });
}

function activation(kind: "relu" | "tanh" | "sigmoid" | "softplus" | "softsign"): Rule {
  return (node) => node.apply(library.activation({ name: node.name, activation: kind }), [node.value(0)]);
}

function linear(node: NodeView): SymbolicTensor {
  return node.apply(library.activation({ name: node.name, activation: "linear" }), [node.value(0)]);
}

function all(node: NodeView): SymbolicTensor[] {
  return Array.from({ length: node.inputs }, (_, index) => node.value(index));
}

function dense(node: NodeView, weight: Constant, bias: Constant | undefined): SymbolicTensor {
  if (weight.shape.length !== 2) throw node.refusal(`has weights of ${weight.shape.length} axes`);
  const units = weight.shape[1]!;
  const weights = bias === undefined ? [weight] : [weight, spread(node, bias, units)];
  const layer = library.dense({ name: node.name, units, useBias: bias !== undefined });
  return node.apply(layer, [node.value(0)], weights);
}

/** A bias with an entry a unit. */
function spread(node: NodeView, bias: Constant, units: number): Constant {
  const { data } = bias;
  if (data.length !== 1 && data.length !== units) throw node.refusal(`adds [${bias.shape.join(", ")}]`);
  return { shape: [units], data: Array.from({ length: units }, (_, i) => data[data.length === 1 ? 0 : i]!) };
}

function convolution(node: NodeView): SymbolicTensor {
  const kernel = node.constant(1);
  const [filters, perGroup, ...size] = kernel.shape as [number, number, ...number[]];
  const window = windowOf(node, node.value(0), size);
  const channels = node.value(0).shape[1]!;
  const groups = node.integer("group", 1);
  const x = window.padding === "explicit" ? padded(node, window.pads) : node.value(0);
  const options = {
    name: node.name,
    kernelSize: [...window.kernel] as [number, number],
    strides: [...window.strides] as [number, number],
    dilationRate: [...window.dilations] as [number, number],
    padding: window.padding === "explicit" ? "valid" : window.padding,
    useBias: node.has(2),
    dataFormat,
  } as const;
  const bias = node.has(2) ? [node.constant(2)] : [];
  const [height, width] = window.kernel;
  if (groups === 1) {
    const weights = rearranged(kernel, [height, width, channels, filters], (at) => {
      const [y, x, channel, filter] = at as [number, number, number, number];
      return ((filter * channels + channel) * height + y) * width + x;
    });
    return node.apply(library.conv2d({ ...options, filters }), [x], [weights, ...bias]);
  }
  if (groups !== channels || perGroup !== 1) throw node.refusal(`has ${groups} groups of ${perGroup} channels`);
  const depthMultiplier = filters / channels;
  const weights = rearranged(kernel, [height, width, channels, depthMultiplier], (at) => {
    const [y, x, channel, which] = at as [number, number, number, number];
    return ((channel * depthMultiplier + which) * height + y) * width + x;
  });
  return node.apply(library.depthwiseConv2d({ ...options, depthMultiplier }), [x], [weights, ...bias]);
}

function pooling(node: NodeView): ReturnType<typeof windowOf> {
  return windowOf(node, node.value(0), node.integers("kernel_shape") ?? []);
}

function padded(node: NodeView, pads: readonly [readonly [number, number], readonly [number, number]]): SymbolicTensor {
  const [rows, columns] = pads;
  const layer = library.zeroPadding2d({ name: `${node.name}:padded`, padding: [[...rows], [...columns]], dataFormat });
  return node.apply(layer, [node.value(0)]);
}

function turned(matrix: Constant): Constant {
  const [rows, columns] = matrix.shape as [number, number];
  return rearranged(matrix, [columns, rows], (at) => at[1]! * columns + at[0]!);
}

function scaled(constant: Constant, factor: number): Constant {
  return factor === 1 ? constant : { shape: constant.shape, data: Array.from(constant.data, (value) => value * factor) };
}

/** A constant of another shape; `from` says where each element was. */
function rearranged({ data }: Constant, shape: readonly number[], from: (at: readonly number[]) => number): Constant {
  const out = new Float32Array(product(shape));
  const at = shape.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from(at)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++at[axis]! === shape[axis]; axis--) at[axis] = 0;
  }
  return { shape, data: out };
}

function product(sizes: readonly (number | null)[]): number {
  return sizes.reduce<number>((all, size) => all * (size ?? Number.NaN), 1);
}
