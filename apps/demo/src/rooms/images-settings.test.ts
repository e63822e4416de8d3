import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { imageMethodList } from "../methods/image-method-list.ts";
import { type ImageSettings, imageFromAddress, imageStart, imageToAddress } from "./images-settings.ts";

const start: ImageSettings = { ...imageStart, drawing: new Uint8Array(784) };

const names = imageMethodList.map(({ name }) => name);

const asked: fc.Arbitrary<ImageSettings> = fc
  .record({
    folder: fc.constant(undefined),
    picture: fc.constant(undefined),
    drawing: fc.uint8Array({ minLength: 784, maxLength: 784 }),
    target: fc.integer({ min: -1, max: 1000 }),
    method: fc.constantFrom(...names),
    beside: fc.subarray(names),
    samples: fc.integer({ min: 1, max: 10_000 }),
    steps: fc.integer({ min: 1, max: 1000 }),
    window: fc.integer({ min: 1, max: 256 }),
    noise: fc.integer({ min: 1, max: 100 }),
    layer: fc.string(),
    baseline: fc.constantFrom({ kind: "white" }, { kind: "blurred", radius: 3 }, { kind: "color", color: [1, 2, 3] }),
    mask: fc.constantFrom(
      { kind: "superpixels", count: 9 },
      { kind: "painted", width: 2, height: 1, labels: Uint8Array.of(0, 1) },
    ),
  })
  // A method does not stand beside itself.
  .map((settings) => ({ ...settings, beside: settings.beside.filter((name) => name !== settings.method) }));

describe("the address of the room of images", () => {
  test.prop([asked])("holds the whole question about a drawing", (settings) => {
    expect(imageFromAddress(new URLSearchParams(imageToAddress(settings).toString()), start)).toEqual(settings);
  });

  test.prop([
    fc.dictionary(fc.constantFrom("drawing", "target", "method", "beside", "samples", "baseline", "mask"), fc.string()),
  ])("whatever it says, it is a question", (said) => {
    const settings = imageFromAddress(new URLSearchParams(said), start);
    expect(settings.drawing.length).toBe(784);
    expect(imageMethodList.map(({ name }) => name)).toContain(settings.method);
  });
});
