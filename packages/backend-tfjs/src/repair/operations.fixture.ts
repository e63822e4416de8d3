import * as tf from "@tensorflow/tfjs-core";
import { normals } from "../small-models.fixture.ts";
import { apart } from "./finite-differences.fixture.ts";

type Tensors = tf.Tensor[];
type Operand = { readonly shape: number[]; readonly data: Float32Array };

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
/** Numbers around 0, none of them close to it or to each other. */
const some = (...shape: number[]): Operand => ({ shape, data: apart(sizeOf(shape), 3) });
/** Numbers from 0.1 to 0.9. */
const fractions = (...shape: number[]): Operand => {
  const data = apart(sizeOf(shape), 5, 1);
  return { shape, data: data.map((x) => 0.1 + (0.8 * (x + data.length / 2)) / data.length) };
};
const above = (least: number, ...shape: number[]): Operand => ({ shape, data: fractions(...shape).data.map((x) => x + least) });
const smooth = (...shape: number[]): Operand => ({ shape, data: normals(sizeOf(shape), 7, 0.7) });

/** How an operation is called, on what, and which backends of TensorFlow.js refuse to run it at all. */
export type Operation = readonly [
  name: string,
  f: (xs: Tensors) => tf.Tensor,
  operands: readonly Operand[],
  refused?: readonly string[],
];

const unary = (functions: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>>, operand: Operand): readonly Operation[] =>
  Object.entries(functions).map(([name, f]) => [name, ([x]) => f(x!), [operand]]);
const binary = (
  functions: Readonly<Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>>,
  make: (...shape: number[]) => Operand,
): readonly Operation[] =>
  Object.entries(functions).flatMap(([name, of]): Operation[] => {
    const f = ([a, b]: Tensors) => of(a!, b!);
    const second = (...shape: number[]): Operand => ({ shape, data: make(...shape).data.map((x) => x * 1.37 + 0.023) });
    return [
      [name, f, [make(2, 3), second(2, 3)]],
      [`${name}, broadcast`, f, [make(2, 1, 3), second(4, 1)]],
    ];
  });

const image = (x: tf.Tensor | undefined) => x as tf.Tensor4D;
const labels = (...data: number[]) => tf.tensor1d(data, "int32");

/** The operations that models are made of. */
export const operations: readonly Operation[] = [
  ...unary({ abs: tf.abs, neg: tf.neg, square: tf.square, exp: tf.exp, expm1: tf.expm1, erf: tf.erf }, some(2, 5)),
  ...unary({ sin: tf.sin, cos: tf.cos, tan: tf.tan, sinh: tf.sinh, cosh: tf.cosh, tanh: tf.tanh }, some(2, 5)),
  ...unary({ atan: tf.atan, asinh: tf.asinh, sigmoid: tf.sigmoid, softplus: tf.softplus, elu: tf.elu }, some(2, 5)),
  ...unary({ relu: tf.relu, relu6: tf.relu6, selu: tf.selu, leakyRelu: (x) => tf.leakyRelu(x) }, some(2, 5)),
  ...unary({ softmax: (x) => tf.softmax(x), logSoftmax: (x) => tf.logSoftmax(x), logSigmoid: tf.logSigmoid }, some(2, 5)),
  ...unary({ sqrt: tf.sqrt, rsqrt: tf.rsqrt, log: tf.log, log1p: tf.log1p, reciprocal: tf.reciprocal }, fractions(2, 5)),
  ...unary({ asin: tf.asin, acos: tf.acos, atanh: tf.atanh }, fractions(2, 5)),
  ...unary({ acosh: tf.acosh }, above(1, 2, 5)),
  ...unary({ sum: (x) => tf.sum(x), mean: (x) => tf.mean(x), max: (x) => tf.max(x), min: (x) => tf.min(x) }, some(2, 3, 2)),
  ...unary({ logSumExp: (x) => tf.logSumExp(x), norm: (x) => tf.norm(x) }, some(2, 3, 2)),
  ...binary({ add: tf.add, sub: tf.sub, mul: tf.mul, maximum: tf.maximum, minimum: tf.minimum }, some),
  ...binary({ squaredDifference: tf.squaredDifference, atan2: tf.atan2 }, some),
  ...binary({ div: tf.div, divNoNan: tf.divNoNan, pow: tf.pow }, fractions),
  ["sum over axes", ([x]) => tf.sum(x!, [0, 2]), [some(2, 3, 2)]],
  ["mean over an axis, kept", ([x]) => tf.mean(x!, 1, true), [some(2, 3, 2)]],
  ["max over axes", ([x]) => tf.max(x!, [1, 2]), [some(2, 3, 2)]],
  ["min over an axis", ([x]) => tf.min(x!, -1, true), [some(2, 3, 2)]],
  ["logSumExp over an axis", ([x]) => tf.logSumExp(x!, 1), [some(2, 3, 2)]],
  ["cumsum", ([x]) => tf.cumsum(x!, 1), [some(2, 4)]],
  ["cumsum, exclusive and backwards", ([x]) => tf.cumsum(x!, 0, true, true), [some(4, 2)]],
  ["prelu", ([x, alpha]) => tf.prelu(x!, alpha!), [some(2, 4), fractions(4)]],
  ["clipByValue", ([x]) => tf.clipByValue(x!, -0.11, 0.12), [some(2, 5)]],
  ["step", ([x]) => tf.mul(tf.step(x!), x!), [some(2, 5)]],
  ["softmax of rank 4", ([x]) => tf.softmax(x!), [some(2, 2, 2, 3)]],
  ["concat", (xs) => tf.concat(xs, 1), [some(2, 1), smooth(2, 3)]],
  ["stack", (xs) => tf.stack(xs, 1), [some(2, 3), smooth(2, 3)]],
  ["unstack", ([x]) => tf.mul(...(tf.unstack(x!, 1) as [tf.Tensor, tf.Tensor])), [some(3, 2)]],
  ["split", ([x]) => tf.mul(...(tf.split(x!, 2, -1) as [tf.Tensor, tf.Tensor])), [some(3, 4)]],
  ["slice", ([x]) => tf.slice(x!, [1, 0, 1], [1, 2, 2]), [some(2, 3, 4)]],
  ["pad", ([x]) => tf.pad(x!, [[1, 0], [0, 2]], 0.5), [some(2, 3)]], // biome-ignore format: a table
  ["reverse", ([x]) => tf.reverse(x!, [0, 2]), [some(2, 3, 2)]],
  ["transpose", ([x]) => tf.transpose(x!, [2, 0, 1]), [some(2, 3, 4)]],
  ["reshape", ([x]) => tf.mul(tf.reshape(x!, [3, 2]), tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2])), [some(2, 3)]],
  ["expandDims and squeeze", ([x]) => tf.squeeze(tf.expandDims(x!, 1), [1]), [some(2, 3)]],
  ["tile", ([x]) => tf.tile(x!, [2, 1, 3]), [some(2, 1, 2)]],
  ["broadcastTo", ([x]) => tf.broadcastTo(x!, [3, 2, 4]), [some(2, 1)]],
  ["oneHot of a constant times", ([x]) => tf.matMul(tf.oneHot(labels(0, 2, 1), 3), x!), [some(3, 2)]],
  ["where", ([a, b]) => tf.where(tf.tensor2d([1, 0, 0, 1], [2, 2], "bool"), a!, b!), [some(2, 2), smooth(2, 2)]],
  ["gather", ([x]) => tf.gather(x!, labels(1, 0, 1), 1), [some(2, 2, 2)]],
  ["unsortedSegmentSum", ([x]) => tf.unsortedSegmentSum(x!, labels(0, 1, 0), 2), [some(3, 2)], ["wasm"]],
  ["scatterND", ([x]) => tf.scatterND(tf.tensor2d([[3], [0]], [2, 1], "int32"), x!, [4]), [some(2)]],
  ["topk", ([x]) => tf.topk(x!, 2).values, [some(2, 4)]],
  ["matMul", ([a, b]) => tf.matMul(a!, b!), [smooth(2, 3), smooth(3, 2)]],
  ["matMul with a vector", ([a, b]) => tf.dot(a!, b!), [smooth(2, 3), smooth(3)]],
  [
    "fused matMul",
    ([a, b, bias]) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation: "relu" }),
    [smooth(2, 3), smooth(3, 2), smooth(2)],
  ],
  [
    "fused conv2d",
    ([x, filter, bias]) =>
      tf.fused.conv2d({ x: image(x), filter: image(filter), bias: bias!, strides: 1, pad: "same", activation: "sigmoid" }),
    [smooth(1, 4, 4, 2), smooth(3, 3, 2, 2), smooth(2)],
  ],
  [
    "fused depthwiseConv2d",
    ([x, filter, bias]) =>
      tf.fused.depthwiseConv2d({ x: image(x), filter: image(filter), bias: bias!, strides: 1, pad: "same", activation: "relu6" }),
    [smooth(1, 4, 4, 2), smooth(3, 3, 2, 1), smooth(2)],
  ],
  ["conv1d", ([x, filter]) => tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, 2, "same"), [smooth(2, 5, 2), smooth(3, 2, 2)]],
  [
    "conv2d with paddings of its own",
    ([x, filter]) =>
      tf.conv2d(image(x), image(filter), 1, [
        [0, 0],
        [1, 0],
        [2, 1],
        [0, 0],
      ]),
    [smooth(1, 4, 4, 2), smooth(3, 3, 2, 2)],
  ],
  [
    "conv2d, padded by a number",
    ([x, filter]) => tf.conv2d(image(x), image(filter), 1, 1),
    [smooth(1, 4, 4, 2), smooth(3, 3, 2, 2)],
    ["tensorflow"],
  ],
  [
    "conv2d, channels first",
    ([x, filter]) => tf.conv2d(image(x), image(filter), 1, "same", "NCHW"),
    [smooth(1, 2, 4, 4), smooth(3, 3, 2, 2)],
    ["wasm"],
  ],
  [
    "depthwiseConv2d, padded by a number",
    ([x, filter]) => tf.depthwiseConv2d(image(x), image(filter), 1, 1),
    [smooth(1, 4, 4, 2), smooth(3, 3, 2, 2)],
    ["tensorflow"],
  ],
  [
    "separableConv2d",
    ([x, d, p]) => tf.separableConv2d(image(x), image(d), image(p), 1, "same"),
    [smooth(1, 4, 4, 2), smooth(3, 3, 2, 2), smooth(1, 1, 4, 3)],
  ],
  [
    "conv3d with dilation",
    ([x, filter]) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, 1, "valid", "NDHWC", [2, 1, 1]),
    [smooth(1, 4, 3, 3, 1), smooth(2, 2, 2, 1, 2)],
    ["tensorflow"],
  ],
  [
    "conv3dTranspose",
    ([x, filter]) => tf.conv3dTranspose(x as tf.Tensor5D, filter as tf.Tensor5D, [1, 4, 4, 4, 2], 2, "same"),
    [smooth(1, 2, 2, 2, 1), smooth(2, 2, 2, 2, 1)],
  ],
  ["pool, padded by a number", ([x]) => tf.maxPool(image(x), 3, 1, 1), [some(1, 4, 4, 2)], ["tensorflow"]],
  ["average pool, padded by a number", ([x]) => tf.avgPool(image(x), 3, 1, 1), [some(1, 4, 4, 2)], ["tensorflow"]],
  ["pool with dilation", ([x]) => tf.pool(image(x), [2, 2], "max", "valid", [2, 2]), [some(1, 5, 5, 2)]],
  ["localResponseNormalization", ([x]) => tf.localResponseNormalization(image(x), 2), [smooth(1, 2, 2, 5)]],
  [
    "batchNorm",
    ([x, mean, variance, offset, scale]) =>
      tf.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D),
    [smooth(2, 2, 3), smooth(3), fractions(3), smooth(3), smooth(3)],
  ],
  ["resizeBilinear", ([x]) => tf.image.resizeBilinear(image(x), [5, 3]), [smooth(1, 3, 4, 2)]],
  ["resizeBilinear, corners aligned", ([x]) => tf.image.resizeBilinear(image(x), [5, 3], true), [smooth(1, 3, 4, 2)]],
  ["resizeBilinear, half pixels", ([x]) => tf.image.resizeBilinear(image(x), [5, 3], false, true), [smooth(1, 3, 4, 2)]],
  ["resizeNearestNeighbor", ([x]) => tf.image.resizeNearestNeighbor(image(x), [5, 3]), [smooth(1, 3, 4, 2)]],
  [
    "resizeNearestNeighbor, corners aligned",
    ([x]) => tf.image.resizeNearestNeighbor(image(x), [5, 3], true),
    [smooth(1, 3, 4, 2)],
  ],
  [
    "resizeNearestNeighbor, half pixels",
    ([x]) => tf.image.resizeNearestNeighbor(image(x), [5, 3], false, true),
    [smooth(1, 3, 4, 2)],
  ],
  [
    "spaceToBatchND",
    ([x]) =>
      tf.spaceToBatchND(
        x!,
        [2, 2],
        [
          [0, 0],
          [1, 1],
        ],
      ),
    [smooth(1, 4, 2, 2)],
  ],
  [
    "batchToSpaceND",
    ([x]) =>
      tf.batchToSpaceND(
        x!,
        [2, 2],
        [
          [0, 1],
          [0, 0],
        ],
      ),
    [smooth(4, 2, 2, 2)],
  ],
  ["moments", ([x]) => tf.moments(x!, [0]).variance, [smooth(4, 2)]],
  ["cast there and back", ([x]) => tf.mul(tf.cast(tf.cast(x!, "float32"), "float32"), 2), [smooth(4, 2)]],
  [
    "floor, ceil, round and sign times",
    ([x]) => tf.mul(x!, tf.add(tf.sign(x!), tf.add(tf.floor(x!), tf.add(tf.ceil(x!), tf.round(x!))))),
    [{ shape: [4], data: Float32Array.of(-1.3, 0.2, 0.7, 1.6) }],
  ],
  ["mod", ([x]) => tf.mod(x!, tf.tensor1d([0.7, 0.9])), [{ shape: [2, 2], data: Float32Array.of(1.3, 0.2, 0.5, 1.6) }]],
];
