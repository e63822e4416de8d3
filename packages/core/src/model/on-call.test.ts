import { describe, expect, test } from "vitest";
import { referenceNetwork } from "../../../testing/src/host/host-graph.ts";
import { describeGraphModel } from "../../../testing/src/index.ts";
import { InvalidArgumentError } from "../errors.ts";
import { bind } from "./bind.ts";
import { type ModelCall, onCall } from "./on-call.ts";
import { outputOf, rows, threeInputs, viewCase } from "./three-inputs.fixture.ts";

describeGraphModel(
  "onCall of a graph",
  viewCase((model) => onCall(model, () => {}), "x", "y", "z"),
  { describe, test },
);

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

  test("tells what a call that went backward differentiated by", async () => {
    const calls: ModelCall[] = [];
    const model = onCall(referenceNetwork(), (call) => calls.push(call));
    await model.gradient({
      feeds: { x: rows([[1, 2, 3]]) },
      objective: { value: "linear2", index: [[0]] },
      wrt: ["x", "relu"],
      fetches: ["linear1"],
    });
    expect(calls).toEqual([{ rows: 1, fetches: ["linear1"], wrt: ["x", "relu"] }]);
  });
});
