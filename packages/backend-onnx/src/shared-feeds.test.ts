import { bind, FeatureAblation, tensor, wholeBatch } from "@attr/core";
import { expect, test } from "vitest";
import { writeModel } from "./onnx/write-model.ts";
import { node, onnxModel } from "./onnx-builder.fixture.ts";
import { OnnxModel } from "./onnx-model.ts";

/** `y = x · table`, the table being an input without a batch axis. */
const product = writeModel(
  onnxModel({
    inputs: { x: ["float32", ["n", 3]], table: ["float32", [3, "k"]] },
    outputs: { y: ["float32", ["n", "k"]] },
    nodes: [node("MatMul", ["x", "table"], ["y"])],
  }),
);

/** `loss = mean(x · x)` over the whole batch. */
const mean = writeModel(
  onnxModel({
    inputs: { x: ["float32", ["n", 2]] },
    outputs: { loss: ["float32", []] },
    nodes: [node("Mul", ["x", "x"], ["squares"]), node("ReduceMean", ["squares"], ["loss"], { keepdims: { int: 0 } })],
  }),
);

test("a bound value that is shared goes into every run as it is", async () => {
  await using model = await OnnxModel.load(product);
  const table = [
    [1, 10],
    [2, 20],
    [3, 30],
  ];
  const bound = bind(model, { table }, { shared: ["table"] });
  const x = [
    [1, 1, 1],
    [2, 0, 1],
  ];
  const result = await new FeatureAblation(bound).attribute({ x }, { target: 1 });
  expect(result.attributions["x"]?.toArray()).toEqual([
    [10, 20, 30],
    [20, 0, 30],
  ]);
});

test("a shared value of another shape than the file's is refused with the axis", async () => {
  await using model = await OnnxModel.load(product);
  const run = model.run({ feeds: { x: tensor([[1, 2, 3]]), table: tensor([[1, 2]]) }, fetches: ["y"], shared: ["table"] });
  await expect(run).rejects.toThrow('feed "table" must have 3 at axis 0, got 1 ([1, 2])');
});

test("a model whose output is of the whole batch is explained by wholeBatch", async () => {
  await using model = await OnnxModel.load(mean);
  const result = await new FeatureAblation(wholeBatch(model)).attribute({
    x: [
      [2, 0],
      [4, 6],
    ],
  });
  expect(result.attributions["x"]?.toArray()).toEqual([
    [
      [1, 0],
      [4, 9],
    ],
  ]);
  expect(result.evaluations.rows).toBe(5);
});
