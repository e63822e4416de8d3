import { type GradientRequest, type HostTensor, hostBackend, logSoftmax, onCall } from "@attr/core";
import { describe, expect, test } from "vitest";
import { writeModel } from "../../onnx/write-model.ts";
import { constant, node, onnxModel, perceptron, weights } from "../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../onnx-model.ts";

function batch(shape: readonly number[], phase = 1): HostTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return hostBackend.fromData(weights(count, phase), shape, "float32");
}

/** The same model, which has to be asked for the scores first. */
function inTwoCalls(model: OnnxModel): OnnxModel {
  return new Proxy(model, {
    get: (target, name) => {
      if (name === "differentiatesLogSoftmax") return false;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

async function compare(model: OnnxModel, axis: number, request: GradientRequest): Promise<void> {
  let calls = 0;
  const counted = onCall(model, () => {
    calls++;
  });
  const one = await logSoftmax(counted, axis).gradient(request);
  expect(calls).toBe(1);
  const two = await logSoftmax(inTwoCalls(model), axis).gradient(request);
  for (const results of ["gradients", "values"] as const) {
    expect(Object.keys(one[results])).toEqual(Object.keys(two[results]));
    for (const [name, tensor] of Object.entries(two[results])) {
      const [expected, got] = [
        await hostBackend.read(tensor as HostTensor),
        await hostBackend.read(one[results][name] as HostTensor),
      ];
      expect(got.shape).toEqual(expected.shape);
      for (let i = 0; i < expected.data.length; i++) expect(Number(got.data[i])).toBeCloseTo(Number(expected.data[i]), 5);
    }
  }
}

describe("the gradient of log-probabilities in one call", () => {
  const value = "log_softmax(logits)";

  test.each([
    ["rows that share a run", perceptron(), {}],
    ["rows run one by one", perceptron(), { batch: "one-by-one" }],
    ["a fixed batch", perceptron(2), {}],
  ] as const)("is that of two calls: %s", async (_, file, options) => {
    await using model = await OnnxModel.load(writeModel(file), options);
    const feeds = { x: batch([2, 4]) };
    await compare(model, -1, { feeds, objective: { value, index: [[2], [0]] }, wrt: ["x"], fetches: [value, "logits"] });
    await compare(model, 1, { feeds, objective: { value, cotangent: batch([2, 3], 5) }, wrt: ["x"], fetches: [value] });
  });

  test("is that of two calls in a file without a batch axis", async () => {
    await using model = await OnnxModel.load(writeModel(perceptron(1)), { batch: "none" });
    const feeds = { x: batch([2, 1, 4]) };
    const index = [
      [0, 2],
      [0, 0],
    ];
    for (const axis of [2, -1]) await compare(model, axis, { feeds, objective: { value, index }, wrt: ["x"], fetches: [value] });
  });

  test("is that of two calls along any axis", async () => {
    const file = onnxModel({
      inputs: { x: ["float32", ["n", 2, 3]] },
      outputs: { logits: ["float32", ["n", 2, 3]] },
      nodes: [node("Tanh", ["x"], ["h"]), node("Mul", ["h", "x"], ["logits"])],
    });
    await using model = await OnnxModel.load(writeModel(file));
    for (const axis of [1, 2, -1, -2])
      await compare(model, axis, {
        feeds: { x: batch([3, 2, 3]) },
        objective: {
          value,
          index: [
            [0, 1],
            [1, 2],
            [1, 0],
          ],
        },
        wrt: ["x", "h"],
      });
  });

  test("is that of two calls where one position of the last product is enough", async () => {
    const file = onnxModel({
      inputs: { x: ["float32", ["n", "length", 3]] },
      outputs: { logits: ["float32", ["n", "length", 5]] },
      constants: { head: constant([3, 5], weights(15, 2)), axis: constant([], [1], "int64") },
      nodes: [node("CumSum", ["x", "axis"], ["seen"]), node("Tanh", ["seen"], ["h"]), node("MatMul", ["h", "head"], ["logits"])],
    });
    await using model = await OnnxModel.load(writeModel(file));
    const index = [
      [3, 4],
      [1, 0],
    ];
    for (const along of [-1, 2, 1])
      await compare(model, along, { feeds: { x: batch([2, 4, 3]) }, objective: { value, index }, wrt: ["x"], fetches: [value] });
  });

  test("is refused along the batch and axes that are not there", async () => {
    await using model = await OnnxModel.load(writeModel(perceptron()));
    const request = { feeds: { x: batch([1, 4]) }, wrt: ["x"] };
    for (const logSoftmax of [0, 2, -2, 0.5])
      await expect(model.gradient({ ...request, objective: { value: "logits", index: [[1]], logSoftmax } })).rejects.toThrow(
        `objective.logSoftmax ${logSoftmax} is no axis of "logits" (2 axes) to normalise over`,
      );
  });
});
