import { fc } from "@fast-check/vitest";
import type { RgbaPixels } from "./rgba-pixels.ts";

/** Pictures of any colours and small sizes. */
export function anyPicture(longest = 12): fc.Arbitrary<RgbaPixels> {
  return fc
    .record({ width: fc.integer({ min: 1, max: longest }), height: fc.integer({ min: 1, max: longest }) })
    .chain(({ width, height }) =>
      fc.uint8Array({ minLength: 4 * width * height, maxLength: 4 * width * height }).map((data) => ({ width, height, data })),
    );
}

/** A picture whose colours a function says. */
export function pictureOf(
  width: number,
  height: number,
  colorAt: (x: number, y: number) => readonly [number, number, number],
): RgbaPixels {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set([...colorAt(x, y), 255], 4 * (y * width + x));
  return { width, height, data };
}
