import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { InvalidArgumentError, UnsupportedError } from "../errors.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { bind } from "./bind.ts";
import { isGraphModel } from "./capabilities.ts";
import { fromLayer } from "./from-layer.ts";
import { functionModel } from "./function-model.ts";
import { add, hostGraph, linear, referenceNetwork, relu } from "./host-graph.fixture.ts";
import { limitBatch } from "./limit-batch.ts";
import { logSoftmax } from "./log-softmax.ts";
import type { GraphModel, Model, RunRequest } from "./model.ts";
import { describeGraphModel } from "./model-contract.fixture.ts";
import { type ModelCall, onCall } from "./on-call.ts";
import { runInBatches } from "./rows.ts";
import { upToLayer } from "./up-to-layer.ts";

const rows = (x: readonly (readonly number[])[]) => tensor(x, "float64");

async function outputOf(
  model: Model,
  feeds: Readonly<Record<string, ReturnType<typeof tensor>>>,
  origin?: number[],
  count = 0,
): Promise<unknown> {
  const name = model.outputs[0]!.name;
  const result = await model.run({
    feeds,
    fetches: [name],
    ...(origin && { origin: { examples: Int32Array.from(origin), count } }),
  });
  return (await hostBackend.read(result[name]!)).toArray();
}

/** out = x · w + relu(y) + z, with z passed by. */
const threeInputs = () =>
  hostGraph({
    inputs: [
      { name: "x", dtype: "float64" },
      { name: "y", dtype: "float64" },
      { name: "z", dtype: "float64" },
    ],
    nodes: [linear("h", "x", [[1], [10]]), relu("r", "y"), add("out", "h", "r", "z")],
    outputs: ["out"],
    notes: ["made for a test"],
  });

const inputs = (n: number) => ({
  x: rows(Array.from({ length: n }, (_, i) => [i, 1 + i / 2])),
  y: rows(Array.from({ length: n }, (_, i) => [i - 1])),
  z: rows(Array.from({ length: n }, (_, i) => [100 * i])),
});

const view =
  (make: (model: GraphModel) => GraphModel, ...names: ("x" | "y" | "z")[]) =>
  () => ({
    model: make(threeInputs()),
    inputs: (n: number) => Object.fromEntries(names.map((name) => [name, inputs(n)[name]])),
  });

describeGraphModel(
  "limitBatch of a graph",
  view((model) => limitBatch(model, 2), "x", "y", "z"),
);
describeGraphModel(
  "onCall of a graph",
  view((model) => onCall(model, () => {}), "x", "y", "z"),
);
describeGraphModel(
  "bind of a graph",
  view((model) => bind(model, { z: [[1]], y: 2 }), "x"),
);
describeGraphModel(
  "logSoftmax of a graph",
  view((model) => logSoftmax(model), "x", "y", "z"),
);
describeGraphModel(
  "upToLayer of a graph",
  view((model) => bind(upToLayer(model, "h"), { y: [[0]], z: [[0]] }), "x"),
);
describeGraphModel(
  "a pile of views",
  view((model) => onCall(limitBatch(bind(logSoftmax(limitBatch(model, 3)), { z: [[1]] }), 2), () => {}), "x", "y"),
);

describe("bind", () => {
  test("gives every row the bound row of its example", async () => {
    const model = bind(threeInputs(), { y: [[1], [2], [3]], z: [[10], [20], [30]] });
    expect(model.inputs.map((input) => input.name)).toEqual(["x"]);
    expect(
      await outputOf(model, {
        x: rows([
          [0, 0],
          [0, 0],
          [0, 0],
        ]),
      }),
    ).toEqual([[11], [22], [33]]);
    const feeds = {
      x: rows([
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
    };
    expect(await outputOf(model, feeds, [2, 0, 0, 1], 3)).toEqual([[33], [11], [11], [22]]);
  });

  test("repeats one row, also for one example, and passes scalars and shared values as they are", async () => {
    const seen: unknown[] = [];
    const model = functionModel(({ x, s, t, u }) => {
      seen.push(s!.shape, t!.shape, u!.shape);
      return x!.shape[0] === 1 ? [1] : [1, 2, 3];
    });
    const bound = bind(model, { s: 4, t: [1, 2], u: [[7, 8]] }, { shared: ["t"] });
    await outputOf(bound, { x: rows([[1], [2], [3]]) });
    await outputOf(bound, { x: rows([[1]]) });
    await outputOf(bound, { x: rows([[1], [2], [3]]) }, [0, 0, 0], 1);
    expect(seen).toEqual([[], [2], [3, 2], [], [2], [1, 2], [], [2], [3, 2]]);
  });

  test("what it passes as it is stays whole when the rows are split", async () => {
    const model = functionModel(({ x, s }) => hostBackend.mul(hostBackend.sum(x, [1]), hostBackend.sum(s)), {
      inputs: ["x", "s"],
    });
    const bound = bind(limitBatch(model, 2), { s: [1, 2, 3] }, { shared: ["s"] });
    expect(await outputOf(bound, { x: tensor([[1], [2], [3]]) })).toEqual([6, 12, 18]);
  });

  test("refuses unknown names, other numbers of rows and values given twice, naming the input", async () => {
    expect(() => bind(threeInputs(), { w: 1 })).toThrow('bound input "w" is unknown; the model takes "x", "y", "z"');
    expect(() => bind(threeInputs(), { y: 1 }, { shared: ["z"] })).toThrow('shared names "z", which is not bound');
    expect(() => bind(threeInputs(), { y: [[1], [2, 3]] })).toThrow('bound input "y" is ragged');
    const model = bind(threeInputs(), { y: [[1], [2]], z: 0 });
    await expect(
      outputOf(model, {
        x: rows([
          [0, 0],
          [0, 0],
          [0, 0],
        ]),
      }),
    ).rejects.toThrow('bound input "y" has 2 rows (shape [2, 1]) for 3 examples');
    await expect(outputOf(model, { x: rows([[0, 0]]), y: rows([[0]]) })).rejects.toThrow('input "y" is fed, but bound already');
  });

  test("takes the dtype the model declares", async () => {
    const model = functionModel(({ ids }) => [ids.dtype === "int64" ? 1 : 0], {
      inputs: ["x", { name: "ids", dtype: "int64" }],
    });
    expect(await outputOf(bind(model, { ids: [[3]] }), { x: tensor([[1]]) })).toEqual([1]);
    expect(() => bind(model, { ids: [[0.5]] })).toThrow('element [0, 0] of bound input "ids" is 0.5: int64 cannot hold it');
  });

  test("feeds a graph only what still reaches the values asked for", async () => {
    const fed: string[][] = [];
    const graph = threeInputs();
    const spy = {
      ...graph,
      run: (request: RunRequest) => {
        fed.push(Object.keys(request.feeds));
        return graph.run(request);
      },
    };
    const model = bind(spy, { y: [[1]], z: [[2]] });
    await model.run({ feeds: { x: rows([[1, 2]]) }, fetches: ["h"] });
    await model.run({ feeds: { r: rows([[1]]), h: rows([[1]]) }, fetches: ["out"] });
    expect(fed).toEqual([["x"], ["r", "h", "z"]]);
    expect(model.required([], ["out"])).toEqual(["x"]);
  });
});

describe("limitBatch", () => {
  test.prop([fc.integer({ min: 1, max: 9 }), fc.array(fc.nat(3), { minLength: 1, maxLength: 12 })])(
    "changes the calls and never the result",
    async (limit, examples) => {
      const calls: ModelCall[] = [];
      const model = bind(
        limitBatch(
          onCall(threeInputs(), (call) => calls.push(call)),
          limit,
        ),
        { z: [[1], [2], [3], [4]] },
      );
      const all = inputs(examples.length);
      const feeds = { x: all.x, y: all.y };
      const whole = await outputOf(bind(threeInputs(), { z: [[1], [2], [3], [4]] }), feeds, examples, 4);
      expect(await outputOf(model, feeds, examples, 4)).toEqual(whole);
      expect(calls.map((call) => call.rows).reduce((sum, n) => sum + n, 0)).toBe(examples.length);
      expect(calls.length).toBe(Math.ceil(examples.length / limit));
      expect(model.maxBatchSize).toBe(limit);
    },
  );

  test("never raises the limit, and rows stay their own examples where the request does not say", async () => {
    expect(limitBatch(limitBatch(threeInputs(), 3), 10).maxBatchSize).toBe(3);
    const model = limitBatch(bind(threeInputs(), { y: [[1], [2], [3]], z: 0 }), 2);
    expect(
      await outputOf(model, {
        x: rows([
          [0, 0],
          [0, 0],
          [0, 0],
        ]),
      }),
    ).toEqual([[1], [2], [3]]);
  });

  test("stops between two calls", async () => {
    const stop = new AbortController();
    const calls: ModelCall[] = [];
    const watched = onCall(threeInputs(), (call) => {
      calls.push(call);
      if (calls.length === 2) stop.abort(new Error("enough"));
    });
    const run = limitBatch(watched, 1).run({ feeds: inputs(5), fetches: ["out"], signal: stop.signal });
    await expect(run).rejects.toThrow("enough");
    expect(calls.length).toBe(2);
  });

  test("refuses limits that are no whole numbers from 1 up", () => {
    for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => limitBatch(threeInputs(), limit)).toThrow("rows must be");
  });
});

describe("onCall", () => {
  test("tells of every call once it has come back, with its rows and what was fetched", async () => {
    const calls: ModelCall[] = [];
    const model = onCall(bind(threeInputs(), { y: 0, z: 0 }), (call) => calls.push(call));
    await outputOf(model, {
      x: rows([
        [1, 2],
        [3, 4],
      ]),
    });
    await expect(outputOf(model, {})).rejects.toThrow(InvalidArgumentError);
    expect(calls).toEqual([{ rows: 2, fetches: ["out"] }]);
  });
});

describe("logSoftmax", () => {
  const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  test.prop([fc.array(fc.array(finite, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 4 })])(
    "is the logarithm of the softmax, and its exponentials sum to 1",
    async (x) => {
      const model = logSoftmax(functionModel(({ x }) => x, { inputs: ["x"], outputs: ["logits"] }));
      const result = (await outputOf(model, { x: rows(x) })) as number[][];
      for (const [i, row] of result.entries()) {
        const largest = Math.max(...x[i]!);
        const total = x[i]!.reduce((sum, e) => sum + Math.exp(e - largest), 0);
        for (const [j, e] of row.entries()) expect(e).toBeCloseTo(x[i]![j]! - largest - Math.log(total), 9);
        expect(row.reduce((sum, e) => sum + Math.exp(e), 0)).toBeCloseTo(1, 9);
      }
    },
  );

  test("does not overflow, takes any axis but the batch, and keeps what was there under its name", async () => {
    const model = logSoftmax(
      functionModel(({ x }) => x, { inputs: ["x"], outputs: ["logits"] }),
      1,
    );
    const x = rows([[1e4, 1e4]]);
    expect(await outputOf(model, { x })).toEqual([[-Math.LN2, -Math.LN2]]);
    expect(model.outputs[0]!.name).toBe("log_softmax(logits)");
    const both = await model.run({ feeds: { x }, fetches: ["logits", "log_softmax(logits)"] });
    expect(both["logits"]).toMatchObject({ data: Float64Array.of(1e4, 1e4) });
    for (const axis of [0, -2, 2, 0.5]) {
      const wrong = logSoftmax(
        functionModel(({ x }) => x, { inputs: ["x"], outputs: ["logits"] }),
        axis,
      );
      await expect(outputOf(wrong, { x })).rejects.toThrow('no axis of "logits" (shape [1, 2])');
    }
  });

  test("turns integers into floats", async () => {
    const model = logSoftmax(functionModel(({ x }) => x, { inputs: ["x"] }));
    expect(await outputOf(model, { x: tensor([[1n, 1n]]) })).toEqual([[Math.fround(-Math.LN2), Math.fround(-Math.LN2)]]);
  });
});

describe("upToLayer", () => {
  test("explains the layer", async () => {
    const model = upToLayer(referenceNetwork(), "linear1");
    expect(model.outputs).toEqual([{ name: "linear1" }]);
    expect(await outputOf(model, { x: rows([[5, 2, 1]]) })).toEqual([[-2, 9, 9, 9]]);
  });

  test("refuses values the model does not have, naming those alike, and models without inner values", () => {
    expect(() => upToLayer(referenceNetwork(), "linear")).toThrow(
      'layer "linear" is no value of the model; alike: "linear0", "linear1", "linear2"',
    );
    expect(() => upToLayer(referenceNetwork(), "conv")).toThrow('it has: "x", "linear0"');
    const blackBox = functionModel(() => 1);
    // @ts-expect-error a function has no layers
    expect(() => upToLayer(blackBox, "h")).toThrow(UnsupportedError);
    // @ts-expect-error a function has no layers
    expect(() => fromLayer(blackBox, "h")).toThrow("load the model from its file");
  });
});

describe("fromLayer", () => {
  test("computes the layer once and goes on from it", async () => {
    const calls: ModelCall[] = [];
    const model = fromLayer(
      onCall(referenceNetwork(), (call) => calls.push(call)),
      "relu",
    );
    const { values, model: onward } = await model.resolve!({
      x: rows([
        [3, 4, 0],
        [0, 100, 0],
      ]),
    });
    expect(calls).toEqual([{ rows: 2, fetches: ["relu"] }]);
    expect((await hostBackend.read(values["relu"]!)).toArray()).toEqual([
      [0, 8, 8, 8],
      [90, 101, 101, 101],
    ]);
    expect(onward.inputs).toEqual([{ name: "relu" }]);
    expect(await outputOf(onward, { relu: rows([[1, 1, 1, 1]]) }, [1], 2)).toEqual([[3, 5]]);
    expect(calls.length).toBe(2);
  });

  test("passes inputs that go past the layer along, example by example", async () => {
    const model = fromLayer(referenceNetwork({ bypass: true }), "linear0");
    const { model: onward } = await model.resolve!({
      x: rows([
        [0, 6, 0],
        [0, 100, 0],
      ]),
    });
    expect(onward.inputs.map((input) => input.name)).toEqual(["linear0"]);
    const zero = rows([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    // relu of linear0 = 0 gives (0, 1, 1, 1), the bypass still sees the example's own input.
    expect(await outputOf(onward, { linear0: zero }, [1, 0, 1], 2)).toEqual([
      [395, 397],
      [23, 25],
      [395, 397],
    ]);
  });

  test("gives the layer's value at other inputs, one row repeated", async () => {
    const resolved = await fromLayer(referenceNetwork(), "linear1").resolve!({
      x: rows([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    });
    const { linear1 } = await resolved.at({ x: rows([[0, 0, 0]]) });
    expect((await hostBackend.read(linear1!)).toArray()).toEqual([
      [-10, 1, 1, 1],
      [-10, 1, 1, 1],
    ]);
    await expect(resolved.at({})).rejects.toThrow('input "x" is missing');
  });

  test("cuts the call that computes the layer to the batch limit", async () => {
    const calls: ModelCall[] = [];
    const model = fromLayer(
      limitBatch(
        onCall(referenceNetwork(), (call) => calls.push(call)),
        2,
      ),
      "relu",
    );
    await model.resolve!({
      x: rows([
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ]),
    });
    expect(calls.map((call) => call.rows)).toEqual([2, 1]);
  });

  test.prop([fc.subarray(["bind", "limit", "call", "softmax", "up"] as const), fc.nat(4)])(
    "views of a layer view are the layer view of the views",
    async (names, at) => {
      const outer: ModelCall[] = [];
      const views: Readonly<
        Record<(typeof names)[number], (model: ReturnType<typeof threeInputs>) => ReturnType<typeof threeInputs>>
      > = {
        bind: (model) => bind(model, { z: [[1], [2]] }),
        limit: (model) => limitBatch(model, 1),
        call: (model) => onCall(model, (call) => outer.push(call)),
        softmax: (model) => logSoftmax(model),
        up: (model) => upToLayer(model, "out"),
      };
      const build = (layerAt: number) => {
        let model = layerAt === 0 ? fromLayer(threeInputs(), "h") : threeInputs();
        names.forEach((name, i) => {
          model = views[name](model);
          if (layerAt === i + 1) model = fromLayer(model, "h");
        });
        return names.length < layerAt ? fromLayer(model, "h") : model;
      };
      const all = inputs(2);
      const given = names.includes("bind") ? { x: all.x, y: all.y } : all;
      const results = [];
      for (const layerAt of [at, names.length]) {
        const model = build(layerAt);
        expect(isGraphModel(model)).toBe(true);
        expect(model.notes).toEqual(["made for a test"]);
        const before = outer.length;
        const resolved = await model.resolve!(given);
        // The listener outside sees the call for the layer, wherever the layer view stands.
        expect(outer.length > before).toBe(names.includes("call"));
        expect(Object.keys(resolved.values)).toEqual(["h"]);
        expect(resolved.model.inputs.map((input) => input.name)).toEqual(["h"]);
        const fetches = [resolved.model.outputs[0]!.name];
        const result = await runInBatches(resolved.model, { feeds: { h: rows([[5], [6]]) }, fetches });
        results.push((await hostBackend.read(result[fetches[0]!]!)).toArray());
      }
      expect(results[0]).toEqual(results[1]);
    },
  );

  test("upToLayer of a layer view explains a later layer by an earlier one", async () => {
    const model = upToLayer(fromLayer(referenceNetwork(), "linear0"), "linear1");
    const { model: onward } = await model.resolve!({ x: rows([[1, 2, 3]]) });
    expect(await outputOf(onward, { linear0: rows([[0, 0, 0]]) })).toEqual([[-10, 1, 1, 1]]);
  });

  test("refuses a value that has not one row an example", async () => {
    const model = hostGraph({
      inputs: ["x"],
      nodes: [{ name: "total", inputs: ["x"], compute: (x) => hostBackend.sum(x) }, add("out", "x", "total")],
      outputs: ["out"],
    });
    await expect(fromLayer(model, "total").resolve!({ x: rows([[1], [2]]) })).rejects.toThrow(
      'layer "total" has shape [] for 2 examples',
    );
  });
});

describe("views of a model that resolves its inputs by itself", () => {
  test("are applied to the model it resolves to", async () => {
    const inner = threeInputs();
    const own: Model = {
      backend: inner.backend,
      inputs: inner.inputs,
      outputs: inner.outputs,
      maxBatchSize: 8,
      run: (request) => inner.run(request),
      resolve: async (values) => ({ values, model: inner, at: async (others) => others }),
    };
    const calls: ModelCall[] = [];
    const resolved = await onCall(limitBatch(own, 2), (call) => calls.push(call)).resolve!(inputs(1));
    expect(resolved.model.maxBatchSize).toBe(2);
    await outputOf(resolved.model, inputs(1));
    expect(calls.length).toBe(1);
  });
});
