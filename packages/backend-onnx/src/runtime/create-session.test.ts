import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AttributionError, hostBackend, type NamedTensors, seededRandom, type Tensor, tensor } from "@attr/core";
import * as ort from "onnxruntime-node";
import * as web from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readModel } from "../onnx/read-model.ts";
import { writeModel } from "../onnx/write-model.ts";
import { constant, node, onnxModel, weights } from "../onnx-builder.fixture.ts";
import { OnnxModel } from "../onnx-model.ts";
import type { OnnxRuntime } from "./runtime.ts";

/** What a runtime was handed for one session. */
interface Handed {
  readonly bytes: number;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A runtime that does what `runtime` does, and notes what it is handed; `refuse` says what it does not accept. */
function recording(
  runtime: typeof ort | typeof web,
  refuse: (options: Readonly<Record<string, unknown>>) => boolean = () => false,
): { readonly runtime: OnnxRuntime; readonly handed: Handed[] } {
  const handed: Handed[] = [];
  const create = async (model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<object> => {
    handed.push({ bytes: model.length, options });
    if (refuse(options)) throw new Error("no external data here");
    return runtime.InferenceSession.create(model, options);
  };
  const { Tensor } = runtime;
  const inNode = runtime === ort ? { listSupportedBackends: ort.listSupportedBackends } : {};
  // The real module's create has overloads that are not used here.
  return { runtime: { InferenceSession: { create: create as never }, Tensor, ...inNode } as OnnxRuntime, handed };
}

const width = 2048;

/** Three linear layers of 16 MiB each over the sum of two inputs. */
function wide(): Uint8Array {
  const random = seededRandom(5);
  const block = Float32Array.from({ length: 4099 }, () => random.normal() / Math.sqrt(width));
  const layer = (phase: number): Float32Array => {
    const all = new Float32Array(width * width);
    for (let i = 0; i < all.length; i++) all[i] = block[(i + phase) % block.length]!;
    return all;
  };
  return writeModel(
    onnxModel({
      inputs: { a: ["float32", ["n", width]], b: ["float32", ["n", width]] },
      outputs: { y: ["float32", ["n", width]] },
      constants: Object.fromEntries([0, 1, 2].map((i) => [`w${i}`, constant([width, width], layer(i))])),
      nodes: [
        node("Add", ["a", "b"], ["x0"]),
        ...[0, 1, 2].flatMap((i) => [
          node("MatMul", [`x${i}`, `w${i}`], [`h${i}`]),
          node("Tanh", [`h${i}`], [i === 2 ? "y" : `x${i + 1}`]),
        ]),
      ],
    }),
  );
}

let folder = "";
let file: Uint8Array;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "attr-sessions-"));
  file = wide();
  writeFileSync(join(folder, "wide.onnx"), file);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const feeds: NamedTensors = {
  a: hostBackend.fromData(weights(2 * width), [2, width], "float32"),
  b: hostBackend.fromData(weights(2 * width, 7), [2, width], "float32"),
};

/** The output, a layer, and gradients by the inputs and from the layer on: four sessions. */
async function explore(model: OnnxModel): Promise<readonly number[]> {
  const objective = { value: "y", index: [[3], [4]] };
  const { y } = await model.run({ feeds, fetches: ["y"] });
  const { x2 } = await model.run({ feeds, fetches: ["x2"] });
  const { gradients } = await model.gradient({ feeds, objective, wrt: ["a", "b"] });
  const from = await model.gradient({ feeds: { x2: x2! }, objective, wrt: ["x2"] });
  return (await Promise.all([y, x2, gradients["a"], gradients["b"], from.gradients["x2"]].map(numbersOf))).flat();
}

async function numbersOf(value: Tensor | undefined): Promise<readonly number[]> {
  return Array.from((await hostBackend.read(value!)).data, Number);
}

describe("sessions of one model", () => {
  test.each([
    ["a path", () => join(folder, "wide.onnx")],
    ["bytes", () => file],
  ])("refer to its weights where they are, opened by %s", async (_, source) => {
    const { runtime, handed } = recording(ort);
    await using model = await OnnxModel.load(source(), { runtime });
    await explore(model);
    expect(handed.length).toBe(5); // one of them looked at the types
    for (const { bytes } of handed) expect(bytes).toBeLessThan(50_000);
  });

  test("give the same with weights that are copied, once the runtime refused to have them referred to", async () => {
    const { runtime, handed } = recording(ort, (options) =>
      JSON.stringify(options["extra"] ?? {}).includes("model_external_initializers"),
    );
    await using copied = await OnnxModel.load(join(folder, "wide.onnx"), { runtime });
    await using referred = await OnnxModel.load(join(folder, "wide.onnx"), { runtime: ort });
    expect(await explore(copied)).toEqual(await explore(referred));
    const [types, refused, ...others] = handed;
    expect([types!.bytes < 50_000, refused!.bytes < 50_000]).toEqual([true, true]);
    expect(others.length).toBe(4);
    expect(others[0]!.bytes).toBeGreaterThan(3 * width * width * 4);
  });

  test("in a browser's runtime are handed the file's bytes as they are", async () => {
    const { runtime, handed } = recording(web);
    await using model = await OnnxModel.load(join(folder, "wide.onnx"), { runtime });
    await model.run({ feeds, fetches: ["y"] });
    const { bytes, options } = handed.at(-1)!;
    expect(bytes).toBeLessThan(50_000);
    expect(options["externalData"]).toHaveLength(1);
  });
});

describe("a file on disk that weights are still in", () => {
  test("is not read again once it was replaced or removed; sessions that there are go on", async () => {
    const path = join(folder, "gone.onnx");
    writeFileSync(path, file);
    await using model = await OnnxModel.load(path, { runtime: ort });
    const before = await model.run({ feeds, fetches: ["y"] });
    writeFileSync(`${path}.new`, file);
    renameSync(`${path}.new`, path);
    const replaced = model.run({ feeds, fetches: ["x1"] });
    await expect(replaced).rejects.toThrow(AttributionError);
    await expect(replaced).rejects.toThrow('gone.onnx" was changed since the model was loaded; load it again');
    rmSync(path);
    await expect(model.run({ feeds, fetches: ["x1"] })).rejects.toThrow('gone.onnx" was removed since the model was loaded');
    const after = await model.run({ feeds, fetches: ["y"] });
    expect(await numbersOf(after["y"])).toEqual(await numbersOf(before["y"]));
  });
});

test("what depends on weights alone is computed once, when the session is made, also where they are left in the file", async () => {
  const depth = 160;
  const convolutions = onnxModel({
    inputs: { image: ["float32", ["n", depth, 6, 6]] },
    outputs: { y: ["float32", ["n", depth, 6, 6]] },
    constants: Object.fromEntries(
      [0, 1, 2, 3, 4].map((i) => [`k${i}`, constant([depth, depth, 3, 3], weights(depth * depth * 9, i))]),
    ),
    nodes: [0, 1, 2, 3, 4].map((i) =>
      node("Conv", [i === 0 ? "image" : `x${i}`, `k${i}`], [i === 4 ? "y" : `x${i + 1}`], { pads: [1, 1, 1, 1] }),
    ),
  });
  const path = join(folder, "convolutions.onnx");
  const optimized = join(folder, "optimized.onnx");
  writeFileSync(path, writeModel(convolutions));
  const session = { optimizedModelFilePath: optimized, graphOptimizationLevel: "basic" };
  await using model = await OnnxModel.load(path, { runtime: ort, session });
  const image = tensor([weights(depth * 36)]);
  const whole = hostBackend.reshape(image, [1, depth, 6, 6]);
  await model.gradient({ feeds: { image: whole }, objective: { value: "y", index: [[1, 2, 3]] }, wrt: ["image"] });
  const { graph } = readModel(readFileSync(optimized));
  const turned = graph.nodes.filter(({ inputs }) => inputs.length > 0 && inputs.every((name) => isConstant(graph, name)));
  expect(graph.nodes.filter(({ opType }) => opType.startsWith("Conv")).length).toBe(10); // forward and back
  expect(turned.map(({ opType }) => opType)).toEqual([]);
});

function isConstant({ initializers }: ReturnType<typeof readModel>["graph"], name: string): boolean {
  return initializers.some((tensor) => tensor.name === name);
}
