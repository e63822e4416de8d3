import { fc, test } from "@fast-check/vitest";
import { describe } from "vitest";
import { constant, weights } from "../../onnx-builder.fixture.ts";
import { expectGradient } from "../finite-differences.fixture.ts";

const seeds = fc.integer({ min: 1, max: 10_000 });
const int64 = (value: number): ReturnType<typeof constant> => constant([], [value], "int64");

describe("gradients equal central differences", () => {
  test.prop(
    [
      fc.constantFrom(1, 2, 5, 6, 8),
      fc.constantFrom(undefined, 3, 4, 7),
      fc.integer({ min: 0, max: 2 }),
      fc.constantFrom("real", "complex", "one-sided", "inverse"),
      fc.boolean(),
      seeds,
    ],
    { numRuns: 40 },
  )("of Fourier transforms along any axis", (size, length, axis, kind, free, seed) => {
    const shape = [2, 3, 2];
    shape[axis] = size;
    const parts = kind === "complex" || kind === "inverse" ? 2 : 1;
    return expectGradient(
      {
        op: "DFT",
        inputs: [[...shape, parts]],
        constants: [length === undefined ? undefined : int64(length), int64(axis)],
        attributes: { inverse: { int: kind === "inverse" ? 1 : 0 }, onesided: { int: kind === "one-sided" ? 1 : 0 } },
        opset: 20,
        // Whether there is an imaginary part has to be known.
        fixed: true,
        free,
      },
      seed,
    );
  });

  test.prop([fc.integer({ min: 2, max: 5 }), fc.constantFrom(undefined, 0, 1), fc.integer({ min: 0, max: 2 }), seeds], {
    numRuns: 15,
  })("of signals from half their frequencies", (frequencies, odd, axis, seed) => {
    const shape = [2, 3, 2];
    shape[axis] = frequencies;
    const length = odd === undefined ? undefined : int64(2 * (frequencies - 1) + odd);
    const attributes = { inverse: { int: 1 }, onesided: { int: 1 } };
    return expectGradient({ op: "DFT", inputs: [[...shape, 2]], constants: [length, int64(axis)], attributes, opset: 20 }, seed);
  });

  test.prop([fc.constantFrom(undefined, 1, -2), seeds], { numRuns: 6 })("of transforms in the older form", (axis, seed) =>
    expectGradient(
      { op: "DFT", inputs: [[2, 4, 3, 2]], attributes: axis === undefined ? {} : { axis: { int: axis } }, opset: 17 },
      seed,
    ),
  );

  test.prop([fc.constantFrom(2, 3, 5), fc.constantFrom(4, 5), fc.boolean(), fc.boolean(), fc.boolean(), seeds], { numRuns: 20 })(
    "of short-time transforms",
    (step, length, windowed, oneSided, free, seed) =>
      expectGradient(
        {
          op: "STFT",
          inputs: [[2, 13, 1]],
          constants: [
            int64(step),
            windowed
              ? {
                  ...constant([length], weights(length)),
                  dataType: 11,
                  rawData: new Uint8Array(Float64Array.from(weights(length)).buffer),
                }
              : undefined,
            windowed ? undefined : int64(length),
          ],
          attributes: { onesided: { int: oneSided ? 1 : 0 } },
          fixed: true,
          free,
        },
        seed,
      ),
  );
});
