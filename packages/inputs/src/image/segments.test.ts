import { FeatureAblation, functionModel, Xrai } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { anyPicture, pictureOf } from "./pictures.fixture.ts";
import { gridSegments, paintedSegments, type Segments, segmentBorders, segmentLabels, segmentMask } from "./segments.ts";
import { superpixels } from "./superpixels.ts";

/** Pixels of each part, by its number. */
function members({ labels }: Segments): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  labels.forEach((label, at) => {
    found.set(label, [...(found.get(label) ?? []), at]);
  });
  return found;
}

function numberedThrough(segments: Segments): void {
  expect(segments.labels.length).toBe(segments.width * segments.height);
  expect([...members(segments).keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: segments.count }, (_, i) => i));
}

/** Whether all pixels can be walked to from the first without leaving them. */
function isConnected(pixels: readonly number[], width: number): boolean {
  const left = new Set(pixels);
  const walk = [pixels[0]!];
  left.delete(pixels[0]!);
  for (const at of walk)
    for (const other of [at - width, at + width, ...(at % width > 0 ? [at - 1] : []), ...((at + 1) % width > 0 ? [at + 1] : [])])
      if (left.delete(other)) walk.push(other);
  return left.size === 0;
}

const side = fc.integer({ min: 1, max: 15 });

describe("gridSegments", () => {
  test.prop([side, side, side, side])(
    "cells are rectangles, numbered row by row, and even to one pixel",
    (width, height, across, down) => {
      const segments = gridSegments({ width, height }, across, down);
      numberedThrough(segments);
      expect(segments.count).toBe(Math.min(across, width) * Math.min(down, height));
      const widths: number[] = [];
      for (const pixels of members(segments).values()) {
        const [xs, ys] = [new Set(pixels.map((at) => at % width)), new Set(pixels.map((at) => Math.floor(at / width)))];
        expect(pixels.length).toBe(xs.size * ys.size);
        widths.push(xs.size);
      }
      expect(Math.max(...widths) - Math.min(...widths)).toBeLessThanOrEqual(1);
    },
  );
});

describe("paintedSegments", () => {
  test.prop([fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 6, maxLength: 6 })])(
    "pixels are together exactly where their numbers are equal",
    (labels) => {
      const segments = paintedSegments({ width: 3, height: 2 }, labels);
      numberedThrough(segments);
      for (const [i, one] of labels.entries())
        for (const [j, other] of labels.entries()) {
          expect(segments.labels[i] === segments.labels[j]).toBe(one === other);
          if (one < other) expect(segments.labels[i]).toBeLessThan(segments.labels[j]!);
        }
    },
  );

  test("a fraction, and too few labels, are refused", () => {
    expect(() => paintedSegments({ width: 2, height: 1 }, [0, 0.5])).toThrow("label 1 is 0.5; labels are whole numbers");
    expect(() => paintedSegments({ width: 2, height: 1 }, [0])).toThrow("labels must hold 2 numbers, one a pixel, got 1");
  });
});

describe("superpixels", () => {
  test.prop([anyPicture(20), fc.integer({ min: 1, max: 60 }), fc.constantFrom(0.5, 10, 100)])(
    "are connected parts, numbered through, and the same every time",
    (pixels, count, compactness) => {
      const segments = superpixels(pixels, { count, compactness });
      numberedThrough(segments);
      for (const part of members(segments).values()) expect(isConnected(part, pixels.width)).toBe(true);
      expect(superpixels(pixels, { count, compactness })).toEqual(segments);
    },
  );

  test("do not reach over an edge between two colours, and are about as many as asked for", () => {
    const pixels = pictureOf(60, 40, (x, y) => (x + y / 3 < 31 ? [200, 30, 30] : [20, 60, 220]));
    const segments = superpixels(pixels, { count: 30 });
    expect(segments.count).toBeGreaterThan(20);
    expect(segments.count).toBeLessThan(45);
    for (const part of members(segments).values()) expect(new Set(part.map((at) => pixels.data[4 * at])).size).toBe(1);
  });

  test("a picture of one colour is cut into about as many parts as asked for", () => {
    const { count } = superpixels(
      pictureOf(50, 30, () => [9, 9, 9]),
      { count: 15 },
    );
    expect(count).toBe(15);
  });

  test("options that cannot be meant are refused", () => {
    const pixels = pictureOf(2, 2, () => [0, 0, 0]);
    expect(() => superpixels(pixels, { count: 0 })).toThrow("count must be a whole number from 1 up, got 0");
    expect(() => superpixels(pixels, { compactness: 0 })).toThrow("compactness must be a number above 0, got 0");
  });
});

describe("segments as features", () => {
  /** The sum of all numbers of a picture, weighted by where they are. */
  const model = functionModel<"image">(({ image }) => {
    const size = image.data.length / image.shape[0]!;
    return Array.from({ length: image.shape[0]! }, (_, row) =>
      Array.from(image.data.subarray(row * size, (row + 1) * size), Number).reduce((sum, value, i) => sum + value * (i % 7), 0),
    );
  });

  test.prop([anyPicture(6), fc.constantFrom("channels-first" as const, "channels-last" as const)])(
    "a part is taken away in all channels at once: attributions sum to the difference",
    async ({ width, height }, layout) => {
      const segments = gridSegments({ width, height }, 2, 3);
      const shape = layout === "channels-first" ? [1, 3, height, width] : [1, height, width, 3];
      const data = Float32Array.from({ length: 3 * width * height }, (_, i) => i % 11);
      const image = { data, dims: shape, type: "float32" };
      const result = await new FeatureAblation(model).attribute(
        { image },
        { featureMask: { image: segmentMask(segments, layout) } },
      );
      expect(result.evaluations.rows).toBe(segments.count + 1);
      const seen = new Map<number, number>();
      const own = result.attributions["image"]!;
      own.data.forEach((value, i) => {
        const label = segments.labels[layout === "channels-first" ? i % (width * height) : Math.floor(i / 3)]!;
        expect(value).toBe(seen.get(label) ?? value);
        seen.set(label, Number(value));
      });
      const total = data.reduce((sum, value, i) => sum + value * (i % 7), 0);
      expect([...seen.values()].reduce((sum, value) => sum + value, 0)).toBeCloseTo(total, 2);
    },
  );

  test("Xrai ranks the parts of several cuts", async () => {
    const { data } = pictureOf(8, 8, (x) => (x < 3 ? [255, 0, 0] : [0, 0, 255]));
    const pixels = { width: 8, height: 8, data };
    const cuts = [4, 12].map((count) => ({ image: segmentLabels(superpixels(pixels, { count })) }));
    const method = { name: "Own", model, attribute: new FeatureAblation(model).attribute.bind(new FeatureAblation(model)) };
    const image = new Float32Array(192).fill(1);
    const result = await new Xrai(method).attribute(
      { image: { data: image, dims: [1, 3, 8, 8], type: "float32" } },
      { segments: cuts },
    );
    expect(result.attributions["image"]!.shape).toEqual([1, 1, 8, 8]);
  });

  test("borders are where a neighbour to the right or below is of another part", () => {
    expect([...segmentBorders(gridSegments({ width: 4, height: 2 }, 2, 1))]).toEqual([0, 1, 0, 0, 0, 1, 0, 0]);
  });
});
