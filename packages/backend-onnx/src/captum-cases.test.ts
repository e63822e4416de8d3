import { type AttributionResult, DeepLift, fromLayer, Lrp, upToLayer } from "@attr/core";
import { expect, test } from "vitest";
import type { ModelProto, NodeProto, TensorProto } from "./onnx/proto.ts";
import { writeModel } from "./onnx/write-model.ts";
import { constant, node, onnxModel, type ValueSpec } from "./onnx-builder.fixture.ts";
import { OnnxModel } from "./onnx-model.ts";

/* Published cases of gradient methods, by their numbers, through operators that the host's graphs do not have: pools and sigmoids. */

function load(
  x: ValueSpec,
  nodes: readonly NodeProto[],
  constants: Readonly<Record<string, TensorProto>> = {},
): Promise<OnnxModel> {
  const model: ModelProto = onnxModel({ inputs: { x }, outputs: { y: undefined }, constants, nodes });
  return OnnxModel.load(writeModel(model), { session: { intraOpNumThreads: 1 } });
}

function expectClose(result: AttributionResult, name: string, expected: readonly number[], digits = 5): void {
  const got = [...result.attributions[name]!.data].map(Number);
  expect(got).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(got[i], `element ${i} of [${got.join(", ")}]`).toBeCloseTo(value, digits);
  });
}

const int = (value: number): { readonly int: number } => ({ int: value });

/** LP: four numbers as they are, their maximum, times 1. */
const largest = (): Promise<OnnxModel> =>
  load(
    ["float32", ["n", 4]],
    [
      node("MatMul", ["x", "identity"], ["lin"]),
      node("Unsqueeze", ["lin", "one"], ["row"]),
      node("MaxPool", ["row"], ["pool"], { kernel_shape: [4] }),
      node("Flatten", ["pool"], ["flat"]),
      node("MatMul", ["flat", "unit"], ["y"]),
    ],
    {
      identity: constant([4, 4], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]),
      one: constant([1], [1], "int64"),
      unit: constant([1, 1], [1]),
    },
  );
const ones = [[1, 1, 1, 1], [1, 1, 1, 1]]; // biome-ignore format: a matrix
const higher = [[1, 2, 3, 9], [4, 8, 6, 7]]; // biome-ignore format: a matrix

test("C094: DeepLift gives a maximum to where it was and where it is", async () => {
  await using model = await largest();
  const result = await new DeepLift(model).attribute({ x: ones }, { baselines: { x: higher } });
  expectClose(result, "x", [0, 0, 0, -8, 0, -7, 0, 0]);
  for (const gap of result.delta!.data) expect(Number(gap)).toBeCloseTo(0, 5);
});

test("C095: DeepLift at the pool itself is the pool's change", async () => {
  await using model = await largest();
  const result = await new DeepLift(fromLayer(model, "pool")).attribute({ x: ones }, { baselines: { x: higher } });
  expect(result.attributions["pool"]!.shape).toEqual([2, 1, 1]);
  expectClose(result, "pool", [-8, -7]);
});

test("C097: DeepLift of a sigmoid is its change, and its multiplier that over the input's", async () => {
  await using model = await load(["float32", ["n", 1]], [node("Sigmoid", ["x"], ["y"])]);
  const ask = { x: [[2]] };
  const options = { baselines: { x: [[-1]] } };
  expectClose(await new DeepLift(model).attribute(ask, options), "x", [0.6118557]);
  expectClose(await new DeepLift(model, { multiplyByInputs: false }).attribute(ask, options), "x", [0.2039519]);
});

test("C110: relevance passes through a pooled maximum to where it lies", async () => {
  await using one = await load(
    ["float32", ["n", 2, 2]],
    [
      node("MatMul", ["x", "twos"], ["lin"]),
      node("MaxPool", ["lin"], ["pool"], { kernel_shape: [2], strides: [2] }),
      node("Flatten", ["pool"], ["y"]),
    ],
    { twos: constant([2, 2], [2, 2, 2, 2]) },
  );
  const result = await new Lrp(one).attribute({ x: [[[1, 2], [5, 6]]] }, { target: 1 }); // biome-ignore format: a matrix
  expectClose(result, "x", [0, 0, 10, 12]);

  const pooled = (axes: number): Promise<OnnxModel> =>
    load(
      ["float32", ["n", 1, ...new Array<number>(axes).fill(2)]],
      [
        node("MaxPool", ["x"], ["pool"], { kernel_shape: new Array<number>(axes).fill(2) }),
        node("Flatten", ["pool"], ["flat"], { axis: int(1) }),
        node("MatMul", ["flat", "two"], ["y"]),
      ],
      { two: constant([1, 1], [2]) },
    );
  await using two = await pooled(2);
  expectClose(await new Lrp(two).attribute({ x: [[[[1, 2], [5, 6]]]] }), "x", [0, 0, 0, 12]); // biome-ignore format: a matrix
  await using three = await pooled(3);
  const cube = [[[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]]]; // biome-ignore format: matrices
  expectClose(await new Lrp(three).attribute({ x: cube }), "x", [0, 0, 0, 0, 0, 0, 0, 16]);
  // The same of a neuron: its own value is what is shared out.
  expectClose(await new Lrp(upToLayer(three, "pool")).attribute({ x: cube }), "x", [0, 0, 0, 0, 0, 0, 0, 8]);
});
