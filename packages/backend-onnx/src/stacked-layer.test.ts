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

  const six = tensor(Array.from({ length: 6 }, (_row, n) => [0, 1].map((c) => [0.3 * n - c, 0.1 * n, 0.5 * c - 0.2 * n])));
  const target = Array.from({ length: 6 }, (_row, n) => n % 2);

  test.each([
    ["many examples and steps share a call where the rows of an example lie together", choices, [6, 2, 12, 64, 64, 64, 48]],
    ["an example has a call of its own where they do not", interleaved, [6, 2, ...new Array<number>(6 + 12 + 240).fill(1)]],
  ])("seen through fromLayer: %s", async (_, file, first) => {
    const bytes = writeModel(file);
    await using model = await OnnxModel.load(bytes);
    await using small = await OnnxModel.load(bytes, { maxBatchBytes: 1 });
    const inputs = model.inputs.length === 1 ? { x: six } : { x: six, y: tensor(Array.from({ length: 6 }, () => [0, 0])) };
    const explained = async (of: typeof model | ReturnType<typeof limitBatch<typeof model>>) => {
      const view = fromLayer(of, "layer");
      const { delta, attributions } = await new IntegratedGradients(view).attribute(inputs, { target, steps: 40 });
      for (const gap of delta!.data) expect(Math.abs(Number(gap))).toBeLessThan(1e-6);
      const lifted = await new DeepLift(view).attribute(inputs, { target });
      const ablated = await new FeatureAblation(view).attribute(inputs, { target });
      expect(attributions["layer"]!.shape).toEqual([6, 2, 3]);
      attributions["layer"]!.data.forEach((value, i) => {
        expect(Number(lifted.attributions["layer"]!.data[i])).toBeCloseTo(Number(value), 6);
        expect(Number(ablated.attributions["layer"]!.data[i])).toBeCloseTo(Number(value), 6);
      });
      return attributions["layer"]!;
    };
    const calls: number[] = [];
    const together = await explained(onCall(model, ({ rows }) => calls.push(rows)));
    // The layer; two copies of an example up to it; then the ends of the paths, and 40 steps of each.
    expect(calls.slice(0, first.length)).toEqual(first);
    // Rows that share no call of the runtime, and calls of an odd number of rows, change nothing.
    for (const other of [await explained(small), await explained(limitBatch(model, 5)), await explained(limitBatch(model, 1))])
      other.data.forEach((value, i) => {
        expect(Number(value)).toBeCloseTo(Number(together.data[i]), 6);
      });
  });

  test.each([
    ["takes the rows of an example together where they lie together", choices, 1],
    ["takes example by example where they do not", interleaved, 7],
  ])("of a method that names its layer: %s", async (_, file, most) => {
    await using model = await OnnxModel.load(writeModel(file));
    const inputs = model.inputs.length === 1 ? { x: six } : { x: six, y: tensor(Array.from({ length: 6 }, () => [0, 0])) };
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
