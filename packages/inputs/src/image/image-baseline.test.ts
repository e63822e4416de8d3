import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { blurPlane } from "./blur.ts";
import { imageBaseline } from "./image-baseline.ts";
import { type ImagePreprocessing, plainPreprocessing } from "./image-preprocessing.ts";
import { imageTensor, tensorPixels } from "./image-tensor.ts";
import { anyPicture, pictureOf } from "./pictures.fixture.ts";

const normalised: ImagePreprocessing = {
  ...plainPreprocessing,
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.3, 0.4],
  crop: { width: 3, height: 4 },
};
const first = (data: ArrayLike<number>): number[] => Array.from({ length: 3 }, (_, i) => data[i]!);

describe("imageBaseline", () => {
  test("colours are in the model's numbers, and show as these colours", () => {
    const pixels = pictureOf(5, 5, (x, y) => [50 * x, 40 * y, 7]);
    for (const [kind, color] of [
      ["black", [0, 0, 0]],
      ["white", [255, 255, 255]],
    ] as const) {
      const own = imageBaseline(pixels, normalised, { kind });
      expect(own.shape).toEqual([1, 3, 4, 3]);
      expect(first(tensorPixels(own, normalised).data)).toEqual(color);
    }
    const own = imageBaseline(pixels, { ...normalised, colors: "bgr" }, { kind: "color", color: [10, 20, 30] });
    expect(own.data[0]).toBeCloseTo((30 / 255 - 0.5) / 0.2, 6);
    expect(first(tensorPixels(own, { ...normalised, colors: "bgr" }).data)).toEqual([10, 20, 30]);
    expect([...imageBaseline(pixels, normalised, { kind: "neutral" }).data]).toEqual(new Array(36).fill(0));
  });

  test.prop([anyPicture()])("the mean colour has the mean of every channel", (pixels) => {
    const how = { ...normalised, crop: undefined };
    const own = imageBaseline(pixels, how, { kind: "mean" });
    const given = imageTensor(pixels, how);
    const size = pixels.width * pixels.height;
    for (let channel = 0; channel < 3; channel++) {
      const numbers = given.data.subarray(channel * size, (channel + 1) * size);
      expect(own.data[channel * size]).toBeCloseTo(numbers.reduce((sum, value) => sum + value, 0) / size, 4);
    }
  });

  test.prop([anyPicture(8), fc.double({ min: 0.3, max: 4, noNaN: true })])(
    "blurring keeps the sum and is the double sum of the definition",
    (pixels, sigma) => {
      const { width, height } = pixels;
      const plane = Float64Array.from({ length: width * height }, (_, i) => pixels.data[4 * i]!);
      const blurred = blurPlane(plane, width, height, sigma);
      const mirror = (at: number, length: number): number => {
        const within = ((at % (2 * length)) + 2 * length) % (2 * length);
        return within < length ? within : 2 * length - 1 - within;
      };
      const reach = Math.ceil(4 * sigma);
      let total = 0;
      for (let i = -reach; i <= reach; i++) total += Math.exp(-0.5 * (i / sigma) ** 2);
      const at = Math.floor((width * height) / 3);
      let expected = 0;
      for (let dy = -reach; dy <= reach; dy++)
        for (let dx = -reach; dx <= reach; dx++)
          expected +=
            (Math.exp((-0.5 * (dx * dx + dy * dy)) / sigma ** 2) / total ** 2) *
            plane[mirror(Math.floor(at / width) + dy, height) * width + mirror((at % width) + dx, width)]!;
      expect(blurred[at]).toBeCloseTo(expected, 8);
      const sum = (numbers: Float64Array): number => numbers.reduce((all, value) => all + value, 0);
      expect(sum(blurred)).toBeCloseTo(sum(plane), 6);
    },
  );

  test("a blur of radius 0 is the picture itself", () => {
    const pixels = pictureOf(4, 4, (x, y) => [60 * x, 60 * y, x * y]);
    expect(imageBaseline(pixels, normalised, { kind: "blurred", radius: 0 }).data).toEqual(imageTensor(pixels, normalised).data);
  });

  test("what cannot be meant is said in a sentence", () => {
    const pixels = pictureOf(2, 2, () => [1, 2, 3]);
    expect(() => imageBaseline(pixels, plainPreprocessing, { kind: "blurred", radius: -1 })).toThrow(
      "radius must be a number from 0 to 1000, got -1",
    );
    expect(() => imageBaseline(pixels, plainPreprocessing, { kind: "color", color: [0, 0, 300] })).toThrow(
      "color must be three numbers from 0 to 255 (red, green, blue), got [0,0,300]",
    );
  });
});
