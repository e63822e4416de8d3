import { fc, test } from "@fast-check/vitest";
import { describe } from "vitest";
import { expectGradient } from "../finite-differences.fixture.ts";

const seeds = fc.integer({ min: 1, max: 10_000 });

describe("gradients equal central differences", () => {
  test.prop([fc.integer({ min: 1, max: 4 }), fc.constantFrom([], [2], [2, 3]), fc.boolean(), seeds], { numRuns: 15 })(
    "of determinants",
    (size, batch, free, seed) => expectGradient({ op: "Det", inputs: [[...batch, size, size]], type: "float32", free }, seed),
  );

  test.prop([fc.integer({ min: 1, max: 3 }), fc.boolean(), seeds], { numRuns: 10 })("of inverse matrices", (size, free, seed) => {
    // Diagonally dominant, so that the difference of two inverses tells their derivative.
    let place = 0;
    const range = (x: number): number => {
      const at = place++ % (size * size);
      return at % (size + 1) === 0 ? 3 + x / 2 : x / 2;
    };
    return expectGradient({ op: "Inverse", domain: "com.microsoft", inputs: [[2, size, size]], range, free }, seed);
  });
});
