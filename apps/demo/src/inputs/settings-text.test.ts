import type { ImageBaseline } from "@attr/inputs";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { baselineIn, baselineText } from "./baseline-text.ts";
import { type MaskSettings, maskIn, maskText, segmentsOf } from "./mask-settings.ts";

const byte = fc.integer({ min: 0, max: 255 });
const size = fc.integer({ min: 1, max: 30 });

const baseline: fc.Arbitrary<ImageBaseline> = fc.oneof(
  fc.record({ kind: fc.constantFrom("black" as const, "white" as const, "mean" as const, "neutral" as const) }),
  fc.record({ kind: fc.constant("color" as const), color: fc.tuple(byte, byte, byte) }),
  fc.record({ kind: fc.constant("blurred" as const), radius: fc.integer({ min: 1, max: 100 }) }),
);

const mask: fc.Arbitrary<MaskSettings> = fc.oneof(
  fc.record({ kind: fc.constant("grid" as const), across: size, down: size }),
  fc.record({ kind: fc.constant("superpixels" as const), count: size }),
  fc
    .tuple(size, size)
    .chain(([width, height]) =>
      fc
        .uint8Array({ minLength: width * height, maxLength: width * height, max: 9 })
        .map((labels) => ({ kind: "painted" as const, width, height, labels })),
    ),
);

describe("what the editors hold, in an address", () => {
  test.prop([baseline])("a baseline comes back as it was", (value) => {
    expect(baselineIn(baselineText(value))).toEqual(value);
  });

  test.prop([mask])("a mask comes back as it was", (value) => {
    expect(maskIn(maskText(value))).toEqual(value);
  });

  test.prop([fc.string()])("any other text is none", (text) => {
    const found = maskIn(`painted-${text}`) ?? maskIn(text);
    if (found !== undefined) expect(maskIn(maskText(found))).toEqual(found);
    expect([baselineIn(null), maskIn(null), maskIn("grid-0-3"), maskIn("grid-1e9-2"), baselineIn("blurred-")]).toEqual(
      new Array(5).fill(undefined),
    );
  });

  test("a mask painted on a picture of another size is one part", () => {
    const pixels = { width: 3, height: 2, data: new Uint8Array(24) };
    expect(segmentsOf({ kind: "painted", width: 1, height: 2, labels: Uint8Array.of(0, 1) }, pixels).count).toBe(1);
    expect(segmentsOf({ kind: "painted", width: 3, height: 2, labels: Uint8Array.of(0, 1, 2, 0, 0, 0) }, pixels).count).toBe(3);
  });
});
