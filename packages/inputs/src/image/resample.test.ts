import { readFileSync } from "node:fs";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { type ResizeFilter, resamplePlane } from "./resample.ts";

interface Pillow {
  readonly width: number;
  readonly height: number;
  readonly rgb: readonly number[];
  readonly resized: readonly {
    readonly filter: ResizeFilter;
    readonly width: number;
    readonly height: number;
    readonly colors: readonly number[];
  }[];
}

const pillow = JSON.parse(readFileSync(new URL("pillow.fixture.json", import.meta.url), "utf8")) as Pillow;

/** Triangles and cubics as their definitions say, over both axes at once, in floats. */
function definition(
  plane: Uint8Array,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
  filter: ResizeFilter,
): number[] {
  const kernel = (x: number): number => {
    const d = Math.abs(x);
    if (filter === "bilinear") return Math.max(0, 1 - d);
    if (d >= 2) return 0;
    return d < 1 ? 1.5 * d ** 3 - 2.5 * d ** 2 + 1 : -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2;
  };
  const weightsOf = (from: number, to: number, at: number): number[] => {
    const scale = from / to;
    const own = Array.from({ length: from }, (_, i) => kernel((i + 0.5 - (at + 0.5) * scale) / Math.max(1, scale)));
    const total = own.reduce((sum, weight) => sum + weight, 0);
    return own.map((weight) => weight / total);
  };
  return Array.from({ length: toWidth * toHeight }, (_, at) => {
    const across = weightsOf(width, toWidth, at % toWidth);
    const down = weightsOf(height, toHeight, Math.floor(at / toWidth));
    let sum = 0;
    down.forEach((dy, y) => {
      let row = 0;
      across.forEach((dx, x) => {
        row += dx * plane[y * width + x]!;
      });
      sum += dy * Math.max(0, Math.min(255, row));
    });
    return Math.max(0, Math.min(255, sum));
  });
}

describe("resizing a channel", () => {
  test.each(pillow.resized.map((one) => [`${one.filter} to ${one.width} × ${one.height}`, one] as const))(
    "%s gives Pillow's numbers",
    (_, { filter, width, height, colors }) => {
      for (let channel = 0; channel < 3; channel++) {
        const plane = Uint8Array.from(pillow.rgb.filter((_, i) => i % 3 === channel));
        const own = resamplePlane(plane, pillow.width, pillow.height, width, height, filter);
        expect([...own]).toEqual(colors.filter((_, i) => i % 3 === channel));
      }
    },
  );

  const side = fc.integer({ min: 1, max: 9 });
  const plane = fc
    .tuple(side, side)
    .chain(([width, height]) =>
      fc.uint8Array({ minLength: width * height, maxLength: width * height }).map((data) => ({ width, height, data })),
    );

  test.prop([plane, side, side, fc.constantFrom<ResizeFilter>("bilinear", "bicubic")])(
    "is the weighted mean that the filter's definition says, to rounding",
    ({ width, height, data }, toWidth, toHeight, filter) => {
      const own = resamplePlane(data, width, height, toWidth, toHeight, filter);
      const expected = definition(data, width, height, toWidth, toHeight, filter);
      // Each of the two passes rounds; the second weighs what the first rounded with weights of up to 1.3 together.
      for (const [i, color] of own.entries()) expect(Math.abs(color - expected[i]!)).toBeLessThan(1.3);
    },
  );

  test.prop([
    fc.integer({ min: 0, max: 255 }),
    side,
    side,
    side,
    side,
    fc.constantFrom<ResizeFilter>("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"),
  ])("an even picture stays even by every filter", (color, width, height, toWidth, toHeight, filter) => {
    const own = resamplePlane(new Uint8Array(width * height).fill(color), width, height, toWidth, toHeight, filter);
    expect([...own]).toEqual(new Array(toWidth * toHeight).fill(color));
  });

  test.prop([plane, fc.integer({ min: 1, max: 4 })])(
    "the nearest pixel at a whole multiple repeats every pixel",
    ({ width, height, data }, times) => {
      const own = resamplePlane(data, width, height, width * times, height * times, "nearest");
      own.forEach((color, at) => {
        const [x, y] = [Math.floor((at % (width * times)) / times), Math.floor(at / (width * times) / times)];
        expect(color).toBe(data[y * width + x]);
      });
    },
  );
});
