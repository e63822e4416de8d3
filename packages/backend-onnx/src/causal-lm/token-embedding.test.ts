import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { NodeProto, TensorProto } from "../onnx/proto.ts";
import { writeModel } from "../onnx/write-model.ts";
import { constant, node, onnxGraph, onnxModel } from "../onnx-builder.fixture.ts";
import { OnnxModel } from "../onnx-model.ts";
import { tokenEmbedding } from "./token-embedding.ts";

const table = constant([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]);

/** Elements of a byte each: 2 is uint8, 9 bool. */
function bytes(dims: readonly number[], values: readonly number[], dataType: 2 | 9): TensorProto {
  return { name: "", dims, dataType, rawData: Uint8Array.from(values) };
}

async function found(nodes: readonly NodeProto[], constants: Record<string, TensorProto>): Promise<string> {
  const file = onnxModel({
    inputs: { input_ids: ["int64", ["n", "length"]] },
    outputs: { y: ["float32"] },
    constants,
    nodes,
  });
  await using model = await OnnxModel.load(writeModel(file));
  return tokenEmbedding(model);
}

describe("tokenEmbedding", () => {
  test("is what the ids give in a table, also when they are cast and shaped first", async () => {
    const nodes = [
      node("Cast", ["input_ids"], ["narrow"], { to: { int: 6 } }),
      node("Reshape", ["narrow", "flat"], ["row"]),
      node("Gather", ["table", "row"], ["embedded"]),
      node("Tanh", ["embedded"], ["y"]),
    ];
    expect(await found(nodes, { table, flat: constant([2], [-1, 2], "int64") })).toBe("embedded");
  });

  test("is no lookup in the sizes of the ids", async () => {
    const nodes = [
      node("Shape", ["input_ids"], ["size"]),
      node("Gather", ["size", "first"], ["rows"]),
      node("Cast", ["rows"], ["count"], { to: { int: 1 } }),
      node("Gather", ["table", "input_ids"], ["embedded"]),
      node("Mul", ["embedded", "count"], ["y"]),
    ];
    expect(await found(nodes, { table, first: constant([], [0], "int64") })).toBe("embedded");
  });

  test("is behind the dequantisation of a quantised table", async () => {
    const nodes = [
      node("Gather", ["table", "input_ids"], ["bytes"]),
      node("DequantizeLinear", ["bytes", "scale", "zero"], ["embedded"]),
      node("Tanh", ["embedded"], ["y"]),
    ];
    const constants = {
      table: bytes([4, 2], [1, 2, 3, 4, 5, 6, 7, 8], 2),
      scale: constant([], [0.5]),
      zero: bytes([], [4], 2),
    };
    expect(await found(nodes, constants)).toBe("embedded");
  });

  test("is refused where there is none, with the way out", async () => {
    await expect(found([node("Cast", ["input_ids"], ["y"], { to: { int: 1 } })], {})).rejects.toThrow(
      'no operator looks "input_ids" up in a table, so there is no token embedding: name a value that has a row for every token',
    );
    const branch = onnxGraph({ inputs: {}, outputs: { b: ["float32"] }, nodes: [node("Gather", ["table", "input_ids"], ["b"])] });
    const inside = [node("If", ["yes"], ["y"], { then_branch: branch, else_branch: branch })];
    await expect(found(inside, { table, yes: bytes([], [1], 9) })).rejects.toThrow("is inside the branches of If");
  });

  const choice = fileURLToPath(new URL("../../../../models/tales-choice/onnx/model.onnx", import.meta.url));
  test.skipIf(!existsSync(choice))(
    "of tales-choice has a row for every token (skipped where its weights are absent)",
    async () => {
      await using model = await OnnxModel.load(choice);
      const layer = tokenEmbedding(model);
      expect(model.value(layer)?.shape?.at(-1)).toBe(128);
      expect(() => tokenEmbedding(model, "ids")).toThrow('the model has no input "ids" for token ids; it has "input_ids"');
    },
  );
});
