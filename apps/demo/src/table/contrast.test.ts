import { type AttributionResult, functionModel, ShapleyValues } from "@attr/core";
import { expect, test } from "vitest";
import { contrastOf } from "./contrast.ts";

/** Two outputs of two numbers. */
const model = functionModel<"x">(({ x }) =>
  Array.from({ length: x.shape[0] ?? 0 }, (_, n) => [Number(x.data[2 * n]) * 3, Number(x.data[2 * n + 1]) * 2]),
);
const of = (target: number): Promise<AttributionResult> => new ShapleyValues(model).attribute({ x: [[1, 2]] }, { target });

test("the difference of two explanations adds up to the difference of what they explain", async () => {
  const { attributions, value, baseValue, evaluations } = contrastOf(await of(0), await of(1), false);
  expect(attributions["x"]!.toArray()).toEqual([[3, -4]]);
  expect([value?.data[0], baseValue?.data[0]]).toEqual([-1, 0]);
  expect(evaluations.calls).toBeGreaterThan(1);
});

test("the size of a difference has no sign, and what is explained keeps its own", async () => {
  const { attributions, value } = contrastOf(await of(0), await of(1), true);
  expect(attributions["x"]!.toArray()).toEqual([[3, 4]]);
  expect(value?.data[0]).toBe(-1);
});
