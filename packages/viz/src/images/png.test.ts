import { inflateRawSync, inflateSync } from "node:zlib";
import { fc, test } from "@fast-check/vitest";
import { Resvg } from "@resvg/resvg-js";
import { expect } from "vitest";
import { decodePng } from "../golden/rasterise.fixture.ts";
import { deflate } from "./deflate.ts";
import { encodePng, pngAddress } from "./png.ts";

const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 400 })), { maxLength: 12 })
  .map((runs) => Uint8Array.from(runs.flatMap(([bytes, times]) => Array.from({ length: times }, () => [...bytes]).flat())));

test.prop([fc.oneof(fc.uint8Array({ maxLength: 3000 }), repetitive)], { numRuns: 60 })(
  "what is deflated inflates to the same bytes",
  (bytes) => {
    expect(Buffer.compare(inflateRawSync(deflate(bytes)), bytes)).toBe(0);
  },
);

test("a distance of the whole window and the longest match are written", () => {
  const bytes = new Uint8Array(70_000);
  for (let i = 0; i < 32_768; i++) bytes[i] = (i * 2654435761) >>> 24;
  bytes.set(bytes.subarray(0, 32_768), 32_768);
  expect(Buffer.compare(inflateRawSync(deflate(bytes)), bytes)).toBe(0);
});

test("flat pictures are small", () => {
  const file = encodePng({ width: 384, height: 384, format: "grey", data: new Uint8Array(384 * 384) });
  expect(file.length).toBeLessThan(2000);
});

const rasters = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })).chain(([width, height]) =>
  fc.record({
    width: fc.constant(width),
    height: fc.constant(height),
    format: fc.constant("rgba" as const),
    data: fc.uint8Array({ minLength: 4 * width * height, maxLength: 4 * width * height }),
  }),
);

test.prop([rasters])("pixels come back from the file", (raster) => {
  expect(decodePng(encodePng(raster)).data).toEqual(raster.data);
});

test("other readers see the colours of each format", () => {
  const at = (format: "grey" | "rgb" | "rgba" | "palette", data: number[], palette?: number[]): number[] => {
    const address = pngAddress({
      width: 1,
      height: 1,
      format,
      data: Uint8Array.from(data),
      palette: palette && Uint8Array.from(palette),
    });
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><image width="1" height="1" href="${address}"/></svg>`;
    return [...new Resvg(svg).render().pixels];
  };
  expect(at("grey", [77])).toEqual([77, 77, 77, 255]);
  expect(at("rgb", [1, 2, 3])).toEqual([1, 2, 3, 255]);
  expect(at("rgba", [255, 0, 0, 128])).toEqual([128, 0, 0, 128]); // the rasteriser gives colours times opacity
  expect(at("palette", [1], [0, 0, 0, 0, 10, 20, 30, 255])).toEqual([10, 20, 30, 255]);
});

test("the file's checksums are those other tools compute", () => {
  const data = Uint8Array.from({ length: 300 }, (_, i) => i & 255);
  const file = encodePng({ width: 100, height: 1, format: "rgb", data });
  const start = Buffer.from(file).indexOf("IDAT") + 4;
  const length = new DataView(file.buffer, file.byteOffset).getUint32(start - 8);
  // inflateSync checks the Adler-32, the rasteriser above the CRCs.
  expect(inflateSync(file.subarray(start, start + length)).length).toBe(301);
});
