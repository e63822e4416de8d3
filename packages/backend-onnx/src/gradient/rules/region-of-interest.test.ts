import { fc, test } from "@fast-check/vitest";
import { describe } from "vitest";
import { type AttributeSpec, constant, weights } from "../../onnx-builder.fixture.ts";
import { expectGradient } from "../finite-differences.fixture.ts";

const seeds = fc.integer({ min: 1, max: 10_000 });
const wide = (dims: readonly number[], values: ArrayLike<number>): ReturnType<typeof constant> => ({
  name: "",
  dims,
  dataType: 11,
  rawData: new Uint8Array(Float64Array.from(values).buffer),
});
const regions = wide([3, 4], [0.3, 0.2, 9.1, 7.7, 4.2, 1.1, 6.9, 12.6, -1.2, 5.2, 3.3, 6.1]);
const examples = constant([3], [1, 0, 1], "int64");

const settings = fc.record({
  coordinate_transformation_mode: fc.constantFrom("half_pixel", "output_half_pixel"),
  sampling_ratio: fc.constantFrom(0, 1, 2, 3).map((int) => ({ int })),
  output_height: fc.constantFrom(1, 2, 3).map((int) => ({ int })),
  output_width: fc.constantFrom(1, 2).map((int) => ({ int })),
  spatial_scale: fc.constantFrom(0.5, 0.25),
});

function byImage(attributes: Readonly<Record<string, AttributeSpec>>, free: boolean, seed: number): Promise<void> {
  return expectGradient(
    { op: "RoiAlign", opset: 16, inputs: [[2, 3, 5, 6]], constants: [regions, examples], attributes, free },
    seed,
  );
}

function byRegions(attributes: Readonly<Record<string, AttributeSpec>>, free: boolean, seed: number): Promise<void> {
  let place = 0;
  return expectGradient(
    {
      op: "RoiAlign",
      opset: 16,
      inputs: [[3, 4]],
      constants: [wide([2, 3, 5, 6], weights(180)), examples],
      order: ["constant", "input", "constant"],
      // The first two numbers of a region are where it begins.
      range: (x) => (place++ % 4 < 2 ? 2 + 3 * x : 8 + 2.5 * x),
      attributes,
      free,
    },
    seed,
  );
}

describe("gradients of regions of interest equal central differences", () => {
  test.prop([settings, fc.boolean(), seeds], { numRuns: 20 })("of means, by the image", byImage);
  test.prop([settings, fc.boolean(), seeds], { numRuns: 20 })("of means, by the regions", byRegions);

  test.prop([settings, fc.boolean(), seeds], { numRuns: 3 })("of maxima", async (attributes, free, seed) => {
    await byImage({ ...attributes, mode: "max" }, free, seed);
    await byRegions({ ...attributes, mode: "max" }, free, seed);
  });
});
