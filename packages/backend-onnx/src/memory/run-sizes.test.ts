import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hostBackend, type NamedTensors } from "@attr/core";
import { describe, expect, test } from "vitest";
import { gradientModel } from "../gradient/gradient-model.ts";
import { readModel } from "../onnx/read-model.ts";
import { writeModel } from "../onnx/write-model.ts";
import { OnnxModel } from "../onnx-model.ts";
import { RunSizer } from "./run-sizes.ts";

const path = (name: string): string => fileURLToPath(new URL(`../../../../models/${name}/onnx/model.onnx`, import.meta.url));

describe("the sizes predicted for a run", () => {
  test.each([
    ["tales-choice", { batch_size: 2, num_choices: 4, sequence_length: 7 }],
    ["tales-choice", { batch_size: 3, num_choices: 2, sequence_length: 5 }],
    ["tales-lm", { batch_size: 2, sequence_length: 9, past_sequence_length: 3, "past_sequence_length + sequence_length": 12 }],
    ["tales-lm", { batch_size: 1, sequence_length: 1, past_sequence_length: 6, "past_sequence_length + sequence_length": 7 }],
  ])("of %s at %j are those that the runtime gives", async (name, lengths: Readonly<Record<string, number>>) => {
    await using model = await OnnxModel.load(path(name));
    const shapes = new Map<string, readonly number[]>(
      model.inputs.map((input) => [input.name, input.shape!.map((size) => (typeof size === "number" ? size : lengths[size!]!))]),
    );
    await agrees(model, shapes, 1);
  });

  test.each([
    ["tales-lm", "/lm/model/embed_tokens/Gather_output_0", { batch_size: 2, sequence_length: 5, past_sequence_length: 3 }],
  ])("of the gradient of %s as well", async (name, wrt, lengths: Readonly<Record<string, number>>) => {
    const whole = readModel(readFileSync(path(name)));
    await using model = await OnnxModel.load(writeModel(gradientModel(whole, { of: "logits", wrt: [wrt] })));
    const sum = (size: string): number => size.split(" + ").reduce((total, part) => total + lengths[part]!, 0);
    const shapes = new Map<string, readonly number[]>(
      model.inputs.map((input) => [input.name, input.shape!.map((size) => (typeof size === "number" ? size : sum(size!)))]),
    );
    await agrees(model, shapes, 0.9);
  });
});

/** Holds the sizes against those of a run that fetches every value; `part` of them have to be told. */
async function agrees(model: OnnxModel, shapes: ReadonlyMap<string, readonly number[]>, part: number): Promise<void> {
  const feeds: NamedTensors = Object.fromEntries(
    model.inputs.map((input) => {
      const shape = shapes.get(input.name)!;
      const count = shape.reduce((a, b) => a * b, 1);
      const ids = input.dtype === "int64";
      return [
        input.name,
        hostBackend.fromData(ids ? new BigInt64Array(count) : new Float32Array(count), shape, ids ? "int64" : "float32"),
      ];
    }),
  );
  const outputs = new Set(model.outputs.map(({ name }) => name)); // those of the gradient of a layer have rows of their own
  const fetches = model.values.filter((value) => !(value in feeds || outputs.has(value)));
  const got = await model.run({ feeds, fetches });
  const { values } = new RunSizer(model.proto, new Map()).at(shapes);
  const told = fetches.filter((fetch) => values.get(fetch)?.sizes !== undefined);
  expect(told.map((fetch) => [fetch, values.get(fetch)!.sizes])).toEqual(told.map((fetch) => [fetch, got[fetch]!.shape]));
  const computed = fetches.filter((fetch) => values.has(fetch));
  expect(told.length / computed.length).toBeGreaterThanOrEqual(part);
}
