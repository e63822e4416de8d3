import { describe, expect, test } from "vitest";
import type { FileShape } from "../graph/value-type.ts";
import { type BatchOption, hasRowAxis, planRows, type RowPlan, shapeWithRows } from "./rows.ts";

function plan(inputs: readonly FileShape[], output: FileShape, batch?: BatchOption): RowPlan {
  return planRows(
    inputs.map((shape, i) => ({ name: `x${i}`, shape })),
    { name: "y", shape: output },
    batch,
  );
}

describe("how rows are run", () => {
  test.each<readonly [string, readonly FileShape[], FileShape, RowPlan["mode"]]>([
    ["a free first axis", [["n", 3]], ["n", 2], "together"],
    ["an unknown rank", [undefined], undefined, "together"],
    ["a free axis without a name", [[null, 3]], [null], "together"],
    ["an output of unknown rank", [["n", 3]], undefined, "together"],
    ["an output that all rows share", [["n", 3]], [], "one-by-one"],
    ["a fixed batch of 1", [[1, 3, 224, 224]], [1, 1000], "one-by-one"],
    ["a first axis too long for a batch", [[100_000, 3]], [100_000, 2], "no-axis"],
    ["a fixed batch of 1 that the output drops", [[1, 28, 28]], [10], "one-by-one"],
    [
      "a batch that is somebody's second axis",
      [
        ["n", 4],
        [2, "n", 8],
      ],
      ["n"],
      "one-by-one",
    ],
    [
      "a fixed batch of 8",
      [
        [8, 16],
        [8, 4],
      ],
      [8, 2],
      "fixed",
    ],
    ["an image without a batch", [[28, 28]], [10], "no-axis"],
    ["a scalar", [[]], [], "no-axis"],
    ["first axes that differ", [[3, 4], [4]], [3, 4], "no-axis"],
  ])("%s", (_, inputs, output, mode) => {
    const { mode: got, notes } = plan(inputs, output);
    expect(got).toBe(mode);
    expect(notes.length).toBe(mode === "together" ? 0 : 1);
  });

  test("what is asked for goes before what the shapes tell", () => {
    expect(plan([["n", 3]], ["n"], "none").mode).toBe("no-axis");
    expect(plan([["n", 3]], ["n"], "one-by-one").mode).toBe("one-by-one");
    expect(plan([["n", 3]], [], "rows").mode).toBe("together");
    expect(plan([[8, 8]], [3], "rows").mode).toBe("fixed");
    expect(plan([[8, 8]], [8], "none").mode).toBe("no-axis");
    expect(() => plan([[3, 4], [4]], [3], "rows")).toThrow(
      'the inputs\' first axes are fixed to different sizes: "x0" 3, "x1" 4',
    );
  });

  test("inputs without a batch axis beside some that have one are taken once a run", () => {
    const mixed = plan([["n", 3], [], [5], [1, 7]], ["n"]);
    expect([...mixed.perRun]).toEqual(["x3", "x2", "x1"]);
    expect(["x0", "x1", "x2", "x3"].map((name, i) => hasRowAxis(mixed, name, [["n", 3], [], [5], [1, 7]][i]))).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test("shapes are shown with the batch as a first axis of any size", () => {
    expect(shapeWithRows(plan([[28, 28]], [10]), "x0", [28, 28])).toEqual([null, 28, 28]);
    expect(shapeWithRows(plan([[1, 28]], [1]), "x0", [1, 28])).toEqual([null, 28]);
    expect(shapeWithRows(plan([[1, 28]], [1]), "inner", [7, 3])).toEqual([null, 7, 3]);
    expect(shapeWithRows(plan([["n", 28]], ["n"]), "x0", ["n", 28])).toEqual(["n", 28]);
    expect(shapeWithRows(plan([["n", 28]], ["n"]), "inner", undefined)).toBeUndefined();
  });
});
