import { describe, expect, test } from "vitest";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { add, hostGraph, linear, referenceNetwork, relu, tanh } from "./host-graph.fixture.ts";
import { describeGraphModel } from "./model-contract.fixture.ts";

describeGraphModel("a host graph", () => ({
  model: hostGraph({
    inputs: ["x", "y"],
    nodes: [
      linear(
        "h",
        "x",
        [
          [1, -1],
          [2, 0.5],
        ],
        [0.1, 0],
      ),
      tanh("t", "h"),
      relu("r", "y"),
      add("s", "t", "r"),
      linear("out", "s", [[1], [3]]),
    ],
    outputs: ["out", "t"],
    maxBatchSize: 3,
  }),
  inputs: (rows) => ({
    x: tensor(
      Array.from({ length: rows }, (_, i) => [i / 3, 1 - i]),
      "float64",
    ),
    y: tensor(
      Array.from({ length: rows }, (_, i) => [i - 2, i]),
      "float64",
    ),
  }),
}));

describe("the reference network", () => {
  test("has the published layer values", async () => {
    const at = async (x: number[][], layer: string, bypass = false): Promise<unknown> => {
      const model = referenceNetwork({ bypass });
      const result = await model.run({ feeds: { x: tensor(x, "float64") }, fetches: [layer] });
      return (await hostBackend.read(result[layer]!)).toArray();
    };
    // captum-cases C113, C014
    expect(await at([[0, 100, 0]], "linear1")).toEqual([[90, 101, 101, 101]]);
    expect(await at([[0, 100, 0]], "linear2")).toEqual([[392, 394]]);
    expect(await at([[3, 4, 0]], "relu")).toEqual([[0, 8, 8, 8]]);
    expect(await at([[5, 2, 1]], "linear1")).toEqual([[-2, 9, 9, 9]]);
    expect(await at([[0, 6, 0]], "multi_relu", true)).toEqual([[0, 14, 14, 14]]);
  });
});
