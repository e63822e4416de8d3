import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { referenceNetwork } from "../../../testing/src/host/host-graph.ts";
import { describeGraphModel } from "../../../testing/src/index.ts";
import { bind } from "./bind.ts";
import { limitBatch } from "./limit-batch.ts";
import { type ModelCall, onCall } from "./on-call.ts";
import { outputOf, rows, threeInputs, threeInputsOf, viewCase } from "./three-inputs.fixture.ts";

describeGraphModel(
  "limitBatch of a graph",
  viewCase((model) => limitBatch(model, 2), "x", "y", "z"),
  { describe, test },
);

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
      const all = threeInputsOf(examples.length);
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
    const run = limitBatch(watched, 1).run({ feeds: threeInputsOf(5), fetches: ["out"], signal: stop.signal });
    await expect(run).rejects.toThrow("enough");
    expect(calls.length).toBe(2);
  });

  test("refuses limits that are no whole numbers from 1 up", () => {
    for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => limitBatch(threeInputs(), limit)).toThrow("rows must be");
  });
});

describe("limitBatch of a gradient", () => {
  test.prop([fc.integer({ min: 1, max: 6 }), fc.constantFrom("none", "deepLift", "lrp")])(
    "cuts the rows of the objective, of the reference and of what is fetched with those of the feeds",
    async (limit, kind) => {
      const model = referenceNetwork();
      const x = rows([
        [1, 2, 3],
        [8, 3, 2],
        [0, 100, 0],
        [5, 5, 5],
        [-1, 0, 2],
      ]);
      const reference = { x: rows([1, 2, 3, 4, 5].map((row) => [row, 0, -row])) };
      const rules =
        kind === "none"
          ? undefined
          : kind === "lrp"
            ? ({ kind, linear: { rule: "epsilon" } } as const)
            : ({ kind: "deepLift", reference } as const);
      const objective = { value: "linear2", index: [[0], [1], [0], [1], [1]] };
      const request = { feeds: { x }, objective, wrt: ["x", "relu"], fetches: ["linear1"], rules };
      expect(await limitBatch(model, limit).gradient(request)).toEqual(await model.gradient(request));
    },
  );
});
