import { fc, test } from "@fast-check/vitest";
import { describe } from "vitest";
import { constant } from "../../onnx-builder.fixture.ts";
import { expectGradient } from "../finite-differences.fixture.ts";

const seeds = fc.integer({ min: 1, max: 10_000 });
const int64 = (values: readonly number[]): ReturnType<typeof constant> => constant([values.length], values, "int64");
const pair = (min: number, max: number): fc.Arbitrary<[number, number]> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

describe("gradients equal central differences", () => {
  test.prop(
    [
      pair(5, 6),
      pair(1, 3),
      pair(1, 2),
      pair(1, 2),
      fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 1 }))),
      fc.boolean(),
      seeds,
    ],
    { numRuns: 20 },
  )("of images made of blocks", (image, block, strides, dilations, pads, free, seed) => {
    const blocks = image.map((size, axis) => {
      const reach = (block[axis]! - 1) * dilations[axis]! + 1;
      return Math.floor((size + pads[axis]! + pads[axis + 2]! - reach) / strides[axis]!) + 1;
    });
    return expectGradient(
      {
        op: "Col2Im",
        inputs: [[2, 3 * block[0] * block[1], blocks[0]! * blocks[1]!]],
        constants: [int64(image), int64(block)],
        attributes: { strides, dilations, pads },
        type: "float32",
        free,
      },
      seed,
    );
  });

  test.prop([pair(1, 6), fc.boolean(), fc.boolean(), seeds], { numRuns: 20 })(
    "of what is cut or filled up around the middle",
    (sizes, listed, free, seed) =>
      expectGradient(
        {
          op: "CenterCropPad",
          inputs: [listed ? [2, 3, 4] : [3, 4]],
          constants: [int64(sizes)],
          attributes: listed ? { axes: [-2, 2] } : {},
          free,
        },
        seed,
      ),
  );

  test.prop([fc.boolean(), seeds], { numRuns: 6 })("of elements put back where they were pooled from", (free, seed) =>
    expectGradient(
      {
        op: "MaxUnpool",
        inputs: [[1, 2, 2, 2]],
        constants: [constant([1, 2, 2, 2], [5, 7, 13, 15, 16, 19, 24, 31], "int64")],
        attributes: { kernel_shape: [2, 2], strides: [2, 2] },
        type: "float32",
        free,
      },
      seed,
    ),
  );

  const windows = fc.record({
    kernel: pair(1, 3),
    strides: pair(1, 3),
    pads: fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 1 }))),
    automatic: fc.constantFrom("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"),
    p: fc.integer({ min: 1, max: 4 }),
  });
  test.prop([windows, fc.boolean(), seeds], { numRuns: 20 })(
    "of norms of windows",
    ({ kernel, strides, pads, automatic, p }, free, seed) => {
      const within = pads.map((pad, i) => Math.min(pad, kernel[i % 2]! - 1)); // the runtime refuses more
      const steps = automatic === "NOTSET" ? strides : strides.map((stride, axis) => Math.min(stride, kernel[axis]!));
      return expectGradient(
        {
          op: "LpPool",
          inputs: [[2, 2, 5, 6]],
          attributes: {
            kernel_shape: kernel,
            strides: steps,
            p: { int: p },
            ...(automatic === "NOTSET" ? { pads: within } : { auto_pad: automatic }),
          },
          range: (x) => (x < 0 ? x - 0.1 : x + 0.1),
          type: "float32",
          free,
        },
        seed,
      );
    },
  );
});
