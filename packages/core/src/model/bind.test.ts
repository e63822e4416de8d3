import { describe, expect, test } from "vitest";
import { describeGraphModel } from "../../../testing/src/index.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { bind } from "./bind.ts";
import { functionModel } from "./function-model.ts";
import { limitBatch } from "./limit-batch.ts";
import type { RunRequest } from "./model.ts";
import { outputOf, rows, threeInputs, viewCase } from "./three-inputs.fixture.ts";

describeGraphModel(
  "bind of a graph",
  viewCase((model) => bind(model, { z: [[1]], y: 2 }), "x"),
  { describe, test },
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

  test("takes one row without its batch axis where the model declares the shape, and holds rows to it", async () => {
    const shapes: unknown[] = [];
    const model = functionModel(
      ({ x, scale, table }) => {
        shapes.push(scale.shape, table.shape);
        return x;
      },
      {
        inputs: ["x", { name: "scale", shape: ["batch"] }, { name: "table", shape: [null, 2, null] }],
      },
    );
    const x = rows([[1], [2], [3]]);
    await outputOf(bind(model, { scale: 4, table: [[1], [2]] }), { x });
    await outputOf(bind(model, { scale: [4, 5, 6], table: [[[1], [2]]] }), { x });
    expect(shapes).toEqual([[3], [3, 2, 1], [3], [3, 2, 1]]);
    expect(() => bind(model, { table: 1 })).toThrow('bound input "table" has rank 0 (shape []), but the model takes [?, 2, ?]');
    expect(() => bind(model, { table: [[[1]]] })).toThrow('bound input "table" has 1 along axis 1 (shape [1, 1, 1])');
    expect(() => bind(model, { table: 1 }, { shared: ["table"] })).not.toThrow();
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
