import { hostBackend, limitBatch, logSoftmax, type NamedTensors } from "@attr/core";
import { describeDifferentiableModel } from "@attr/testing";
import * as ort from "onnxruntime-node";
import { describe, test } from "vitest";
import { hostGraph, linear, tanh } from "../../testing/src/host/host-graph.ts";
import { writeModel } from "./onnx/write-model.ts";
import { perceptron, weights } from "./onnx-builder.fixture.ts";
import { OnnxModel } from "./onnx-model.ts";

const inputs = (rows: number): NamedTensors => ({ x: hostBackend.fromData(weights(rows * 4, 11), [rows, 4], "float32") });
const wrt = ["x", "h1", "a"];

function rowsOf(data: Float32Array, columns: number): number[][] {
  return Array.from({ length: data.length / columns }, (_, row) => [...data.subarray(row * columns, (row + 1) * columns)]);
}

/** The perceptron in float64. */
const oracle = hostGraph({
  inputs: [{ name: "x", dtype: "float64" }],
  nodes: [
    linear("h1", "x", rowsOf(weights(20), 5)),
    linear(
      "h2",
      "h1",
      Array.from({ length: 5 }, (_, i) => Array.from({ length: 5 }, (_column, j) => (i === j ? 1 : 0))),
      [...weights(5, 2)],
    ),
    tanh("a", "h2"),
    linear("logits", "a", rowsOf(weights(15, 3), 3)),
  ],
  outputs: ["logits"],
});

const load = (batch: string | number = "n"): Promise<OnnxModel> =>
  OnnxModel.load(writeModel(perceptron(batch)), { runtime: ort });

const numeric = { inputs, wrt, tolerance: 1e-5, step: 1e-2, differenceTolerance: 1e-3 };

describeDifferentiableModel("a perceptron", async () => ({ ...numeric, model: await load(), oracle }), { describe, test });
describeDifferentiableModel("a perceptron with a fixed batch of 1", async () => ({ ...numeric, model: await load(1), oracle }), {
  describe,
  test,
});
describeDifferentiableModel(
  "limitBatch of a perceptron",
  async () => ({
    ...numeric,
    model: limitBatch(await load(), 2),
    oracle,
  }),
  { describe, test },
);
describeDifferentiableModel(
  "logSoftmax of a perceptron",
  async () => ({
    ...numeric,
    model: logSoftmax(await load()),
    oracle: logSoftmax(oracle),
  }),
  { describe, test },
);
