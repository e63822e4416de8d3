import { describe, expect, test } from "vitest";
import { referenceNetwork } from "../../../testing/src/host/host-graph.ts";
import { UnsupportedError } from "../errors.ts";
import { fromLayer } from "../model/from-layer.ts";
import { functionModel } from "../model/function-model.ts";
import { limitBatch } from "../model/limit-batch.ts";
import type { GraphModel } from "../model/model.ts";
import { LayerActivation } from "./layer-activation.ts";

const graph: GraphModel = { ...referenceNetwork(), notes: ["a note of the model"] };

describe("LayerActivation", () => {
  test("C113 values of layers at the inputs", async () => {
    const x = { x: [[0, 100, 0]] };
    const result = await new LayerActivation(graph, { layer: ["linear1", "linear2"] }).attribute(x);
    expect(result.attributions["linear1"]!.toArray()).toEqual([[90, 101, 101, 101]]);
    expect(result.attributions["linear2"]!.toArray()).toEqual([[392, 394]]);
    expect(result.evaluations).toEqual({ calls: 1, rows: 1 });
    expect(result.warnings).toEqual(["a note of the model"]);
    const relu = await new LayerActivation(graph, { layer: "relu" }).attribute({ x: [[3, 4, 0]] });
    expect(relu.attributions["relu"]!.toArray()).toEqual([[0, 8, 8, 8]]);
    const before = await new LayerActivation(graph, { layer: "linear1" }).attribute({ x: [[2, -5, 4]] });
    expect(before.attributions["linear1"]!.toArray()).toEqual([[-9, 2, 2, 2]]);
  });

  test("rows beyond the batch limit are read in several calls", async () => {
    const rows = Array.from({ length: 5 }, (_, i) => [i, 0, 0]);
    const result = await new LayerActivation(limitBatch(graph, 2), { layer: "relu" }).attribute({ x: rows });
    expect(result.attributions["relu"]!.shape).toEqual([5, 4]);
    expect(result.evaluations).toEqual({ calls: 3, rows: 5 });
  });

  test("of a later layer over a layer view is that of the model", async () => {
    const x = { x: [[0, 100, 0]] };
    const view = await new LayerActivation(fromLayer(graph, "linear1"), { layer: "linear2" }).attribute(x);
    expect(view.attributions["linear2"]!.toArray()).toEqual([[392, 394]]);
  });

  test("a black box and an unknown name are refused", () => {
    expect(() => new LayerActivation(functionModel(() => 0) as never, { layer: "relu" })).toThrow(UnsupportedError);
    expect(() => new LayerActivation(graph, { layer: "relu9" })).toThrow('layer "relu9" is no value of the model');
  });
});
