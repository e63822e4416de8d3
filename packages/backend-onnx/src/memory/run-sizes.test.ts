import { fileURLToPath } from "node:url";
import { hostBackend, type NamedTensors } from "@attr/core";
import { describe, expect, test } from "vitest";
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
    const feeds: NamedTensors = Object.fromEntries(
      model.inputs.map((input) => {
        const shape = shapes.get(input.name)!;
        const count = shape.reduce((a, b) => a * b, 1);
        const ids = input.dtype === "int64";
        return [input.name, hostBackend.fromData(ids ? new BigInt64Array(count) : new Float32Array(count), shape, input.dtype)];
      }),
    );
    const fetches = model.values.filter((value) => !(value in feeds));
    const got = await model.run({ feeds, fetches });
    const { values } = new RunSizer(model.proto, new Map()).at(shapes);
    const told = fetches.filter((fetch) => values.get(fetch)?.sizes !== undefined);
    expect(told.map((fetch) => [fetch, values.get(fetch)!.sizes])).toEqual(told.map((fetch) => [fetch, got[fetch]!.shape]));
    const computed = fetches.filter((fetch) => values.has(fetch));
    expect(told.length / computed.length).toBe(1);
  });
});
