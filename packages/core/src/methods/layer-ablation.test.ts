import { expect, test } from "vitest";
import { hostGraph, referenceNetwork } from "../../../testing/src/host/host-graph.ts";
import { fromLayer } from "../model/from-layer.ts";
import { upToLayer } from "../model/up-to-layer.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { FeatureAblation } from "./feature-ablation.ts";
import { cn } from "./gradient-models.fixture.ts";
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

test("C121 units of a layer are ablated, one by one or by a mask", async () => {
  const image = [[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]]]; // biome-ignore format: a matrix
  const ones = image.map((rows) => rows.map((row) => row.map(() => 1)));
  const method = new FeatureAblation(fromLayer(cn, "relu1"));
  const each = await method.attribute({ x: [image], x2: [ones] }, { target: 0 });
  expect(each.attributions["relu1"]!.toArray()).toEqual([[[[4, 13], [40, 49]], [[0, 0], [-15, -24]]]]); // biome-ignore format: matrices
  const mask = [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]; // biome-ignore format: matrices
  const masked = await method.attribute({ x: [image], x2: [ones] }, { target: 0, featureMask: { relu1: [mask] } });
  expect(masked.attributions["relu1"]!.toArray()).toEqual([[[[17, 17], [67, 67]], [[0, 0], [-39, -39]]]]); // biome-ignore format: matrices
  // Both ways to the output are one value here: each unit has the effect of two.
  const both = new FeatureAblation(fromLayer(referenceNetwork({ bypass: true }), "multi_relu"));
  const twice = await both.attribute({ x: [[0, 6, 0]] }, { target: 0 });
  expect(twice.attributions["multi_relu"]!.toArray()).toEqual([[0, 14, 14, 14]]);
});

test("C127 a neuron's inputs are ablated", async () => {
  const neuron = new FeatureAblation(upToLayer(referenceNetwork(), "linear2"));
  const one = [[20, 50, 30]];
  const two = [[2, 10, 3], [20, 50, 30]]; // biome-ignore format: a matrix
  const shared = { featureMask: { x: [[0, 0, 1]] } };
  const own = { featureMask: { x: [[0, 0, 1], [1, 1, 0]] } }; // biome-ignore format: a matrix
  const at = async (x: number[][], options: object): Promise<unknown> =>
    (await neuron.attribute({ x }, { target: 0, ...options })).attributions["x"]!.toArray();
  expect(await at(one, {})).toEqual([[80, 200, 120]]);
  expect(await at(one, shared)).toEqual([[280, 280, 120]]);
  expect(await at(one, { ...shared, baselines: 4 })).toEqual([[248, 248, 104]]);
  expect(await at(two, {})).toEqual([[8, 35, 12], [80, 200, 120]]); // biome-ignore format: a matrix
  expect(await at(two, own)).toEqual([[41, 41, 12], [280, 280, 120]]); // biome-ignore format: a matrix
  // A sum over neurons is the sum of what each of them has.
  const all = (await neuron.attribute({ x: two }, own)).attributions["x"]!;
  expect(all.shape).toEqual([2, 2, 3]);
  const sums = [0, 1].map((row) => [0, 1, 2].map((i) => Number(all.data[6 * row + i]) + Number(all.data[6 * row + 3 + i])));
  expect(sums).toEqual([[82, 82, 24], [560, 560, 240]]); // biome-ignore format: a matrix
});

test("C127 a neuron of a convolution is explained after its rectifier and before it", async () => {
  const image = [[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]]]; // biome-ignore format: a matrix
  const ones = image.map((rows) => rows.map((row) => row.map(() => 1)));
  const of = (layer: string, options: object = {}) =>
    new FeatureAblation(upToLayer(cn, layer)).attribute({ x: [image], x2: [ones] }, { target: { path: [1, 0, 0] }, ...options });
  const after = await of("relu1");
  for (const name of ["x", "x2"]) expect(after.attributions[name]!.data.every((value) => value === 0)).toBe(true);
  const before = await of("conv1");
  const seen = [[0, 1, 2, 0], [4, 5, 6, 0], [8, 9, 10, 0], [0, 0, 0, 0]]; // biome-ignore format: a matrix
  expect(before.attributions["x"]!.toArray()).toEqual([[seen]]);
  const covered = [[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]; // biome-ignore format: a matrix
  expect(before.attributions["x2"]!.toArray()).toEqual([[covered]]);
  const whole = await of("conv1", { featureMask: { x: 0, x2: 1 } });
  expect(new Set<number | bigint>(whole.attributions["x"]!.data)).toEqual(new Set([45]));
  expect(new Set<number | bigint>(whole.attributions["x2"]!.data)).toEqual(new Set([9]));
});
