import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { broadcastingShapes, indicesOf, naiveBroadcast, shapes } from "../../../testing/src/index.ts";
import { InvalidArgumentError } from "../errors.ts";
import { broadcastShapes, broadcastStrides, checkShape, sizeOf, stridesOf, unravel } from "./shape.ts";
import { forEachRun, longestLast, planWalk } from "./walk.ts";

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
  test.prop([broadcastingShapes(2), fc.boolean()])(
    "visit every element of every view once, in row-major order unless the longest axis goes last",
    (all, move) => {
      const shape = naiveBroadcast(all);
      const views = all.map((own) => broadcastStrides(own, shape));
      const plan = move ? longestLast(planWalk(shape, views)) : planWalk(shape, views);
      const visited: number[][] = [];
      forEachRun(plan, (starts) => {
        for (let n = 0; n < plan.lengths.at(-1)!; n++)
          visited.push(starts.map((start, i) => start + n * plan.strides[i]!.at(-1)!));
      });
      const expected = indicesOf(shape).map((indices) =>
        views.map((view) => indices.reduce((sum, index, axis) => sum + index * view[axis]!, 0)),
      );
      const sorted = (list: number[][]): string[] => list.map((positions) => positions.join()).sort((a, b) => (a < b ? -1 : 1));
      if (move) expect(sorted(visited)).toEqual(sorted(expected));
      else expect(visited).toEqual(expected);
    },
  );

  test.prop([fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 4 })])(
    "equal shapes are one run, a leading broadcast two axes",
    (shape) => {
      const strides = stridesOf(shape);
      expect(planWalk(shape, [strides, strides]).lengths).toEqual([sizeOf(shape)]);
      const rows = [7, ...shape];
      expect(planWalk(rows, [stridesOf(rows), [0, ...strides]]).lengths).toEqual([7, sizeOf(shape)]);
    },
  );

  test("put the longest axis last where the last one is short, unless it may not move", () => {
    const walk = { lengths: [64, 500, 3], strides: [[1500, 3, 1]] };
    expect(longestLast(walk)).toEqual({ lengths: [64, 3, 500], strides: [[1500, 1, 3]] });
    expect(longestLast(walk, (axis) => axis !== 1)).toEqual({ lengths: [500, 3, 64], strides: [[3, 1, 1500]] });
    expect(longestLast({ lengths: [500, 20], strides: [[20, 1]] }).lengths).toEqual([500, 20]);
  });
});
