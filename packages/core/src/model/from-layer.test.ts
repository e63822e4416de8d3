import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { add, hostGraph, linear, referenceNetwork, tanh } from "../../../testing/src/host/host-graph.ts";
import { FeatureAblation } from "../methods/feature-ablation.ts";
import { InputXGradient } from "../methods/input-x-gradient.ts";
import { IntegratedGradients } from "../methods/integrated-gradients.ts";
import { LayerGradientXActivation } from "../methods/layer-gradient-x-activation.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { bind } from "./bind.ts";
import { isGraphModel } from "./capabilities.ts";
import { fromLayer } from "./from-layer.ts";
import { limitBatch } from "./limit-batch.ts";
import { logSoftmax } from "./log-softmax.ts";
import { type ModelCall, onCall } from "./on-call.ts";
import { runInBatches } from "./rows.ts";
import { outputOf, rows, threeInputs, threeInputsOf } from "./three-inputs.fixture.ts";
import { upToLayer } from "./up-to-layer.ts";

describe("fromLayer", () => {
  test("computes the layer once and goes on from it", async () => {
    const calls: ModelCall[] = [];
    const model = fromLayer(
      onCall(referenceNetwork(), (call) => calls.push(call)),
      "relu",
    );
    const { values, model: onward } = await model.resolve!({
      x: rows([
        [3, 4, 0],
        [0, 100, 0],
      ]),
    });
    expect(calls).toEqual([{ rows: 2, fetches: ["relu"] }]);
    expect((await hostBackend.read(values["relu"]!)).toArray()).toEqual([
      [0, 8, 8, 8],
      [90, 101, 101, 101],
    ]);
    expect(onward.inputs).toEqual([{ name: "relu" }]);
    expect(await outputOf(onward, { relu: rows([[1, 1, 1, 1]]) }, [1], 2)).toEqual([[3, 5]]);
    expect(calls.length).toBe(2);
  });

  test("passes inputs that go past the layer along, example by example", async () => {
    const model = fromLayer(referenceNetwork({ bypass: true }), "linear0");
    const { model: onward } = await model.resolve!({
      x: rows([
        [0, 6, 0],
        [0, 100, 0],
      ]),
    });
    expect(onward.inputs.map((input) => input.name)).toEqual(["linear0"]);
    const zero = rows([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    // relu of linear0 = 0 gives (0, 1, 1, 1), the bypass still sees the example's own input.
    expect(await outputOf(onward, { linear0: zero }, [1, 0, 1], 2)).toEqual([
      [395, 397],
      [23, 25],
      [395, 397],
    ]);
  });

  test("gives the layer's value at other inputs, one row repeated", async () => {
    const resolved = await fromLayer(referenceNetwork(), "linear1").resolve!({
      x: rows([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    });
    const { linear1 } = await resolved.at({ x: rows([[0, 0, 0]]) });
    expect((await hostBackend.read(linear1!)).toArray()).toEqual([
      [-10, 1, 1, 1],
      [-10, 1, 1, 1],
    ]);
    await expect(resolved.at({})).rejects.toThrow('input "x" is missing');
  });

  test("cuts the call that computes the layer to the batch limit", async () => {
    const calls: ModelCall[] = [];
    const model = fromLayer(
      limitBatch(
        onCall(referenceNetwork(), (call) => calls.push(call)),
        2,
      ),
      "relu",
    );
    await model.resolve!({
      x: rows([
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ]),
    });
    expect(calls.map((call) => call.rows)).toEqual([2, 1]);
  });

  test.prop([fc.subarray(["bind", "limit", "call", "softmax", "up"] as const), fc.nat(4)])(
    "views of a layer view are the layer view of the views",
    async (names, at) => {
      const outer: ModelCall[] = [];
      const views: Readonly<
        Record<(typeof names)[number], (model: ReturnType<typeof threeInputs>) => ReturnType<typeof threeInputs>>
      > = {
        bind: (model) => bind(model, { z: [[1], [2]] }),
        limit: (model) => limitBatch(model, 1),
        call: (model) => onCall(model, (call) => outer.push(call)),
        softmax: (model) => logSoftmax(model),
        up: (model) => upToLayer(model, "out"),
      };
      const build = (layerAt: number) => {
        let model = layerAt === 0 ? fromLayer(threeInputs(), "h") : threeInputs();
        names.forEach((name, i) => {
          model = views[name](model);
          if (layerAt === i + 1) model = fromLayer(model, "h");
        });
        return names.length < layerAt ? fromLayer(model, "h") : model;
      };
      const all = threeInputsOf(2);
      const given = names.includes("bind") ? { x: all.x, y: all.y } : all;
      const results = [];
      for (const layerAt of [at, names.length]) {
        const model = build(layerAt);
        expect(isGraphModel(model)).toBe(true);
        expect(model.notes).toEqual(["made for a test"]);
        const before = outer.length;
        const resolved = await model.resolve!(given);
        // The listener outside sees the call for the layer, wherever the layer view stands.
        expect(outer.length > before).toBe(names.includes("call"));
        expect(Object.keys(resolved.values)).toEqual(["h"]);
        expect(resolved.model.inputs.map((input) => input.name)).toEqual(["h"]);
        const fetches = [resolved.model.outputs[0]!.name];
        const result = await runInBatches(resolved.model, { feeds: { h: rows([[5], [6]]) }, fetches });
        results.push((await hostBackend.read(result[fetches[0]!]!)).toArray());
      }
      expect(results[0]).toEqual(results[1]);
    },
  );

  test("upToLayer of a layer view explains a later layer by an earlier one", async () => {
    const model = upToLayer(fromLayer(referenceNetwork(), "linear0"), "linear1");
    const { model: onward } = await model.resolve!({ x: rows([[1, 2, 3]]) });
    expect(await outputOf(onward, { linear0: rows([[0, 0, 0]]) })).toEqual([[-10, 1, 1, 1]]);
  });

  test("refuses a value that has not one row an example", async () => {
    const model = hostGraph({
      inputs: ["x"],
      nodes: [{ name: "total", inputs: ["x"], compute: (x) => hostBackend.sum(x) }, add("out", "x", "total")],
      outputs: ["out"],
    });
    await expect(fromLayer(model, "total").resolve!({ x: rows([[1], [2]]) })).rejects.toThrow(
      'layer "total" has shape [] for 2 examples',
    );
  });
});

describe("a layer with several rows for an example", () => {
  /** `[n, 2, 3]` goes through as `2 n` rows of its own, and each example's two results come out beside each other. */
  const stacked = hostGraph({
    inputs: [
      { name: "x", dtype: "float64" },
      { name: "y", dtype: "float64" },
    ],
    nodes: [
      {
        name: "rows",
        inputs: ["x"],
        compute: (x) => hostBackend.reshape(x, [2 * x.shape[0]!, 3]),
        backward: { kind: "reshape" },
      },
      tanh("layer", "rows"),
      linear("scores", "layer", [[1], [-2], [0.5]]),
      {
        name: "choices",
        inputs: ["scores"],
        compute: (x) => hostBackend.reshape(x, [x.shape[0]! / 2, 2]),
        backward: { kind: "reshape" },
      },
      add("out", "choices", "y"),
    ],
    outputs: ["out"],
  });
  const x = [
    [
      [0.1, 0.2, 0.3],
      [1, -1, 0.5],
    ],
    [
      [0.4, 0, -0.3],
      [0.2, 0.7, 2],
    ],
  ];
  const y = [
    [1, 2],
    [3, 4],
  ];

  test("is attributed to as one stack of them an example", async () => {
    const view = fromLayer(stacked, "layer");
    const whole = await new IntegratedGradients(view).attribute({ x, y }, { target: [0, 1], baselines: { x: 0, y: 0 } });
    expect(whole.attributions["layer"]!.shape).toEqual([2, 2, 3]);
    for (const gap of whole.delta!.data) expect(Math.abs(Number(gap))).toBeLessThan(1e-12);
    const ablated = await new FeatureAblation(view).attribute({ x, y }, { target: [0, 1] });
    // After the layer all is linear.
    for (const [i, value] of whole.attributions["layer"]!.data.entries())
      expect(Number(ablated.attributions["layer"]!.data[i])).toBeCloseTo(Number(value), 12);
    // The second row of the first example leads to its other output.
    expect([...whole.attributions["layer"]!.data].slice(3, 6).every((value) => Number(value) === 0)).toBe(true);
  });

  test("is differentiated by in the same structure by methods that name their layer", async () => {
    const named = await new LayerGradientXActivation(stacked, { layer: "layer" }).attribute({ x, y }, { target: [0, 1] });
    const view = await new InputXGradient(fromLayer(stacked, "layer")).attribute({ x, y }, { target: [0, 1] });
    expect(named.attributions).toEqual(view.attributions);
    expect(named.value).toEqual(view.value);
  });

  test("of a number of rows that is no multiple of the examples is refused", async () => {
    const odd = hostGraph({
      inputs: [{ name: "x", dtype: "float64" }],
      nodes: [
        { name: "all", inputs: ["x"], compute: (tensor) => hostBackend.sum(tensor, [0], true) },
        { name: "out", inputs: ["all"], compute: (tensor) => tensor },
      ],
      outputs: ["out"],
    });
    await expect(new FeatureAblation(fromLayer(odd, "all")).attribute({ x: [[1], [2]] })).rejects.toThrow(
      "not one row an example",
    );
  });
});
