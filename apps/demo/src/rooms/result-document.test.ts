import { AttributionResult, HostTensor } from "@attr/core";
import { describe, expect, test } from "vitest";
import { type ResultView, resultDocument } from "./result-document.ts";

function result(shape: readonly number[], data: readonly number[]): AttributionResult {
  const scores = new HostTensor(Float64Array.from(data), [1, ...shape], "float64");
  return new AttributionResult({ method: "Method", attributions: { x: scores }, evaluations: { calls: 1, rows: 1 } });
}

function shown(shape: readonly number[], view: Partial<ResultView> = {}): ReturnType<typeof resultDocument> {
  const length = shape.reduce((product, size) => product * size, 1);
  const data = Array.from({ length }, (_, at) => at);
  return resultDocument(result(shape, data), { explained: "it", ...view });
}

function sizeOfMap(document: ReturnType<typeof resultDocument>): readonly number[] | undefined {
  return document.kind === "image" ? [document.panels[0]!.width, document.panels[0]!.height] : undefined;
}

describe("how scores are shown", () => {
  test("maps are as large as their layout tells, and as their sizes tell where it is not known", () => {
    expect(sizeOfMap(shown([7, 6, 32], { layout: "channels-last" }))).toEqual([6, 7]);
    expect(sizeOfMap(shown([32, 7, 6], { layout: "channels-first" }))).toEqual([6, 7]);
    expect(sizeOfMap(shown([3, 7, 6]))).toEqual([6, 7]);
    expect(sizeOfMap(shown([7, 6, 3]))).toEqual([6, 7]);
    expect(sizeOfMap(shown([2, 2, 2]))).toBeUndefined();
  });

  test("a group's score counts once, in a map and in a list", () => {
    const map = shown([1, 4, 4], { layout: "channels-first", groups: Array.from({ length: 16 }, (_, at) => at >> 3) });
    expect(map.kind === "image" && map.panels[0]!.groups).toHaveLength(16);
    const list = shown([2, 3], { groups: [5, 5, 5, 7, 7, 7] });
    if (list.kind !== "tabular") throw new Error(`shown as ${list.kind}`);
    expect([list.features, list.rows[0]!.scores]).toEqual([
      ["x, group 5", "x, group 7"],
      [0, 3],
    ]);
  });

  test("rows of numbers are a sum a row, and single numbers stand for themselves", () => {
    const rows = shown([2, 3]);
    expect(rows.kind === "tabular" && rows.rows[0]!.scores).toEqual([3, 12]);
    const single = shown([3], { inputs: { data: [7, 8, 9] } });
    expect(single.kind === "tabular" && [single.rows[0]!.scores, single.rows[0]!.inputs]).toEqual([
      [0, 1, 2],
      [7, 8, 9],
    ]);
  });
});
