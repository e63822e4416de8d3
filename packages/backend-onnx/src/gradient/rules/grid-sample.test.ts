import { fc, test } from "@fast-check/vitest";
import { describe } from "vitest";
import { constant, weights } from "../../onnx-builder.fixture.ts";
import { expectGradient } from "../finite-differences.fixture.ts";

const seeds = fc.integer({ min: 1, max: 10_000 });

describe("gradients equal central differences", () => {
  // The first point lies inside, so that there is a gradient wherever the others lie.
  const inside = 0.5;
  const settings = [
    fc.constantFrom("zeros", "border", "reflection"),
    fc.constantFrom(0, 1),
    fc.constantFrom(0.9, 1.6),
    fc.boolean(),
    seeds,
  ] as const;

  test.prop([fc.constantFrom("linear", "cubic", "nearest"), ...settings], { numRuns: 30 })(
    "of sampled images, by image and grid, points outside among them",
    (mode, padding, aligned, reach, free, seed) =>
      expectGradient(
        {
          op: "GridSample",
          inputs: [
            [2, 2, 4, 5],
            [2, 3, 2, 2],
          ],
          range: (x, index) => (index < 2 ? inside : reach) * x,
          attributes: { mode, padding_mode: padding, align_corners: { int: aligned } },
          opset: 20,
          free,
        },
        seed,
      ),
  );

  test.prop([fc.constantFrom("linear", "nearest"), ...settings], { numRuns: 15 })(
    "of sampled volumes",
    (mode, padding, aligned, reach, free, seed) =>
      expectGradient(
        {
          op: "GridSample",
          inputs: [
            [1, 2, 3, 4, 2],
            [1, 3, 1, 2, 3],
          ],
          range: (x, index) => (index < 3 ? inside : reach) * x,
          attributes: { mode, padding_mode: padding, align_corners: { int: aligned } },
          opset: 20,
          free,
        },
        seed,
      ),
  );

  test.prop([fc.constantFrom("bilinear", "bicubic", "nearest"), ...settings], { numRuns: 6 })(
    "of sampled images in the older form",
    (mode, padding, aligned, _, free, seed) =>
      expectGradient(
        {
          op: "GridSample",
          inputs: [[2, 2, 4, 5]],
          constants: [constant([2, 3, 2, 2], weights(24))],
          attributes: { mode, padding_mode: padding, align_corners: { int: aligned } },
          opset: 16,
          type: "float32",
          free,
        },
        seed,
      ),
  );

  test.prop([fc.constantFrom([1, 2, 3, 4], [1, 1, 2, 3, 4]), fc.constantFrom(0, 1), seeds], { numRuns: 8 })(
    "of grids made by affine maps",
    (size, aligned, seed) =>
      expectGradient(
        {
          op: "AffineGrid",
          inputs: [size.length === 4 ? [1, 2, 3] : [1, 3, 4]],
          constants: [constant([size.length], size, "int64")],
          attributes: { align_corners: { int: aligned } },
          opset: 20,
        },
        seed,
      ),
  );
});
