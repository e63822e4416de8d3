import {
  DeepLift,
  FeatureAblation,
  fromLayer,
  InputXGradient,
  IntegratedGradients,
  LayerGradientXActivation,
  limitBatch,
  onCall,
  tensor,
} from "@attr/core";
import { describe, expect, test } from "vitest";
import { writeModel } from "./onnx/write-model.ts";
import { constant, node, onnxModel, weights } from "./onnx-builder.fixture.ts";
import { OnnxModel } from "./onnx-model.ts";

/** `[n, 2, 3]` goes through as `2 n` rows of its own, as the choices of a question do, and comes out as `[n, 2]`; `y` is added at the end. */
const choices = onnxModel({
  inputs: { x: ["float32", ["n", 2, 3]], y: ["float32", ["n", 2]] },
  outputs: { logits: ["float32", ["n", 2]] },
  constants: {
    rows_shape: constant([2], [-1, 3], "int64"),
    choices_shape: constant([2], [-1, 2], "int64"),
    w: constant([3, 1], weights(3)),
  },
  nodes: [
    node("Reshape", ["x", "rows_shape"], ["rows"]),
    node("Tanh", ["rows"], ["layer"]),
    node("MatMul", ["layer", "w"], ["scores"]),
    node("Reshape", ["scores", "choices_shape"], ["choices"]),
    node("Add", ["choices", "y"], ["logits"]),
  ],
});

describe("a layer with several rows for an example", () => {
  const x = tensor([
    [
      [0.1, 0.2, 0.3],
      [1, -1, 0.5],
    ],
    [
      [0.4, 0, -0.3],
      [0.2, 0.7, 2],
    ],
  ]);
  const y = tensor([
    [1, 2],
    [3, 4],
  ]);

  test("is attributed to example by example, by gradients, multipliers and ablation alike", async () => {
    await using model = await OnnxModel.load(writeModel(choices));
    const view = fromLayer(model, "layer");
    const options = { target: [0, 1], baselines: { x: 0, y: 0 } };
    const integrated = await new IntegratedGradients(view).attribute({ x, y }, options);
    expect(integrated.attributions["layer"]!.shape).toEqual([2, 2, 3]);
    for (const gap of integrated.delta!.data) expect(Math.abs(Number(gap))).toBeLessThan(1e-6);
    const lifted = await new DeepLift(view).attribute({ x, y }, options);
    const ablated = await new FeatureAblation(view).attribute({ x, y }, options);
    // After the layer all is linear, so the three agree; the other choice's row has no part in a choice.
    integrated.attributions["layer"]!.data.forEach((value, i) => {
      expect(Number(lifted.attributions["layer"]!.data[i])).toBeCloseTo(Number(value), 6);
      expect(Number(ablated.attributions["layer"]!.data[i])).toBeCloseTo(Number(value), 6);
    });
    expect([...integrated.attributions["layer"]!.data].slice(3, 9).every((value) => Number(value) === 0)).toBe(true);
  });

  test("is differentiated by in the same structure by methods that name their layer", async () => {
    await using model = await OnnxModel.load(writeModel(choices));
    const named = await new LayerGradientXActivation(model, { layer: "layer" }).attribute({ x, y }, { target: [0, 1] });
    const view = await new InputXGradient(fromLayer(model, "layer")).attribute({ x, y }, { target: [0, 1] });
    expect(named.attributions["layer"]!.shape).toEqual([2, 2, 3]);
    named.attributions["layer"]!.data.forEach((value, i) => {
      expect(Number(value)).toBeCloseTo(Number(view.attributions["layer"]!.data[i]), 6);
    });
  });

  /** The rows of the two choices one after the other, and not those of an example. */
  const interleaved = onnxModel({
    inputs: { x: ["float32", ["n", 2, 3]] },
    outputs: { logits: ["float32", ["n", 2]] },
    constants: {
      rows_shape: constant([2], [-1, 3], "int64"),
      choices_shape: constant([2], [2, -1], "int64"),
      w: constant([3, 1], weights(3)),
    },
    nodes: [
      node("Transpose", ["x"], ["turned"], { perm: [1, 0, 2] }),
      node("Reshape", ["turned", "rows_shape"], ["rows"]),
      node("Tanh", ["rows"], ["layer"]),
      node("MatMul", ["layer", "w"], ["scores"]),
      node("Reshape", ["scores", "choices_shape"], ["choices"]),
      node("Transpose", ["choices"], ["logits"], { perm: [1, 0] }),
    ],
  });

  test.each([
    ["takes the rows of an example together where they lie together", choices, 1],
    ["takes example by example where they do not", interleaved, 7],
  ])("of a method that names its layer: %s", async (_, file, most) => {
    await using model = await OnnxModel.load(writeModel(file));
    const many = tensor(Array.from({ length: 6 }, (_row, n) => [0, 1].map((c) => [0.3 * n - c, 0.1 * n, 0.5 * c - 0.2 * n])));
    const inputs = model.inputs.length === 1 ? { x: many } : { x: many, y: tensor(Array.from({ length: 6 }, () => [0, 0])) };
    const target = Array.from({ length: 6 }, (_row, n) => n % 2);
    let calls = 0;
    const counted = onCall(model, ({ wrt }) => {
      if (wrt !== undefined) calls++;
    });
    const together = await new LayerGradientXActivation(counted, { layer: "layer" }).attribute(inputs, { target });
    expect(calls).toBe(most);
    const alone = await new LayerGradientXActivation(limitBatch(model, 1), { layer: "layer" }).attribute(inputs, { target });
    expect(together.attributions["layer"]!.shape).toEqual([6, 2, 3]);
    alone.attributions["layer"]!.data.forEach((value, i) => {
      expect(Number(together.attributions["layer"]!.data[i])).toBeCloseTo(Number(value), 6);
    });
  });
});
