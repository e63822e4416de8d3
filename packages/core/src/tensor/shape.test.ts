import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { indicesOf, naiveBroadcast } from "./naive-tensor.fixture.ts";
import { broadcastShapes, broadcastStrides, checkShape, sizeOf, stridesOf, unravel } from "./shape.ts";
import { broadcastingShapes, shapes } from "./tensor-arbitraries.fixture.ts";
import { forEachRun, planWalk } from "./walk.ts";

describe("shapes", () => {
  test.prop([shapes()])("strides and indices of a flat position are inverse", (shape) => {
    const strides = stridesOf(shape);
    indicesOf(shape).forEach((indices, position) => {
      expect(indices.reduce((sum, index, axis) => sum + index * strides[axis]!, 0)).toBe(position);
      expect(unravel(position, shape)).toEqual(indices);
    });
  });

  test.prop([broadcastingShapes(3)])("broadcast together by numpy's rules", (all) => {
    expect(broadcastShapes("test", all)).toEqual(naiveBroadcast(all));
  });

  test("shapes no tensor has are refused", () => {
    for (const shape of [[-1], [1.5], [Number.NaN], [2 ** 16, 2 ** 16], [Number.POSITIVE_INFINITY]])
      expect(() => checkShape(shape)).toThrow(InvalidArgumentError);
    // @ts-expect-error a shape is an array
    expect(() => checkShape(3)).toThrow("must be an array");
    expect(checkShape([0, 5])).toBe(0);
    expect(checkShape([])).toBe(1);
  });
});

describe("walks", () => {
  test.prop([broadcastingShapes(2)])("visit every element of every view once, in row-major order", (all) => {
    const shape = naiveBroadcast(all);
    const views = all.map((own) => broadcastStrides(own, shape));
    const plan = planWalk(shape, views);
    const visited: number[][] = [];
    forEachRun(plan, (starts) => {
      for (let n = 0; n < plan.lengths.at(-1)!; n++) visited.push(starts.map((start, i) => start + n * plan.strides[i]!.at(-1)!));
    });
    const expected = indicesOf(shape).map((indices) =>
      views.map((view) => indices.reduce((sum, index, axis) => sum + index * view[axis]!, 0)),
    );
    expect(visited).toEqual(expected);
  });

  test.prop([fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 4 })])(
    "equal shapes are one run, a leading broadcast two axes",
    (shape) => {
      const strides = stridesOf(shape);
      expect(planWalk(shape, [strides, strides]).lengths).toEqual([sizeOf(shape)]);
      const rows = [7, ...shape];
      expect(planWalk(rows, [stridesOf(rows), [0, ...strides]]).lengths).toEqual([7, sizeOf(shape)]);
    },
  );
});
