import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { describeGraphModel } from "../../../testing/src/index.ts";
import { tensor } from "../tensor/from.ts";
import { functionModel } from "./function-model.ts";
import { logSoftmax } from "./log-softmax.ts";
import { outputOf, rows, viewCase } from "./three-inputs.fixture.ts";

describeGraphModel(
  "logSoftmax of a graph",
  viewCase((model) => logSoftmax(model), "x", "y", "z"),
  { describe, test },
);

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
