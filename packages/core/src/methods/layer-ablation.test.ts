import { expect, test } from "vitest";
import { hostGraph, referenceNetwork } from "../../../testing/src/host/host-graph.ts";
import { fromLayer } from "../model/from-layer.ts";
import { upToLayer } from "../model/up-to-layer.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { FeatureAblation } from "./feature-ablation.ts";
import { ShapleyValues } from "./shapley-values.ts";

/** MI of the reference cases as a graph: `sum` of three inputs is linear1's input. */
const graph = hostGraph({
  inputs: ["x1", "x2", "x3"].map((name) => ({ name, dtype: "float64" as const })),
  nodes: [
    { name: "sum", inputs: ["x1", "x2", "x3"], compute: (a, b, c) => hostBackend.add(hostBackend.add(a!, b!), c!) },
    {
      name: "linear1",
      inputs: ["sum"],
      compute: (x) => hostBackend.add(hostBackend.sum(x!, [1], true), tensor([-10, 1, 1, 1], "float64")),
    },
    { name: "relu", inputs: ["linear1"], compute: (x) => hostBackend.maximum(x!, tensor(0, "float64")) },
    {
      name: "linear2",
      inputs: ["relu"],
      compute: (x) => hostBackend.add(hostBackend.sum(x!, [1], true), tensor([-1, 1], "float64")),
    },
  ],
  outputs: ["linear2"],
});
const inputs = {
  x1: [
    [23, 100, 0],
    [20, 50, 30],
  ],
  x2: [
    [20, 50, 30],
    [0, 100, 0],
  ],
  x3: [
    [0, 100, 10],
    [2, 10, 3],
  ],
};

test("C120 a layer's value is ablated in place of the inputs", async () => {
  const layer = new FeatureAblation(fromLayer(referenceNetwork(), "linear0"));
  const result = await layer.attribute({ x: [[20, 50, 30]] }, { target: 0, featureMask: { linear0: [[0, 0, 1]] } });
  expect(result.attributions["linear0"]!.toArray()).toEqual([[280, 280, 120]]);
});

test("C120 a layer's value is ablated, with baselines and masks under its name", async () => {
  const layer = new FeatureAblation(fromLayer(graph, "sum"));
  const plain = await layer.attribute(inputs, { target: 0, baselines: { sum: [[1, 2, 3]] } });
  expect(plain.attributions["sum"]!.toArray()).toEqual(
    [
      [168, 992, 148],
      [84, 632, 120],
    ].map((row) => row),
  );
  expect(plain.evaluations).toEqual({ calls: 2, rows: 2 + 2 * 4, coalitions: 4 });
  const masked = await layer.attribute(inputs, {
    target: 0,
    baselines: { sum: [[1, 2, 3]] },
    featureMask: {
      sum: [
        [0, 1, 0],
        [0, 1, 2],
      ],
    },
  });
  expect(masked.attributions["sum"]!.toArray()).toEqual([
    [316, 992, 316],
    [84, 632, 120],
  ]);
});

test("a neuron is explained by the model up to its layer", async () => {
  const result = await new ShapleyValues(upToLayer(graph, "linear1")).attribute(
    { x1: [[1, 2, 3]], x2: [[4, 5, 6]], x3: [[7, 8, 9]] },
    { target: 2 },
  );
  expect([...result.attributions["x2"]!.data].map((value) => Math.round(Number(value) * 1e9) / 1e9)).toEqual([4, 5, 6]);
});
