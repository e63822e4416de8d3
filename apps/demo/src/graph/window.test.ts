import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { atStart, fitted, isSeen, moved, showing, zoomed } from "./window.ts";

const length = fc.integer({ min: 50, max: 5000 });
const size = fc.record({ width: length, height: length });
const window = fc.record({
  x: fc.integer({ min: -900, max: 900 }),
  y: fc.integer({ min: -900, max: 900 }),
  scale: fc.constantFrom(0.1, 0.5, 1, 2),
});
const box = fc.record({ x: length, y: length, width: fc.constant(120), height: fc.constant(44) });

test.prop([size, size])("fitting shows the whole drawing, however small it gets", (drawing, frame) => {
  const { x, y, scale } = fitted(drawing, frame);
  if (scale === 0.05) return;
  expect(x).toBeLessThanOrEqual(1e-6);
  expect(y).toBeLessThanOrEqual(1e-6);
  expect(x + frame.width / scale).toBeGreaterThanOrEqual(drawing.width - 1e-6);
  expect(y + frame.height / scale).toBeGreaterThanOrEqual(drawing.height - 1e-6);
});

test("what cannot be read whole begins with its first box in the middle", () => {
  const first = { x: 900, y: 16, width: 100, height: 44 };
  const seen = atStart({ width: 2000, height: 9000 }, { width: 700, height: 500 }, first);
  expect(seen.scale).toBe(0.7);
  expect(seen.x + 700 / 0.7 / 2).toBeCloseTo(950);
  expect(isSeen(seen, { width: 700, height: 500 }, first, { x: 1000, y: 60 })).toBe(true);
});

test.prop([window, fc.constantFrom(0.5, 0.8, 1.25, 2), box])(
  "enlarging leaves the point under the pointer where it is",
  (seen, factor, at) => {
    const next = zoomed(seen, factor, at);
    expect(next.x + at.x / next.scale).toBeCloseTo(seen.x + at.x / seen.scale, 6);
    expect(next.y + at.y / next.scale).toBeCloseTo(seen.y + at.y / seen.scale, 6);
  },
);

test.prop([window, box])("a box is brought into view, and what is in view is not moved", (seen, one) => {
  const frame = { width: 800, height: 600 };
  const shown = showing(seen, frame, one);
  const [right, bottom] = [shown.x + frame.width / shown.scale, shown.y + frame.height / shown.scale];
  expect(one.x >= shown.x && one.y >= shown.y && one.x + one.width <= right && one.y + one.height <= bottom).toBe(true);
  expect(showing(shown, frame, one)).toEqual(shown);
});

test.prop([window, fc.integer({ min: -99, max: 99 })])("moving there and back ends where it began", (seen, by) => {
  const back = moved(moved(seen, { x: by, y: by }), { x: -by, y: -by });
  expect(back.x).toBeCloseTo(seen.x, 6);
  expect(back.y).toBeCloseTo(seen.y, 6);
});
