import { type HostData, hostBackend, InvalidArgumentError, type NamedTensors, tensor, UnsupportedError } from "@attr/core";
import { describeGraphModel } from "@attr/testing";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import type { ModelProto } from "./onnx/proto.ts";
import { writeModel } from "./onnx/write-model.ts";
import { branching, constant, convolutional, node, onnxGraph, onnxModel, perceptron, weights } from "./onnx-builder.fixture.ts";
import { OnnxModel } from "./onnx-model.ts";
import type { OnnxModelOptions } from "./onnx-model-options.ts";
import { runtimes } from "./runtimes.fixture.ts";

function load(model: ModelProto, options: OnnxModelOptions = {}): Promise<OnnxModel> {
  return OnnxModel.load(writeModel(model), { runtime: ort, ...options });
}

async function numbers(model: OnnxModel, feeds: NamedTensors, fetch: string): Promise<readonly (number | bigint)[]> {
  return [...(await read(model, feeds, fetch)).data];
}

async function read(model: OnnxModel, feeds: NamedTensors, fetch: string): Promise<HostData> {
  const result = await model.run({ feeds, fetches: [fetch] });
  return hostBackend.read(result[fetch]!);
}

/** `y = x + x` of any type. */
function doubling(type: string, shape: readonly (number | string | null)[] = ["n", 2]): ModelProto {
  return onnxModel({ inputs: { x: [type, shape] }, outputs: { y: [type, shape] }, nodes: [node("Add", ["x", "x"], ["y"])] });
}

const x4 = (rows: number): NamedTensors => ({ x: hostBackend.fromData(weights(rows * 4, 11), [rows, 4], "float32") });

describe.each(runtimes)("OnnxModel on $name", ({ name, runtime }) => {
  const tolerance = 1e-5;
  describeGraphModel(
    `a perceptron on ${name}`,
    async () => ({
      model: await load(perceptron(), { runtime }),
      inputs: x4,
      tolerance,
    }),
    { describe, test },
  );
  describeGraphModel(
    `a perceptron with a fixed batch of 1 on ${name}`,
    async () => ({
      model: await load(perceptron(1), { runtime }),
      inputs: x4,
      tolerance,
    }),
    { describe, test },
  );
  describeGraphModel(
    `a perceptron with a fixed batch of 3 on ${name}`,
    async () => ({
      model: await load(perceptron(3), { runtime }),
      inputs: x4,
      tolerance,
    }),
    { describe, test },
  );
  describeGraphModel(
    `a convolutional network on ${name}`,
    async () => ({
      model: await load(convolutional(), { runtime }),
      inputs: (rows) => ({ image: hostBackend.fromData(weights(rows * 72, 3), [rows, 2, 6, 6], "float32") }),
      tolerance,
    }),
    { describe, test },
  );

  test("says what values there are, their types and shapes, in the order they are computed", async () => {
    await using model = await load(perceptron(), { runtime });
    expect(model.inputs).toEqual([{ name: "x", dtype: "float32", shape: ["n", 4] }]);
    expect(model.outputs).toEqual([{ name: "logits", dtype: "float32", shape: ["n", 3] }]);
    expect(model.values).toEqual(["x", "h1", "h2", "a", "logits"]);
    expect(model.value("a")).toEqual({ name: "a", dtype: "float32", shape: ["n", 5] });
    expect(model.value("w1")).toBeUndefined();
    expect(model.maxBatchSize).toBe(64);
    expect(model.notes).toEqual([]);
  });

  test("feeding an inner value leaves out what only led to it, weights included", async () => {
    await using model = await load(perceptron(), { runtime });
    const a = hostBackend.fromData(weights(10), [2, 5], "float32");
    expect(model.required(["a"], ["logits"])).toEqual([]);
    const [first] = await numbers(model, { a }, "logits");
    const w2 = weights(15, 3);
    expect(first).toBeCloseTo(
      Array.from({ length: 5 }, (_, i) => weights(10)[i]! * w2[3 * i]!).reduce((sum, part) => sum + part),
    );
  });

  test("a value fed is what everything after it sees, and what is fetched under its name", async () => {
    await using model = await load(perceptron(), { runtime });
    const h1 = hostBackend.fromData(new Float32Array(5), [1, 5], "float32");
    const result = await model.run({ feeds: { ...x4(1), h1 }, fetches: ["h2", "h1"] });
    expect(Object.keys(result)).toEqual(["h2", "h1"]);
    expect(result["h1"]).toBe(h1);
    expect([...(await hostBackend.read(result["h2"]!)).data]).toEqual(Array.from(weights(5, 2)));
  });

  test.each([
    ["float32", "float32", [0.5, -3]],
    ["float64", "float64", [0.1, -3]],
    ["float16", "float32", [0.5, -3]],
    ["int32", "int32", [7, -3]],
    ["int64", "int64", [7n, -3n]],
    ["uint32", "int64", [7n, 2147483649n]],
    ["uint64", "int64", [7n, 3n]],
  ])("%s goes in and comes out as %s", async (type, dtype, values) => {
    await using model = await load(doubling(type), { runtime });
    expect(model.inputs[0]?.dtype).toBe(dtype);
    const x = tensor([values] as number[][], dtype as "float32");
    const { data, dtype: got } =
      type === "uint32" ? await read(model, { x: tensor([[7, 3]], "int32") }, "y") : await read(model, { x }, "y");
    expect(got).toBe(dtype);
    const expected = type === "uint32" ? [14n, 6n] : values.map((value) => (typeof value === "bigint" ? value * 2n : value * 2));
    expect([...data]).toEqual(expected);
  });

  test.each([
    ["int8", "int32", [-128, 127]],
    ["uint8", "uint8", [0, 255]],
    ["int16", "int32", [-32768, 32767]],
    ["uint16", "int32", [0, 65535]],
    ["bool", "bool", [0, 1]],
    ["float16", "float32", [65504, 2 ** -24]],
    ["uint32", "int64", [0, 4294967295]],
  ])("every %s goes through a graph as %s", async (type, dtype, values) => {
    const identity = onnxModel({
      inputs: { x: [type, ["n", 2]] },
      outputs: { y: [type, ["n", 2]] },
      nodes: [node("Identity", ["x"], ["y"])],
    });
    await using model = await load(identity, { runtime });
    const x = hostBackend.fromData(Float64Array.from(values), [1, 2], "float64");
    const { data, dtype: got } = await read(model, { x }, "y");
    expect(got).toBe(dtype);
    expect([...data].map(Number)).toEqual(values);
  });

  test("a feed of another dtype is converted where its elements are values of the file's type, and refused where not", async () => {
    await using model = await load(doubling("int64"), { runtime });
    expect(await numbers(model, { x: tensor([[1, 2]], "float32") }, "y")).toEqual([2n, 4n]);
    const half = model.run({ feeds: { x: tensor([[1, 0.5]], "float32") }, fetches: ["y"] });
    await expect(half).rejects.toThrow('feed "x" takes int64, but element 1 is 0.5');
    await using bytes = await load(doubling("int32"), { runtime });
    await expect(bytes.run({ feeds: { x: tensor([[1n, 2n ** 40n]], "int64") }, fetches: ["y"] })).rejects.toThrow(
      "takes int32, but element 1 is 1099511627776",
    );
  });

  test("branches see the values around them, fed ones too; values inside them cannot be reached", async () => {
    await using model = await load(branching(), { runtime });
    expect(await numbers(model, { x: tensor([[1, 2, 3]]) }, "y")).toEqual([3, 5, 7]);
    expect(await numbers(model, { x: tensor([[-1, 0, 0]]) }, "y")).toEqual([-3, -1, -1]);
    expect(await numbers(model, { x: tensor([[1, 2, 3]]), doubled: tensor([[0, 10, 20]]) }, "y")).toEqual([1, 11, 21]);
    const inside = model.run({ feeds: { x: tensor([[1, 2, 3]]) }, fetches: ["then_out"] });
    await expect(inside).rejects.toThrow(UnsupportedError);
    await expect(inside).rejects.toThrow("inside a branch or loop");
  });

  test("a fixed batch of 1 is run row by row, and a fixed one of 3 is filled up, with a note", async () => {
    await using free = await load(perceptron(), { runtime });
    const expected = await numbers(free, x4(5), "logits");
    for (const [batch, note] of [
      [1, "a fixed batch of 1: rows are run one by one"],
      [3, "a fixed batch of 3"],
    ] as const) {
      await using model = await load(perceptron(batch), { runtime });
      expect(model.notes[0]).toContain(note);
      expect(model.inputs[0]?.shape).toEqual([null, 4]);
      expect(model.value("a")?.shape).toEqual([null, 5]);
      const got = await read(model, x4(5), "logits");
      expect(got.shape).toEqual([5, 3]);
      for (const [i, value] of [...got.data].map(Number).entries()) expect(value).toBeCloseTo(Number(expected[i]), 5);
    }
  });
});

describe("OnnxModel with rows", () => {
  const noAxis = onnxModel({
    inputs: { image: ["float32", [2, 3]] },
    outputs: { sums: ["float32", [2]] },
    nodes: [node("ReduceSum", ["image", "one"], ["sums"], { keepdims: { int: 0 } })],
    constants: { one: constant([1], [1], "int64") },
  });

  test("without a batch axis are run one by one without it", async () => {
    await using model = await load(noAxis, { batch: "none" });
    expect(model.inputs[0]?.shape).toEqual([null, 2, 3]);
    expect(model.notes).toEqual(["the file has no batch axis: rows are run one by one"]);
    const image = tensor([
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [
        [0, 0, 1],
        [1, 1, 1],
      ],
    ]);
    const sums = await read(model, { image }, "sums");
    expect(sums.shape).toEqual([2, 2]);
    expect([...sums.data]).toEqual([6, 15, 1, 3]);
  });

  test("without a batch axis are found out where the output's first axis tells", async () => {
    const total = onnxModel({
      inputs: { image: ["float32", [2, 3]] },
      outputs: { total: ["float32", [6]] },
      nodes: [node("Reshape", ["image", "flat"], ["total"])],
      constants: { flat: constant([1], [-1], "int64") },
    });
    await using model = await load(total);
    expect(model.notes[0]).toContain("no batch axis");
    expect(
      (
        await read(
          model,
          {
            image: tensor([
              [
                [1, 2, 3],
                [4, 5, 6],
              ],
            ]),
          },
          "total",
        )
      ).shape,
    ).toEqual([1, 6]);
  });

  test("that share a run must agree on an input without a batch axis; others get a run of their own", async () => {
    const scaled = onnxModel({
      inputs: { x: ["float32", ["n", 2]], scale: ["float32", []] },
      outputs: { y: ["float32", ["n", 2]] },
      nodes: [node("Mul", ["x", "scale"], ["y"])],
    });
    await using model = await load(scaled);
    expect(model.inputs[1]?.shape).toEqual([null]);
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(await numbers(model, { x, scale: tensor([10, 10, 10]) }, "y")).toEqual([10, 20, 30, 40, 50, 60]);
    expect(await numbers(model, { x, scale: tensor([10, 10, -1]) }, "y")).toEqual([10, 20, 30, 40, -5, -6]);
  });

  test("are run one by one where the batch is not everybody's first axis", async () => {
    const recurrent = onnxModel({
      inputs: { x: ["float32", ["n", 2]], state: ["float32", [3, "n", 2]] },
      outputs: { y: ["float32", ["n", 2]] },
      nodes: [node("ReduceSum", ["state", "zero"], ["s"], { keepdims: { int: 0 } }), node("Add", ["x", "s"], ["y"])],
      constants: { zero: constant([1], [0], "int64") },
    });
    await using model = await load(recurrent);
    expect(model.notes[0]).toContain('"state" has the batch at an axis that is not the first');
    const state = hostBackend.fromData(
      Float32Array.from({ length: 12 }, (_, i) => i),
      [2, 3, 1, 2],
      "float32",
    );
    expect(
      await numbers(
        model,
        {
          x: tensor([
            [0, 0],
            [0, 0],
          ]),
          state,
        },
        "y",
      ),
    ).toEqual([6, 9, 24, 27]);
  });

  test("whose output is shared by all of them are refused with the way out, which works", async () => {
    const mean = onnxModel({
      inputs: { x: ["float32", ["n", 2]] },
      outputs: { loss: ["float32"] },
      nodes: [node("ReduceSum", ["x"], ["loss"], { keepdims: { int: 0 } })],
    });
    const feeds = {
      x: tensor([
        [1, 2],
        [3, 4],
      ]),
    };
    await using together = await load(mean, { batch: "rows" });
    await expect(together.run({ feeds, fetches: ["loss"] })).rejects.toThrow('load the file with { batch: "one-by-one" }');
    await using alone = await load(mean, { batch: "one-by-one" });
    expect(await read(alone, feeds, "loss")).toMatchObject({ shape: [2], data: Float32Array.of(3, 7) });
  });

  test("of inner values that all rows share are given as they are", async () => {
    const model = await load(
      onnxModel({
        inputs: { x: ["float32", ["n", 2]] },
        outputs: { y: ["float32", ["n", 2]] },
        nodes: [node("Shape", ["x"], ["sizes"]), node("Add", ["x", "x"], ["y"])],
      }),
    );
    expect(
      await numbers(
        model,
        {
          x: tensor([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
        },
        "sizes",
      ),
    ).toEqual([3n, 2n]);
    await model.dispose();
  });

  test("are refused where feeds do not fit what the file says, before anything runs", async () => {
    const two = onnxModel({
      inputs: { ids: ["int64", ["n", "length"]], mask: ["int64", ["n", "length"]], image: ["float32", ["n", 3, null]] },
      outputs: { y: ["int64", ["n", "length"]], z: ["float32", ["n", 3, null]] },
      nodes: [node("Mul", ["ids", "mask"], ["y"]), node("Identity", ["image"], ["z"])],
    });
    await using model = await load(two);
    const ids = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      "int64",
    );
    const run = (feeds: NamedTensors, fetches = ["y"]): Promise<unknown> => model.run({ feeds, fetches });
    await expect(
      run({
        ids,
        mask: tensor(
          [
            [1, 1],
            [1, 1],
          ],
          "int64",
        ),
      }),
    ).rejects.toThrow('feed "mask" has 2 at axis 1, but the model\'s "length" is 3 at axis 1 of "ids": they must be the same');
    await expect(run({ ids, mask: tensor([[1, 1, 1]], "int64") })).rejects.toThrow(
      'feed "mask" has 1 rows (axis 0), but feed "ids" has 2',
    );
    await expect(run({ image: hostBackend.fromData(new Float32Array(4), [1, 1, 4], "float32") }, ["z"])).rejects.toThrow(
      'feed "image" must have 3 at axis 1, got 1 ([1, 1, 4])',
    );
    await expect(run({ image: tensor([1, 2]) }, ["z"])).rejects.toThrow(
      'feed "image" must have 3 axes (rows, 3, ?), got 1 ([2])',
    );
    await expect(run({ ids: tensor([[1]], "int64") })).rejects.toThrow('input "mask" must be fed to compute "y"');
    await expect(run({ ids: hostBackend.fromData(new BigInt64Array(0), [0, 3], "int64") })).rejects.toThrow("has no rows");
    await expect(run({ ids: tensor(3, "int64") })).rejects.toThrow("is a scalar");
    await expect(run({})).rejects.toThrow('input "ids", "mask" must be fed');
    await expect(run({ ids: { shape: [1, 1], dtype: "int64" } })).rejects.toThrow('feed "ids" must be a host tensor');
  });
});

describe("OnnxModel in odd circumstances", () => {
  test("constants that old files list as inputs are no inputs", async () => {
    const old = perceptron();
    const listed = {
      ...old,
      irVersion: 3,
      graph: {
        ...old.graph,
        inputs: [...old.graph.inputs, ...["w1", "b1", "w2"].map((name) => ({ name, type: { tensorType: { elemType: 1 } } }))],
      },
    };
    await using model = await load(listed);
    await using modern = await load(old);
    expect(model.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(await numbers(model, x4(2), "logits")).toEqual(await numbers(modern, x4(2), "logits"));
    await expect(model.run({ feeds: x4(1), fetches: ["w1"] })).rejects.toThrow('"w1" is a constant');
  });

  test("a constant, an input and a value given twice can be outputs", async () => {
    const model = await load(
      onnxModel({
        inputs: { x: ["float32", ["n", 2]] },
        outputs: { y: ["float32", ["n", 2]], x: ["float32", ["n", 2]] },
        nodes: [node("Neg", ["x"], ["y"])],
      }),
    );
    const x = tensor([[1, 2]]);
    const result = await model.run({ feeds: { x }, fetches: ["x", "y", "y"] });
    expect(result["x"]).toBe(x);
    expect([...(await hostBackend.read(result["y"]!)).data]).toEqual([-1, -2]);
    await model.dispose();
  });

  test("a node that makes a fed value and a needed one is kept for the other", async () => {
    const model = await load(
      onnxModel({
        inputs: { x: ["float32", ["n", 4]] },
        outputs: { y: ["float32", ["n", 2]] },
        nodes: [node("Split", ["x"], ["left", "right"], { axis: { int: 1 } }), node("Add", ["left", "right"], ["y"])],
      }),
    );
    const feeds = { x: tensor([[1, 2, 3, 4]]), left: tensor([[10, 20]]) };
    expect(await numbers(model, feeds, "y")).toEqual([13, 24]);
    await model.dispose();
  });

  test("nodes in any order are computed in the right one", async () => {
    const model = perceptron();
    await using shuffled = await load({ ...model, graph: { ...model.graph, nodes: [...model.graph.nodes].reverse() } });
    await using straight = await load(model);
    expect(shuffled.values).toEqual(straight.values);
    expect(await numbers(shuffled, x4(2), "logits")).toEqual(await numbers(straight, x4(2), "logits"));
  });

  test("optional inputs left out at the end of a list do not crash the runtime", async () => {
    const gap = onnxModel({
      inputs: { x: ["float32", ["n", 2]] },
      outputs: { y: ["float32", ["n", 2]] },
      nodes: [
        node("LayerNormalization", ["x", "scale", ""], ["normal", "", ""]),
        node("Split", ["normal"], ["first", ""], { axis: { int: 1 } }),
        node("Concat", ["first", "first"], ["y"], { axis: { int: 1 } }),
      ],
      constants: { scale: constant([2], [1, 1]) },
    });
    await using model = await load(gap);
    const [a, b] = await numbers(model, { x: tensor([[1, 3]]) }, "y");
    expect([a, b].map(Number)).toEqual([expect.closeTo(-1, 4), expect.closeTo(-1, 4)]);
  });

  test("a sequence is told from a tensor, and cannot be fetched", async () => {
    const model = await load(
      onnxModel({
        inputs: { x: ["float32", ["n", 4]] },
        outputs: { y: ["float32", ["n", 2]] },
        nodes: [
          node("SplitToSequence", ["x", "two"], ["parts"], { axis: { int: 1 } }),
          node("SequenceAt", ["parts", "zero"], ["y"]),
        ],
        constants: { two: constant([], [2], "int64"), zero: constant([], [0], "int64") },
      }),
    );
    expect(model.value("parts")).toEqual({ name: "parts" });
    expect(await numbers(model, { x: tensor([[1, 2, 3, 4]]) }, "y")).toEqual([1, 2]);
    await expect(model.run({ feeds: { x: tensor([[1, 2, 3, 4]]) }, fetches: ["parts"] })).rejects.toThrow("no tensor");
    await model.dispose();
  });

  test("texts are refused with a sentence", async () => {
    const model = await load(
      onnxModel({
        inputs: { words: ["string", ["n"]] },
        outputs: { same: ["string", ["n"]] },
        nodes: [node("Identity", ["words"], ["same"])],
      }),
    );
    await expect(model.run({ feeds: { words: tensor([1]) }, fetches: ["same"] })).rejects.toThrow(
      '"words" takes string, which cannot be fed',
    );
    await model.dispose();
  });

  test("an operator that the runtime does not know is named when the file is loaded", async () => {
    const strange = onnxModel({
      inputs: { x: ["float32", ["n"]] },
      outputs: { y: undefined },
      nodes: [node("Frobnicate", ["x"], ["y"])],
    });
    await expect(load(strange)).rejects.toThrow("Frobnicate");
  });

  test("an error of the runtime names the model and the feeds, and keeps the cause", async () => {
    const gather = onnxModel({
      inputs: { ids: ["int64", ["n"]] },
      outputs: { y: ["float32", ["n", 2]] },
      nodes: [node("Gather", ["table", "ids"], ["y"])],
      constants: { table: constant([3, 2], weights(6)) },
    });
    await using model = await load(gather, { name: "lookup" });
    const error: unknown = await model
      .run({ feeds: { ids: tensor([7], "int64") }, fetches: ["y"] })
      .catch((reason: unknown) => reason);
    expect(String(error)).toContain('lookup could not be run on "ids" int64 [1]');
    expect(String(error)).toContain("Gather_y");
    expect((error as Error).cause).toBeInstanceOf(Error);
  });
});

describe("OnnxModel's sessions", () => {
  /** The runtime, counting. */
  function counting(): { runtime: typeof ort; created: () => number; released: () => number } {
    let created = 0;
    let released = 0;
    const InferenceSession = {
      async create(bytes: Uint8Array, options: ort.InferenceSession.SessionOptions): Promise<object> {
        const session = await ort.InferenceSession.create(bytes, options);
        created++;
        const { release } = session;
        session.release = () => {
          released++;
          return release.call(session);
        };
        return session;
      },
    };
    return { runtime: { ...ort, InferenceSession } as typeof ort, created: () => created, released: () => released };
  }

  test("are made once for each set of values fed and fetched, also by concurrent calls", async () => {
    const { runtime, created, released } = counting();
    const model = await load(perceptron(), { runtime });
    const before = created();
    await Promise.all([1, 2, 3].map((rows) => model.run({ feeds: x4(rows), fetches: ["logits"] })));
    await model.run({ feeds: x4(2), fetches: ["logits"] });
    expect(created() - before).toBe(1);
    await model.run({ feeds: x4(2), fetches: ["a", "logits"] });
    await model.run({ feeds: x4(2), fetches: ["logits", "a"] });
    expect(created() - before).toBe(2);
    await model.dispose();
    expect(released()).toBe(created());
  });

  test("are released, the least used first, beyond the number that is kept", async () => {
    const { runtime, created, released } = counting();
    const model = await load(perceptron(), { runtime, maxSessions: 2 });
    for (const fetch of ["h1", "h2", "a", "logits"]) await model.run({ feeds: x4(1), fetches: [fetch] });
    expect(created() - released()).toBeLessThanOrEqual(2);
    await model.dispose();
    expect(released()).toBe(created());
  });

  test("finish what is under way before they are released, and refuse what comes after", async () => {
    const model = await load(perceptron());
    const running = model.run({ feeds: x4(2), fetches: ["logits"] });
    const disposed = model.dispose();
    expect((await running)["logits"]?.shape).toEqual([2, 3]);
    await disposed;
    await model.dispose();
    const byRow = await load(perceptron(1));
    const rows = byRow.run({ feeds: x4(20), fetches: ["logits"] });
    const freed = byRow.dispose();
    expect((await rows)["logits"]?.shape).toEqual([20, 3]);
    await freed;
    await expect(model.run({ feeds: x4(2), fetches: ["logits"] })).rejects.toThrow("was disposed of");
  });

  test("stop between two rows when the signal is aborted", async () => {
    const model = await load(perceptron(1));
    const controller = new AbortController();
    const run = model.run({ feeds: x4(50), fetches: ["logits"], signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(run).rejects.toThrow("enough");
    await model.dispose();
  });
});

describe("what is not an ONNX file", () => {
  test.each<readonly [string, () => unknown, string]>([
    ["a function", () => () => 1, "functionModel"],
    ["a promise", () => Promise.resolve(new Uint8Array()), "await it"],
    ["nothing", () => undefined, "pass the path"],
    ["null", () => null, "pass the path"],
    ["a number", () => 3, "pass the path"],
    ["an object", () => ({ weights: [] }), "keys weights"],
    ["a tfjs model", () => "models/model.json", "@attr/backend-tfjs"],
    ["a folder", () => new URL("./", import.meta.url), "OnnxCausalLm.load"],
    ["a path to nothing", () => "/no/such/file.onnx", 'there is no file "/no/such/file.onnx"'],
    ["an empty path", () => "", "empty"],
    ["a text file", () => new URL("./onnx-model.ts", import.meta.url), "malformed"],
    ["no bytes", () => new Uint8Array(0), "it is empty"],
  ])("%s is refused with what to pass instead", async (_, source, sentence) => {
    const loading = OnnxModel.load(source() as string, { runtime: ort });
    await expect(loading).rejects.toThrow(InvalidArgumentError);
    await expect(loading).rejects.toThrow(sentence);
  });

  test("a session is refused, since its inner values cannot be reached", async () => {
    const session = await ort.InferenceSession.create(writeModel(perceptron()));
    await expect(OnnxModel.load(session as unknown as string)).rejects.toThrow("an InferenceSession was passed");
    await session.release();
  });

  test("a runtime that is none is refused", async () => {
    await expect(load(perceptron(), { runtime: {} as typeof ort })).rejects.toThrow("options.runtime must be");
    await expect(load(perceptron(), { runtime: import("onnxruntime-node") as unknown as typeof ort })).rejects.toThrow(
      "await the import",
    );
  });

  test.each([{ maxBatchSize: 0 }, { maxBatchSize: 1.5 }, { maxSessions: 0 }])("options %o are refused", async (options) => {
    await expect(load(perceptron(), options)).rejects.toThrow("must be a whole number of at least 1");
  });
});

test("a graph inside a graph may use a name of its own again", async () => {
  const body = onnxGraph({ inputs: {}, outputs: { doubled: undefined }, nodes: [node("Identity", ["x"], ["doubled"])] }, "body");
  const other = onnxGraph({ inputs: {}, outputs: { other: undefined }, nodes: [node("Neg", ["x"], ["other"])] }, "other");
  await using model = await load(
    onnxModel({
      inputs: { x: ["float32", ["n", 1]], which: ["bool", ["n"]] },
      outputs: { y: undefined },
      nodes: [node("If", ["which"], ["y"], { then_branch: body, else_branch: other })],
    }),
    { batch: "one-by-one" },
  );
  expect(await numbers(model, { x: tensor([[1], [2]]), which: tensor([true, false]) }, "y")).toEqual([1, -2]);
});
