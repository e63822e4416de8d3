import { hostBackend, IntegratedGradients, type NamedTensors, onCall, seededRandom } from "@attr/core";
import { fc, test as property } from "@fast-check/vitest";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import type { ModelProto } from "../onnx/proto.ts";
import { writeModel } from "../onnx/write-model.ts";
import { constant, convolutional, node, onnxModel, perceptron, weights } from "../onnx-builder.fixture.ts";
import { OnnxModel } from "../onnx-model.ts";
import type { OnnxModelOptions } from "../onnx-model-options.ts";
import type { OnnxRuntime } from "../runtime/runtime.ts";

/** Opens a model on a runtime that notes the rows of each of its calls. */
async function open(
  model: ModelProto,
  options: OnnxModelOptions = {},
  onRun?: () => void,
): Promise<{ readonly model: OnnxModel; readonly calls: number[] }> {
  const calls: number[] = [];
  const create = async (bytes: Uint8Array, settings: object): Promise<object> => {
    const session = await ort.InferenceSession.create(bytes, settings);
    return {
      outputMetadata: session.outputMetadata,
      release: () => session.release(),
      run: (feeds: Readonly<Record<string, ort.Tensor>>, fetches: readonly string[]) => {
        calls.push(Object.values(feeds)[0]!.dims[0]!);
        onRun?.();
        return session.run(feeds, fetches);
      },
    };
  };
  // The real module's create has overloads that are not used here.
  const runtime = { InferenceSession: { create: create as never }, Tensor: ort.Tensor } as OnnxRuntime;
  return { model: await OnnxModel.load(writeModel(model), { runtime, ...options }), calls };
}

async function numbersOf(tensors: NamedTensors): Promise<Readonly<Record<string, readonly number[]>>> {
  const entries = Object.entries(tensors).map(async ([name, one]): Promise<[string, number[]]> => {
    const { data, shape } = await hostBackend.read(one);
    return [name, [...shape, NaN, ...Array.from(data, Number)]];
  });
  return Object.fromEntries(await Promise.all(entries));
}

const batch = (rows: number, ...rest: number[]): NamedTensors[string] =>
  hostBackend.fromData(weights(rows * rest.reduce((a, b) => a * b, 1)), [rows, ...rest], "float32");

describe("a prediction of memory", () => {
  property.prop([fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })], { numRuns: 20 })(
    "grows with the rows",
    async (a, b) => {
      await using model = await OnnxModel.load(writeModel(convolutional()), { runtime: ort });
      for (const gradient of [undefined, { wrt: ["image"] }]) {
        const bytes = (rows: number): number =>
          model.predictMemory({ feeds: { image: { shape: [rows, 2, 6, 6] } }, gradient }).bytes;
        expect(Math.sign(bytes(a) - bytes(b))).toBe(Math.sign(a - b));
      }
    },
  );

  test("is made of tensors or of sizes; a gradient takes more than a run", async () => {
    await using model = await OnnxModel.load(writeModel(perceptron()), { runtime: ort });
    const run = model.predictMemory({ feeds: { x: batch(10, 4) } });
    expect(run).toEqual({ bytes: 720, bytesPerRow: 72, rowsPerCall: 10, at: "logits" });
    expect(model.predictMemory({ feeds: { x: { shape: [10, 4] } }, fetches: ["logits"] })).toEqual(run);
    const { bytes } = model.predictMemory({ feeds: { x: { shape: [10, 4] } }, gradient: { wrt: ["x"] } });
    expect(bytes).toBeGreaterThan(run.bytes);
  });

  test.each([
    [{ x: { shape: [2, 5] } }, 'feed "x" must have 4 at axis 1, got 5'],
    [{ y: { shape: [2, 4] } }, 'no value "y"'],
    [{ x: { shape: [2, -4] } }, "feeds.x.shape must be a list of sizes, got [2,-4]"],
    [{}, "feeds are empty"],
  ])("of %j says what is wrong", async (feeds, sentence) => {
    await using model = await OnnxModel.load(writeModel(perceptron()), { runtime: ort });
    expect(() => model.predictMemory({ feeds: feeds as never })).toThrow(sentence); // one is of no known input
  });
});

describe("maxBatchBytes", () => {
  const row = 72;

  property.prop([fc.integer({ min: 2, max: 30 }), fc.integer({ min: 1, max: 31 })], { numRuns: 20 })(
    "cuts the rows of a call, and changes no result",
    async (rows, most) => {
      const feeds = { x: batch(rows, 4) };
      const objective = { value: "logits", index: Array.from({ length: rows }, (_, i) => [i % 3]) };
      const whole = await open(perceptron(), { maxBatchBytes: Number.POSITIVE_INFINITY });
      const cut = await open(perceptron(), { maxBatchBytes: most * row });
      await using a = whole.model;
      await using b = cut.model;
      const fetches = ["logits", "a"];
      expect(await numbersOf(await b.run({ feeds, fetches }))).toEqual(await numbersOf(await a.run({ feeds, fetches })));
      expect(whole.calls).toEqual([rows]);
      expect(cut.calls.reduce((sum, count) => sum + count, 0)).toBe(rows);
      expect(Math.max(...cut.calls)).toBeLessThanOrEqual(Math.min(rows, most));
      const request = { feeds, objective, wrt: ["x", "h1"], fetches: ["a"] };
      const [expected, got] = [await a.gradient(request), await b.gradient(request)];
      expect(await numbersOf(got.gradients)).toEqual(await numbersOf(expected.gradients));
      expect(await numbersOf(got.values)).toEqual(await numbersOf(expected.values));
    },
  );

  test("is 1 GiB; without a limit where maxBatchSize is given", async () => {
    const wide = onnxModel({
      inputs: { x: ["float32", ["n", 2]] },
      outputs: { y: ["float32", ["n", 1]] },
      constants: { w: constant([2, 2 ** 20], weights(2 ** 21)), one: constant([1], [1], "int64") },
      nodes: [node("MatMul", ["x", "w"], ["h"]), node("ReduceMean", ["h"], ["y"], { axes: [1] })],
    });
    const feeds = { x: batch(64, 2) };
    await using model = await OnnxModel.load(writeModel(wide), { runtime: ort });
    expect(model.maxBatchSize).toBe(64);
    expect(model.predictMemory({ feeds }).rowsPerCall).toBe(64); // 384 MiB
    const many = { feeds: { x: { shape: [1000, 2] } } };
    expect(model.predictMemory(many).rowsPerCall).toBe(170); // of 6 MiB and a few bytes each
    await using free = await OnnxModel.load(writeModel(wide), { runtime: ort, maxBatchSize: 2000 });
    expect(free.predictMemory(many).rowsPerCall).toBe(1000);
    await using both = await OnnxModel.load(writeModel(wide), { runtime: ort, maxBatchSize: 2000, maxBatchBytes: 2 ** 25 });
    expect(both.predictMemory(many).rowsPerCall).toBe(5);
  });

  test("smaller than a row leaves the rows to run one by one, and a note says so", async () => {
    const { model: opened, calls } = await open(perceptron(), { maxBatchBytes: 10 });
    await using model = opened;
    expect(model.notes).toEqual([]);
    const { logits } = await model.run({ feeds: { x: batch(3, 4) }, fetches: ["logits"] });
    expect(calls).toEqual([1, 1, 1]);
    expect(logits!.shape).toEqual([3, 3]);
    expect(model.notes).toEqual([
      "a single row takes about 72 bytes of memory, more than the 10 bytes of maxBatchBytes: such rows are run one by one",
    ]);
  });

  test.each([0, -1, Number.NaN])("of %d is refused", async (maxBatchBytes) => {
    await expect(OnnxModel.load(writeModel(perceptron()), { runtime: ort, maxBatchBytes })).rejects.toThrow(
      `maxBatchBytes must be a number of bytes above 0, got ${maxBatchBytes}`,
    );
  });

  test("an abort stops between the calls", async () => {
    const controller = new AbortController();
    let runs = 0;
    const { model: opened, calls } = await open(perceptron(), { maxBatchBytes: 72 }, () => {
      if (++runs === 2) controller.abort();
    });
    await using model = opened;
    const { signal } = controller;
    await expect(model.run({ feeds: { x: batch(9, 4) }, fetches: ["logits"], signal })).rejects.toThrow("abort");
    expect(calls).toEqual([1, 1]);
  });

  test("bounds what every method does, without a change of its calls or results", async () => {
    const options = { target: 1, baselines: { x: 0 }, steps: 20 };
    const whole = await open(perceptron());
    const cut = await open(perceptron(), { maxBatchBytes: 500 });
    await using a = whole.model;
    await using b = cut.model;
    let modelCalls = 0;
    const counted = onCall(b, () => modelCalls++);
    const x = [[1, -2, 3, 0.5]];
    const expected = await new IntegratedGradients(a).attribute({ x }, options);
    const got = await new IntegratedGradients(counted).attribute({ x }, options);
    expect(got.attributions["x"]!.toArray()).toEqual(expected.attributions["x"]!.toArray());
    expect(modelCalls).toBe(whole.calls.length);
    expect(cut.calls.length).toBeGreaterThan(whole.calls.length);
  });
});

describe("values that all rows share", () => {
  /** `y = x + p + t`, with positions `p` computed from a constant alone and `t` from an input without a batch axis. */
  const shared = onnxModel({
    inputs: { x: ["float32", ["n", 3, 2]], table: ["float32", ["k", 3, 2]] },
    outputs: { y: ["float32", ["n", 3, 2]] },
    constants: { start: constant([1, 3, 2], weights(6)), axes: constant([1], [0], "int64") },
    nodes: [
      node("Tanh", ["start"], ["p"]),
      node("ReduceSum", ["table", "axes"], ["t"], { keepdims: { int: 1 } }),
      node("Add", ["x", "p"], ["xp"]),
      node("Mul", ["xp", "t"], ["y"]),
    ],
  });
  const random = seededRandom(3);
  const table = hostBackend.fromData(
    Float32Array.from({ length: 24 }, () => random.normal()),
    [4, 3, 2],
    "float32",
  );

  test.each([2, 3, 4, 7, 8])("come out once, and their gradients as a sum, of %d rows in several calls", async (rows) => {
    const feeds = { x: batch(rows, 3, 2), table };
    const objective = { value: "y", index: Array.from({ length: rows }, (_, i) => [i % 3, 1]) };
    const request = { feeds, objective, wrt: ["x", "table", "t"], fetches: ["t", "p", "xp"], shared: ["table"] };
    const whole = await open(shared);
    await using a = whole.model;
    const expected = await a.gradient(request);
    for (const maxBatchBytes of [1, 1000]) {
      const cut = await open(shared, { maxBatchBytes });
      await using b = cut.model;
      const got = await b.gradient(request);
      expect(await numbersOf(got.values)).toEqual(await numbersOf(expected.values));
      for (const name of ["x", "table", "t"]) {
        const [one, other] = [got.gradients[name]!, expected.gradients[name]!];
        expect(one.shape).toEqual(other.shape);
        const [values, others] = [await hostBackend.read(one), await hostBackend.read(other)];
        for (let i = 0; i < others.data.length; i++) expect(Number(values.data[i])).toBeCloseTo(Number(others.data[i]), 5);
      }
      if (rows > 3 && maxBatchBytes === 1) expect(cut.calls.length).toBeGreaterThan(1);
    }
  });

  test("a value that depends on how many rows there are is computed of all rows together", async () => {
    const counting = onnxModel({
      inputs: { x: ["float32", ["n", 2]] },
      outputs: { y: ["float32", ["n", 2]] },
      constants: { axes: constant([1], [0], "int64") },
      nodes: [
        node("ReduceSum", ["x", "axes"], ["total"], { keepdims: { int: 1 } }),
        node("Sub", ["x", "x"], ["zero"]),
        node("Add", ["x", "zero"], ["y"]),
      ],
    });
    const { model: opened, calls } = await open(counting, { maxBatchBytes: 30 });
    await using model = opened;
    const feeds = { x: hostBackend.fromData(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [4, 2], "float32") };
    const { total, y } = await model.run({ feeds, fetches: ["y", "total"] });
    expect(await numbersOf({ total: total!, y: y! })).toEqual({
      total: [1, 2, NaN, 16, 20],
      y: [4, 2, NaN, 1, 2, 3, 4, 5, 6, 7, 8],
    });
    expect(calls.at(-1)).toBe(4);
  });

  test("a value of several rows a row is joined as it would come out whole", async () => {
    const stacked = onnxModel({
      inputs: { x: ["float32", ["n", 3, 2]] },
      outputs: { y: ["float32", ["n", 3]] },
      constants: {
        flat: constant([2], [-1, 2], "int64"),
        back: constant([2], [-1, 3], "int64"),
        w: constant([2, 1], weights(2)),
      },
      nodes: [
        node("Reshape", ["x", "flat"], ["rows"]),
        node("MatMul", ["rows", "w"], ["scores"]),
        node("Reshape", ["scores", "back"], ["y"]),
      ],
    });
    for (const rows of [2, 4, 5, 6]) {
      const request = { feeds: { x: batch(rows, 3, 2) }, fetches: ["scores", "y"] };
      const whole = await open(stacked);
      const cut = await open(stacked, { maxBatchBytes: 200 });
      await using a = whole.model;
      await using b = cut.model;
      expect(await numbersOf(await b.run(request))).toEqual(await numbersOf(await a.run(request)));
      expect(cut.calls.length).toBeGreaterThan(rows > 2 ? 1 : 0);
    }
  });
});
