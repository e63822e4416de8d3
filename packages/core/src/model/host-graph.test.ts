import { describe, expect, test } from "vitest";
import {
  add,
  affine,
  hostGraph,
  linear,
  mul,
  referenceNetwork,
  relu,
  reshape,
  tanh,
} from "../../../testing/src/host/host-graph.ts";
import { type DifferentiableCase, describeDifferentiableModel, describeGraphModel } from "../../../testing/src/index.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { bind } from "./bind.ts";
import { limitBatch } from "./limit-batch.ts";
import { logSoftmax } from "./log-softmax.ts";
import { onCall } from "./on-call.ts";
import { upToLayer } from "./up-to-layer.ts";

describeGraphModel(
  "a host graph",
  () => ({
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
  }),
  { describe, test },
);

/** Every kind of operation, with a value that is used twice and a layer that does not lead to the output. */
function smooth(): DifferentiableCase {
  const rowsOf = (rows: number, shift: number): number[][] =>
    Array.from({ length: rows }, (_, i) => [0.3 * i + shift, 1 - 0.4 * i, shift - 0.7 * i]);
  return {
    model: hostGraph({
      inputs: ["x", "y"],
      nodes: [
        linear("h", "x", [[1, -1], [2, 0.5], [0.3, 0.2]], [0.1, 0]), // biome-ignore format: a matrix
        tanh("t", "h"),
        affine("z", "y", -2, 0.5),
        relu("r", "z"),
        linear("s", "r", [[1, 0.2], [0.4, 1], [-1, 1]]), // biome-ignore format: a matrix
        mul("p", "t", "s"),
        add("q", "p", "h"),
        affine("aside", "q", 3),
        linear("wide", "q", [[1, 2, 3, 4, 5, 6], [-1, 1, 0, 2, 0.5, 1]]), // biome-ignore format: a matrix
        reshape("out", "wide", [2, 3]),
      ],
      outputs: ["out"],
      maxBatchSize: 8,
    }),
    inputs: (rows) => ({ x: tensor(rowsOf(rows, 0.2), "float64"), y: tensor(rowsOf(rows, -0.45), "float64") }),
    wrt: ["x", "y", "t", "h", "q", "out"],
    differenceTolerance: 1e-5,
    tolerance: 1e-12,
  };
}

describeDifferentiableModel("a host graph", smooth, { describe, test });
describeDifferentiableModel(
  "logSoftmax of a host graph",
  () => {
    const given = smooth();
    return { ...given, model: logSoftmax(given.model) };
  },
  { describe, test },
);
describeDifferentiableModel(
  "logSoftmax over another axis",
  () => {
    const given = smooth();
    return { ...given, model: logSoftmax(given.model, 1) };
  },
  { describe, test },
);
describeDifferentiableModel(
  "limitBatch of a host graph",
  () => {
    const given = smooth();
    return { ...given, model: limitBatch(given.model, 2) };
  },
  { describe, test },
);
describeDifferentiableModel(
  "upToLayer of onCall of a host graph",
  () => {
    const given = smooth();
    return {
      ...given,
      model: upToLayer(
        onCall(given.model as ReturnType<typeof hostGraph>, () => {}),
        "p",
      ),
      wrt: ["x", "y", "t", "s"],
    };
  },
  { describe, test },
);
describeDifferentiableModel(
  "bind of a host graph",
  () => {
    const given = smooth();
    const model = bind(given.model, { y: tensor([[0.1, -0.4, 0.2]], "float64") });
    return { ...given, model, inputs: (rows) => ({ x: given.inputs(rows)["x"]! }), wrt: ["x", "h", "q"] };
  },
  { describe, test },
);

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
