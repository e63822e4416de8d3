import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { packBytes, unpackBytes } from "./packed-bytes.ts";

/** Bytes with long runs, as drawings have. */
const drawn = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 300 })), { maxLength: 12 })
  .map((runs) => Uint8Array.from(runs.flatMap(([byte, count]) => new Array<number>(count).fill(byte))));

describe("packed bytes", () => {
  test.prop([fc.oneof(drawn, fc.uint8Array({ maxLength: 400 }))])(
    "come back as they were, from text that an address takes",
    (bytes) => {
      const text = packBytes(bytes);
      expect(text).toMatch(/^[\w-]*$/);
      expect(unpackBytes(text, bytes.length)).toEqual(bytes);
      expect(unpackBytes(text, bytes.length + 1)).toBeUndefined();
    },
  );

  test.prop([fc.string(), fc.integer({ min: 0, max: 50 })])(
    "any other text is refused or is bytes of the length asked for",
    (text, length) => {
      const bytes = unpackBytes(text, length);
      if (bytes !== undefined) expect(bytes.length).toBe(length);
    },
  );

  test("an empty drawing of 28 by 28 is a few letters", () => {
    expect(packBytes(new Uint8Array(784)).length).toBeLessThan(24);
  });
});
