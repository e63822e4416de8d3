import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { alignedText, originalEnd, originalStart } from "./aligned-text.ts";
import { brokenText } from "./real-tokenizers.fixture.ts";
import { normalizeUnicode, type UnicodeForm } from "./unicode-normalization.ts";

const forms: readonly UnicodeForm[] = ["NFC", "NFD", "NFKC", "NFKD"];
const marks = fc
  .array(
    fc.constantFrom(
      "a",
      "q",
      "e\u0301",
      "\u0323",
      "\u0307",
      "\u1112",
      "\u1161",
      "\u11ab",
      "각",
      "ｶ",
      "ﾞ",
      "ﬁ",
      "\u09c7",
      "\u09be",
      "é",
    ),
  )
  .map((parts) => parts.join(""));

test.prop([fc.oneof(brokenText, marks), fc.constantFrom(...forms)], { numRuns: 500 })(
  "the text is the platform's, the alignment goes forward and reaches everything",
  (text, form) => {
    const normalized = normalizeUnicode(alignedText(text), form);
    expect(normalized.text).toBe(text.normalize(form));
    let end = 0;
    for (let unit = 0; unit < normalized.text.length; unit++) {
      const start = originalStart(normalized, unit);
      expect(start).toBeLessThanOrEqual(end);
      expect(originalEnd(normalized, unit)).toBeGreaterThanOrEqual(end);
      expect(originalEnd(normalized, unit)).toBeGreaterThan(start);
      end = originalEnd(normalized, unit);
    }
    expect(end).toBe(text.length);
  },
);

test.prop([marks, fc.constantFrom(...forms)], { numRuns: 200 })(
  "what a run of characters stands for normalises to it",
  (text, form) => {
    const normalized = normalizeUnicode(alignedText(text), form);
    let start = 0;
    for (let unit = 1; unit <= normalized.text.length; unit++) {
      const last = unit === normalized.text.length;
      if (!last && originalStart(normalized, unit) < originalEnd(normalized, unit - 1)) continue;
      const part = text.slice(originalStart(normalized, start), originalEnd(normalized, unit - 1));
      expect(part.normalize(form)).toBe(normalized.text.slice(start, unit));
      start = unit;
    }
  },
);

test("characters apart stay apart, and marks that change places are one", () => {
  const spans = (text: string, form: UnicodeForm): readonly (readonly [number, number])[] => {
    const normalized = normalizeUnicode(alignedText(text), form);
    return Array.from({ length: normalized.text.length }, (_, unit) => [
      originalStart(normalized, unit),
      originalEnd(normalized, unit),
    ]);
  };
  expect(spans("xe\u0301y", "NFC")).toEqual([
    [0, 1],
    [1, 3],
    [3, 4],
  ]);
  expect(spans("é", "NFD")).toEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(spans("q\u0307\u0323", "NFD")).toEqual([
    [0, 1],
    [1, 3],
    [1, 3],
  ]);
  expect(spans("ﬁ\u1112\u1161\u11ab", "NFKC")).toEqual([
    [0, 1],
    [0, 1],
    [1, 4],
  ]);
});

test("a text of 100,000 marks takes time in proportion", () => {
  const text = `a${"\u0323".repeat(100_000)}`;
  expect(normalizeUnicode(alignedText(text), "NFC").text).toBe(text.normalize("NFC"));
});
