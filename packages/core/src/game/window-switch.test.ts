import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { sizeOf, unravel } from "../tensor/shape.ts";
import { windowSwitch } from "./window-switch.ts";

const windows = fc
  .array(
    fc
      .integer({ min: 1, max: 5 })
      .chain((length) =>
        fc
          .integer({ min: 1, max: length })
          .chain((size) =>
            fc.record({ length: fc.constant(length), size: fc.constant(size), stride: fc.integer({ min: 1, max: size }) }),
          ),
      ),
    { maxLength: 3 },
  )
  .map((axes) => ({ shape: axes.map((a) => a.length), size: axes.map((a) => a.size), strides: axes.map((a) => a.stride) }));

test.prop([windows, windows])(
  "every window is the box from a multiple of the stride, cut off at the border, and all cover every element",
  (a, b) => {
    const featureSwitch = windowSwitch({ a, b });
    const covered = { a: new Set<number>(), b: new Set<number>() };
    let player = 0;
    for (const [name, { shape, size, strides }] of [
      ["a", a],
      ["b", b],
    ] as const) {
      const counts = shape.map((length, axis) => Math.ceil((length - size[axis]!) / strides[axis]!) + 1);
      for (let position = 0; position < sizeOf(counts); position++, player++) {
        const begin = unravel(position, counts).map((at, axis) => at * strides[axis]!);
        const inside = Array.from({ length: sizeOf(shape) }, (_, i) => i).filter((i) =>
          unravel(i, shape).every((at, axis) => at >= begin[axis]! && at < begin[axis]! + size[axis]!),
        );
        const runs = featureSwitch.runs(name, 0, player);
        const found: number[] = [];
        for (let run = 0; run < runs.length; run += 2) for (let i = runs[run]!; i < runs[run + 1]!; i++) found.push(i);
        expect(found).toEqual(inside);
        for (const i of found) covered[name].add(i);
        expect(featureSwitch.runs(name === "a" ? "b" : "a", 0, player)).toHaveLength(0);
      }
      expect(covered[name].size).toBe(sizeOf(shape));
    }
    expect(featureSwitch.players).toBe(player);
  },
);
