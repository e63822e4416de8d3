import { hostBackend, InvalidArgumentError } from "@attr/core";
import { expect, test } from "vitest";
import { writeModel } from "../onnx/write-model.ts";
import { constant, node, onnxModel, weights } from "../onnx-builder.fixture.ts";
import { OnnxModel } from "../onnx-model.ts";

test("an empty sequence is refused before it reaches a recurrent operator, which would end the process", async () => {
  const file = onnxModel({
    inputs: { x: ["float32", ["time", 1, 4]] },
    outputs: { y: undefined },
    constants: { w: constant([1, 6, 4], weights(24)), r: constant([1, 6, 2], weights(12)) },
    nodes: [node("GRU", ["x", "w", "r"], ["y"], { hidden_size: { int: 2 } })],
  });
  await using model = await OnnxModel.load(writeModel(file), { batch: "none" });
  const x = hostBackend.fromData(new Float32Array(0), [1, 0, 1, 4], "float32");
  const run = model.run({ feeds: { x }, fetches: ["y"] });
  await expect(run).rejects.toThrow(InvalidArgumentError);
  await expect(model.run({ feeds: { x }, fetches: ["y"] })).rejects.toThrow(
    'feed "x" has shape [1, 0, 1, 4]: the model has the recurrent operator GRU',
  );
});
