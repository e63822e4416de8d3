import { describe, expect, test } from "vitest";
import { referenceNetwork } from "../../../testing/src/host/host-graph.ts";
import { describeGraphModel } from "../../../testing/src/index.ts";
import { UnsupportedError } from "../errors.ts";
import { bind } from "./bind.ts";
import { fromLayer } from "./from-layer.ts";
import { functionModel } from "./function-model.ts";
import { outputOf, rows, viewCase } from "./three-inputs.fixture.ts";
import { upToLayer } from "./up-to-layer.ts";

describeGraphModel(
  "upToLayer of a graph",
  viewCase((model) => bind(upToLayer(model, "h"), { y: [[0]], z: [[0]] }), "x"),
  { describe, test },
);

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
