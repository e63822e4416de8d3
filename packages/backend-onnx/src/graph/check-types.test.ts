import { AttributionError } from "@attr/core";
import { expect, test } from "vitest";
import { writeModel } from "../onnx/write-model.ts";
import { constant, node, onnxModel } from "../onnx-builder.fixture.ts";
import { OnnxModel } from "../onnx-model.ts";

const resize = (inputs: readonly string[], constants: Parameters<typeof onnxModel>[0]["constants"] = {}) =>
  OnnxModel.load(
    writeModel(
      onnxModel({
        inputs: { x: ["float32", ["n", 2, 4, 4]] },
        outputs: { y: undefined },
        constants,
        nodes: [node("Resize", inputs, ["y"], { mode: "linear" })],
      }),
    ),
  );

test("scales and sizes that are no list of a number for each axis are refused: native code would read past them", async () => {
  await expect(resize(["x", "", "x"])).rejects.toThrow(
    'node "Resize_y" (Resize) has scales of the shape [n, 2, 4, 4] for 4 axes',
  );
  // Where the runtime sees it first, it says so itself.
  await expect(resize(["x", "", "s"], { s: constant([5], [1, 1, 2, 2, 2]) })).rejects.toThrow(AttributionError);
  await expect(resize(["x", "", "", "s"], { s: constant([3], [2, 8, 8], "int64") })).rejects.toThrow(AttributionError);
  await using good = await resize(["x", "", "s"], { s: constant([4], [1, 1, 2, 2]) });
  expect(good.values).toContain("y");
});
