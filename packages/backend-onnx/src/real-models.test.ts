import { readdirSync } from "node:fs";
import { type DType, type HostData, hostBackend, type NamedTensors } from "@attr/core";
import * as node from "onnxruntime-node";
import * as web from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { sharedPath, weights } from "./onnx-builder.fixture.ts";
import { OnnxModel } from "./onnx-model.ts";
import type { OnnxRuntime } from "./runtime/runtime.ts";

interface RealModel {
  readonly file: string;
  /** Sizes of free dimensions by name. @defaultValue 3 */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Integers are from 0 up to this. @defaultValue 2 */
  readonly below?: number;
  readonly output: readonly (number | string)[];
}

const rows = 2;

const cached = { seq: 3, past_seq: 2, total_seq: 5 };

const models: readonly RealModel[] = [
  { file: "models/lenet/model.onnx", output: ["N", 10] },
  { file: "models/tinyvgg/model.onnx", output: ["N", 10] },
  { file: "models/doodlenet/model.onnx", output: ["N", 345] },
  { file: "models/mobilenet-v1-0.25/model.onnx", output: ["N", 1000] },
  { file: "models/reactionrnn/model.onnx", sizes: { T: 7 }, below: 60, output: ["N", 5] },
  { file: "models/magika/model.onnx", below: 257, output: ["unk__215", 214] },
  { file: "models/stories260K/hf/onnx/model.onnx", sizes: cached, output: ["batch", "seq", 512] },
  { file: "models/stories260K/hf/onnx/model_logits.onnx", below: 500, output: ["batch", "seq", 512] },
  { file: "models/stories260K/hf/onnx/model_embeds.onnx", output: ["batch", "seq", 512] },
  { file: "models/stories260K/hf/onnx/model_attn.onnx", output: ["batch", "seq", 512] },
];

const cases = sharedPath("conformance/captum");
const conformance: readonly RealModel[] = (cases === undefined ? [] : readdirSync(cases)).map((folder) => ({
  file: `conformance/captum/${folder}/model.onnx`,
  below: 2,
  output: [],
}));

function feedsOf(model: OnnxModel, { sizes = {}, below = 2 }: RealModel, count: number): NamedTensors {
  return Object.fromEntries(
    model.inputs.map(({ name, dtype = "float32", shape = [null] }, i) => {
      const dims = shape.map((size, axis) => (axis === 0 ? count : typeof size === "number" ? size : (sizes[size ?? ""] ?? 3)));
      const length = dims.reduce((product, size) => product * size, 1);
      const isMask = name.includes("mask");
      const numbers = dtype.startsWith("float")
        ? weights(length, i + 1)
        : Float32Array.from({ length }, (_, k) => (isMask ? 1 : (k * 7919 + 13 * i) % below));
      return [name, hostBackend.cast(hostBackend.fromData(numbers, dims, "float32"), dtype satisfies DType)];
    }),
  );
}

async function fetched(model: OnnxModel, feeds: NamedTensors, name: string): Promise<HostData> {
  return hostBackend.read((await model.run({ feeds, fetches: [name] }))[name]!);
}

function distance(a: HostData, b: HostData): number {
  expect(a.shape).toEqual(b.shape);
  let largest = 0;
  for (let i = 0; i < a.data.length; i++) largest = Math.max(largest, Math.abs(Number(a.data[i]) - Number(b.data[i])));
  return largest;
}

/** Some inner values with a row for each row fed, from the beginning, the middle and the end; rather those that leave inputs out. */
function cuts(model: OnnxModel, all: NamedTensors): readonly string[] {
  const output = model.outputs[0]!.name;
  const inputs = model.inputs.map(({ name }) => name);
  const inner = model.values.filter(
    (name) => !inputs.includes(name) && name !== output && all[name]!.dtype === "float32" && all[name]!.shape[0] === rows,
  );
  const through = inner.filter((name) => model.required([name], [output]).length < inputs.length);
  const candidates = through.length > 0 ? through : inner;
  return [0.1, 0.5, 0.9].flatMap((part) => candidates.slice(Math.floor(part * candidates.length)).slice(0, 1));
}

async function checkModel(real: RealModel, runtime: OnnxRuntime, tolerance: number): Promise<void> {
  await using model = await OnnxModel.load(sharedPath(real.file)!, { runtime, session: { intraOpNumThreads: 1 } });
  if (real.output.length > 0) expect(model.outputs[0]?.shape).toEqual(real.output);
  expect(model.notes).toEqual([]);
  const feeds = feedsOf(model, real, rows);
  const output = model.outputs[0]!.name;
  const whole = await fetched(model, feeds, output);
  expect(whole.shape[0]).toBe(rows);
  expect([...whole.data].map(Number).every(Number.isFinite)).toBe(true);

  // All inner values at once, which keeps every fusion from happening, change nothing but the rounding.
  const all = await model.run({ feeds, fetches: model.values });
  expect(Object.keys(all)).toEqual(model.values);
  expect(distance(await hostBackend.read(all[output]!), whole)).toBeLessThan(tolerance);
  for (const name of model.values) {
    const { dtype, shape } = await hostBackend.read(all[name]!);
    const known = model.value(name);
    expect([name, dtype]).toEqual([name, known?.dtype]);
    known?.shape?.forEach((size, axis) => {
      if (typeof size === "number") expect([name, shape[axis]]).toEqual([name, size]);
    });
  }

  // An inner value fed back as it was gives the same output.
  const fed = cuts(model, all);
  // The inner values of the multiple-choice model have a row for each choice of a row.
  expect(fed.length > 0).toBe(!real.file.includes("multiple-choice"));
  for (const name of fed) {
    const rest = Object.fromEntries(model.required([name], [output]).map((input) => [input, feeds[input]!]));
    expect(distance(await fetched(model, { ...rest, [name]: all[name]! }, output), whole)).toBeLessThan(tolerance);
  }
}

describe.skipIf(cases === undefined)("real models (where the folder of shared models is)", () => {
  test.each([...models, ...conformance].map((real) => [real.file, real] as const))(
    "%s runs, and each of its values can be fetched and fed back, on onnxruntime-node",
    async (_, real) => {
      await checkModel(real, node, 2e-4);
    },
  );

  test.each([models[0]!, models[4]!, ...conformance].map((real) => [real.file, real] as const))(
    "%s runs, and each of its values can be fetched and fed back, on onnxruntime-web",
    async (_, real) => {
      await checkModel(real, web, 2e-4);
    },
  );

  test("the runtimes agree", async () => {
    for (const real of [models[0]!, models[4]!]) {
      const path = sharedPath(real.file)!;
      await using native = await OnnxModel.load(path, { runtime: node });
      await using wasm = await OnnxModel.load(path, { runtime: web });
      const feeds = feedsOf(native, real, 3);
      const output = native.outputs[0]!.name;
      expect(distance(await fetched(native, feeds, output), await fetched(wasm, feeds, output))).toBeLessThan(1e-4);
    }
  });

  test("a row of lenet gives the same logits alone and in a batch", async () => {
    await using model = await OnnxModel.load(sharedPath("models/lenet/model.onnx")!, { runtime: node });
    const feeds = feedsOf(model, models[0]!, 4);
    const together = await fetched(model, feeds, "logits");
    const image = await hostBackend.read(feeds["image"]!);
    for (let row = 0; row < 4; row++) {
      const one = hostBackend.fromData(image.data.subarray(row * 784, (row + 1) * 784), [1, 1, 28, 28], "float32");
      const alone = await fetched(model, { image: one }, "logits");
      const same: HostData = { data: together.data.subarray(row * 10, row * 10 + 10), shape: [1, 10], dtype: "float32" };
      expect(distance(alone, same)).toBeLessThan(1e-4);
    }
  });
});
