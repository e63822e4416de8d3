import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { distanceToLine, inked, strokeOver } from "./brush.ts";

const point = fc.record({ x: fc.double({ min: -2, max: 12, noNaN: true }), y: fc.double({ min: -2, max: 12, noNaN: true }) });

describe("a stroke", () => {
  test.prop([point, point, point])("is as far as the nearest of many places on its line", (place, from, to) => {
    const places = Array.from({ length: 401 }, (_, i) => ({
      x: from.x + ((to.x - from.x) * i) / 400,
      y: from.y + ((to.y - from.y) * i) / 400,
    }));
    const nearest = Math.min(...places.map(({ x, y }) => Math.hypot(place.x - x, place.y - y)));
    expect(Math.abs(distanceToLine(place, from, to) - nearest)).toBeLessThan(0.05);
  });

  test.prop([point, point, fc.double({ min: 0.5, max: 3, noNaN: true })])(
    "changes the pixels within its radius and no others, and leaves the drawing it began with",
    (from, to, radius) => {
      const before = new Uint8Array(100).fill(7);
      const after = strokeOver(before, 10, 10, { from, to, radius }, () => 9);
      expect([...before]).toEqual(new Array(100).fill(7));
      for (const [at, byte] of after.entries()) {
        const middle = { x: (at % 10) + 0.5, y: Math.floor(at / 10) + 0.5 };
        expect(byte).toBe(distanceToLine(middle, from, to) <= radius ? 9 : 7);
      }
    },
  );

  test("ink never makes a pixel darker, and is white in the middle", () => {
    expect([inked(0, 0), inked(200, 1.5), inked(0, 1.2), inked(0, 2)]).toEqual([255, 200, 128, 0]);
  });
});
