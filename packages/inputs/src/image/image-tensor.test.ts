import { readFileSync } from "node:fs";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { ImagePreprocessing } from "./image-preprocessing.ts";
import { plainPreprocessing } from "./image-preprocessing.ts";
import { imageTensor, tensorPixels } from "./image-tensor.ts";
import { anyPicture, pictureOf } from "./pictures.fixture.ts";
import { pictureBox, placeImage, seenBox } from "./place-image.ts";
import { readImagePreprocessing } from "./read-image-preprocessing.ts";
import { seenPixels } from "./seen-pixels.ts";

interface Pillow {
  readonly width: number;
  readonly height: number;
  readonly rgb: readonly number[];
  readonly grey: readonly number[];
  readonly tensors: readonly {
    readonly shortestEdge: number;
    readonly crop: { readonly width: number; readonly height: number };
    readonly resample: number;
    readonly data: readonly number[];
  }[];
}

const pillow = JSON.parse(readFileSync(new URL("pillow.fixture.json", import.meta.url), "utf8")) as Pillow;
const picture = pictureOf(pillow.width, pillow.height, (x, y) => {
  const at = 3 * (y * pillow.width + x);
  return [pillow.rgb[at]!, pillow.rgb[at + 1]!, pillow.rgb[at + 2]!];
});

const anyPreprocessing: fc.Arbitrary<ImagePreprocessing> = fc.record(
  {
    colors: fc.constantFrom("rgb" as const, "bgr" as const),
    layout: fc.constantFrom("channels-first" as const, "channels-last" as const),
    filter: fc.constantFrom("nearest" as const, "bilinear" as const, "bicubic" as const),
    scale: fc.constantFrom(1 / 255, 1),
    mean: fc.constantFrom([0.485, 0.456, 0.406], [0, 0, 0]),
    std: fc.constantFrom([0.229, 0.224, 0.225], [1, 2, 3]),
    crop: fc.record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) }),
    resize: fc.oneof(
      fc.record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ shortestEdge: fc.integer({ min: 1, max: 9 }) }),
    ),
  },
  { requiredKeys: ["colors", "layout", "filter", "scale", "mean", "std"] },
);

describe("imageTensor", () => {
  test.each(pillow.tensors.map((one) => [`${one.shortestEdge}, cut to ${one.crop.width} × ${one.crop.height}`, one] as const))(
    "the shorter side to %s: the numbers of Pillow and NumPy",
    (_, { shortestEdge, crop, resample, data }) => {
      const preprocessing = readImagePreprocessing({
        do_resize: true,
        size: { shortest_edge: shortestEdge },
        resample,
        do_center_crop: true,
        crop_size: crop,
        do_normalize: true,
        image_mean: [0.485, 0.456, 0.406],
        image_std: [0.229, 0.224, 0.225],
      });
      const own = imageTensor(picture, preprocessing);
      expect(own.shape).toEqual([1, 3, crop.height, crop.width]);
      for (const [i, value] of data.entries()) expect(own.data[i]).toBeCloseTo(value, 5);
    },
  );

  test("grey is Pillow's", () => {
    const grey = imageTensor(picture, { ...plainPreprocessing, colors: "grey", scale: 1, mean: [0], std: [1] });
    expect(grey.shape).toEqual([1, 1, pillow.height, pillow.width]);
    expect([...grey.data]).toEqual(pillow.grey);
  });

  test.prop([anyPicture(), anyPreprocessing])(
    "every number is its seen colour, scaled, less the mean, by the deviation",
    (pixels, how) => {
      const seen = seenPixels(pixels, how);
      const tensor = imageTensor(pixels, how);
      const first = how.layout === "channels-first";
      expect(tensor.shape).toEqual(first ? [1, 3, seen.height, seen.width] : [1, seen.height, seen.width, 3]);
      for (let at = 0; at < seen.width * seen.height; at++)
        for (let channel = 0; channel < 3; channel++) {
          const color = seen.data[4 * at + (how.colors === "bgr" ? 2 - channel : channel)]!;
          const own = tensor.data[first ? channel * seen.width * seen.height + at : 3 * at + channel]!;
          expect(own).toBe(Math.fround((color * how.scale - how.mean[channel]!) / how.std[channel]!));
        }
    },
  );

  test.prop([anyPicture(), anyPreprocessing])("tensorPixels shows what the model sees", (pixels, how) => {
    const seen = seenPixels(pixels, how);
    const back = tensorPixels(imageTensor(pixels, how), how);
    expect([back.width, back.height, [...back.data]]).toEqual([seen.width, seen.height, [...seen.data]]);
  });

  test.prop([anyPicture(), anyPreprocessing])(
    "every pixel of the tensor is a part of the picture, side by side",
    (pixels, how) => {
      const place = placeImage(pixels, how);
      const whole = pictureBox(place, -place.left, -place.top);
      expect([whole.left, whole.top]).toEqual([0, 0]);
      const last = pictureBox(place, place.resized.width - 1 - place.left, place.resized.height - 1 - place.top);
      expect(last.right).toBeCloseTo(pixels.width, 9);
      expect(last.bottom).toBeCloseTo(pixels.height, 9);
      expect(pictureBox(place, 2, 3).right).toBe(pictureBox(place, 3, 3).left);
      const seen = seenBox(place);
      expect(seen.left).toBeGreaterThanOrEqual(0);
      expect(seen.right).toBeLessThanOrEqual(pixels.width);
    },
  );

  test("a picture that is smaller than what is cut gets a black border, evenly", () => {
    const white = pictureOf(1, 3, () => [255, 255, 255]);
    const seen = seenPixels(white, { ...plainPreprocessing, crop: { width: 4, height: 1 } });
    expect(Array.from({ length: 4 }, (_, x) => seen.data[4 * x])).toEqual([0, 0, 255, 0]);
  });

  test("what cannot be meant is said in a sentence", () => {
    const pixels = { width: 2, height: 2, data: new Uint8Array(15) };
    expect(() => imageTensor(pixels, plainPreprocessing)).toThrow(
      "pixels of 2 × 2 must hold 16 numbers (red, green, blue, opacity), got 15",
    );
    expect(() => imageTensor({ ...pixels, width: 0 }, plainPreprocessing)).toThrow(
      "pixels has the width 0; it must be a whole number from 1 up",
    );
    expect(() => imageTensor(picture, { ...plainPreprocessing, mean: [0] })).toThrow(
      'mean must have one finite number for each of the 3 channels of "rgb", got [0]',
    );
    expect(() => tensorPixels({ data: [0], shape: [1, 1, 1, 1] }, plainPreprocessing)).toThrow(
      'tensor has shape [1, 1, 1, 1]; a picture of "rgb", channels-first, has [1, 3, …, …]',
    );
  });
});
