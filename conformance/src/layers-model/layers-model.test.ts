import { type ModelProto, OnnxModel, writeModel } from "@attr/backend-onnx";
import { TfjsModel } from "@attr/backend-tfjs";
import { hostBackend, type Tensor, type TensorBackend } from "@attr/core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import { constant, node, onnxModel, weights } from "../../../packages/backend-onnx/src/onnx-builder.fixture.ts";
import { layersModelOf } from "./layers-model.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const drawn = (shape: readonly number[], seed: number) => constant(shape, weights(shape.reduce((a, b) => a * b, 1), seed)); // biome-ignore format: one line
const positive = (size: number, seed: number) => constant([size], weights(size, seed).map((value) => 0.5 + Math.abs(value))); // biome-ignore format: one line

const image = onnxModel({
  inputs: { image: ["float32", ["n", 4, 9, 8]] },
  outputs: { logits: ["float32", ["n", 3]] },
  constants: {
    "c1/w": drawn([6, 4, 3, 2], 1),
    "c1/b": drawn([6], 2),
    "c2/w": drawn([12, 1, 3, 3], 3),
    "c3/w": drawn([12, 6, 3, 3], 4),
    "c4/w": drawn([12, 12, 2, 2], 12),
    scale: drawn([12], 5),
    offset: drawn([12], 6),
    mean: drawn([12], 7),
    variance: positive(12, 8),
    zeros: constant([8], [0, 0, 0, 0, 0, 0, 0, 0], "int64"),
    around: constant([8], [0, 0, 1, 0, 0, 0, 2, 1], "int64"),
    rows: constant([2], [0, -1], "int64"),
    "g/w": drawn([3, 24], 9),
    "g/b": drawn([3], 10),
  },
  nodes: [
    node("Conv", ["image", "c1/w", "c1/b"], ["/c1/out"], { kernel_shape: [3, 2], pads: [2, 1, 0, 0], strides: [1, 1] }),
    node("Relu", ["/c1/out"], ["a1"]),
    node("Conv", ["a1", "c2/w"], ["/c2/out"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], group: { int: 6 } }),
    node("Conv", ["a1", "c3/w"], ["/c3/out"], { kernel_shape: [3, 3], pads: [2, 2, 2, 2], dilations: [2, 2] }),
    node("BatchNormalization", ["/c3/out", "scale", "offset", "mean", "variance"], ["/bn/out"], { epsilon: 1e-3 }),
    node("Add", ["/c2/out", "/bn/out"], ["sum"]),
    node("Sigmoid", ["sum"], ["a2"]),
    node("Pad", ["a2", "zeros"], ["same"]),
    node("Pad", ["same", "around"], ["framed"]),
    node("AveragePool", ["framed"], ["means"], {
      kernel_shape: [2, 2],
      strides: [1, 1],
      pads: [1, 0, 0, 1],
      count_include_pad: { int: 1 },
    }),
    node("AveragePool", ["means"], ["means2"], { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] }),
    node("MaxPool", ["means2"], ["maxima"], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" }),
    node("Conv", ["maxima", "c4/w"], ["/c4/out"], { kernel_shape: [2, 2], strides: [2, 2] }),
    node("Tanh", ["/c4/out"], ["a3"]),
    node("Concat", ["a3", "a3"], ["both"], { axis: { int: 1 } }),
    node("GlobalAveragePool", ["both"], ["mean_places"]),
    node("Reshape", ["mean_places", "rows"], ["flat"]),
    node("Gemm", ["flat", "g/w", "g/b"], ["logits"], { transB: { int: 1 }, alpha: 0.5, beta: 2 }),
  ],
});

const tokens = onnxModel({
  inputs: { ids: ["int64", ["n", 5]], other: ["float32", ["n", 5, 3]] },
  outputs: { logits: ["float32", ["n", 4]] },
  constants: {
    table: drawn([7, 3], 1),
    w: drawn([3, 4], 2),
    half: constant([], [0.5]),
    one: constant([], [1]),
    root: constant([], [Math.SQRT2]),
    "g/w": drawn([20, 4], 3),
  },
  nodes: [
    node("Gather", ["table", "ids"], ["/embedded"]),
    node("Mul", ["/embedded", "other"], ["mixed"]),
    node("MatMul", ["mixed", "w"], ["projected"]),
    node("Div", ["projected", "root"], ["divided"]),
    node("Erf", ["divided"], ["erf"]),
    node("Add", ["one", "erf"], ["shifted"]),
    node("Mul", ["projected", "shifted"], ["product"]),
    node("Mul", ["product", "half"], ["gelu"]),
    node("Transpose", ["gelu"], ["turned"], { perm: [0, 2, 1] }),
    node("Softmax", ["turned"], ["shares"], { axis: { int: -1 } }),
    node("Flatten", ["shares"], ["flat"]),
    node("Gemm", ["flat", "g/w"], ["logits"]),
  ],
});

async function numbers(
  tensor: Tensor,
  backend: TensorBackend,
): Promise<{ readonly data: readonly number[]; readonly shape: readonly number[] }> {
  const { data, shape } = await backend.read(tensor);
  return { data: Array.from<unknown, number>(data, Number), shape };
}

describe.each([
  ["images", image, { image: hostBackend.fromData(weights(2 * 4 * 9 * 8, 11), [2, 4, 9, 8], "float32") }, "image"],
  [
    "tokens",
    tokens,
    {
      ids: hostBackend.fromData(BigInt64Array.from([1n, 0n, 6n, 2n, 2n, 5n, 4n, 3n, 1n, 0n]), [2, 5], "int64"),
      other: hostBackend.fromData(weights(30, 12), [2, 5, 3], "float32"),
    },
    "/embedded",
  ],
] as const)("an ONNX file of %s", (_, file, feeds, by) => {
  test("has values of the same names and numbers as a layers model, and the same gradient", async () => {
    await using onnx = await OnnxModel.load(writeModel(file));
    const layers = layersModelOf(file);
    await using tfjs = await TfjsModel.from(layers, { tf });
    const names = tfjs.values.filter((name) => onnx.value(name) !== undefined);
    const hidden = file === tokens ? ["divided", "erf", "shifted", "product"] : [];
    expect([...names, ...hidden].sort()).toEqual([...onnx.values].sort());
    const onDevice = Object.fromEntries(
      Object.entries(feeds).map(([name, { data, shape, dtype }]) => [name, tfjs.backend.fromData(data, shape, dtype)]),
    );
    const request = { objective: { value: "logits", index: [[1], [2]] }, wrt: [by], fetches: names };
    const wanted = await onnx.gradient({ ...request, feeds });
    const got = await tfjs.gradient({ ...request, feeds: onDevice });
    for (const [a, b] of [[wanted.values, got.values], [wanted.gradients, got.gradients]] as const) // biome-ignore format: pairs
      for (const name of Object.keys(a)) {
        const [one, other] = [await numbers(a[name]!, hostBackend), await numbers(b[name]!, tfjs.backend)];
        expect([name, other.shape]).toEqual([name, one.shape]);
        const largest = Math.max(...one.data.map(Math.abs));
        expect(largest).toBeGreaterThan(0);
        one.data.forEach((value, i) => {
          if (!(Math.abs(value - other.data[i]!) <= 1e-5 * largest)) expect([name, i, other.data[i]]).toEqual([name, i, value]);
        });
      }
    layers.dispose();
  });
});

test("a file without a layers model is refused with the operator and the value", () => {
  const file = (nodes: ModelProto["graph"]["nodes"], shape: readonly (number | string)[] = ["n", 4, 6, 6]) =>
    onnxModel({
      inputs: { x: ["float32", shape] },
      outputs: { y: ["float32", ["n", "m"]] },
      constants: { w: drawn([4, 2, 3, 3], 1), s: constant([1], [4], "int64") },
      nodes,
    });
  const refused = (nodes: ModelProto["graph"]["nodes"], shape?: readonly (number | string)[]) => () =>
    layersModelOf(file(nodes, shape));
  expect(refused([node("Shape", ["x"], ["y"])])).toThrow('no layer of TensorFlow.js does what Shape "y" does');
  expect(refused([node("Conv", ["x", "w"], ["y"], { kernel_shape: [3, 3], group: { int: 2 } })])).toThrow(
    "2 groups of 2 channels",
  );
  expect(refused([node("MaxPool", ["x"], ["y"], { kernel_shape: [2, 2], pads: [1, 1, 0, 0] })])).toThrow("not those of 'same'");
  expect(refused([node("MaxPool", ["x"], ["y"], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: { int: 1 } })])).toThrow(
    "ceil_mode",
  );
  expect(refused([node("Reshape", ["x", "s"], ["y"])])).toThrow("makes [4], whose first axis is not the batch");
  expect(refused([node("Transpose", ["x"], ["y"], { perm: [1, 0, 2, 3] })])).toThrow("moves the batch");
  expect(refused([node("Conv", ["x", "w"], ["y"], { kernel_shape: [3, 3] })], ["n", 2, "h", "w"])).toThrow("unknown size");
});
