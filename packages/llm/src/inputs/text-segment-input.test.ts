import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { type SegmentKind, segmentText } from "./segment-text.ts";
import { TextSegmentInput, type TextSegmentInputOptions } from "./text-segment-input.ts";
import { wordTokenizer } from "./word-tokenizer.fixture.ts";

const story = "Tom has a red kite. Sue's ball is blue!\n\nWho has  the kite?\r\nWho runs";

function without(player: number, text: string, options: TextSegmentInputOptions): string {
  const prompt = new TextSegmentInput(text, options).prompt((other) => other !== player);
  if (prompt.kind !== "text") throw new Error("a text baseline makes text");
  return prompt.text;
}

describe("segments", () => {
  test("words have no punctuation, sentences, lines and paragraphs no space around them", () => {
    const values = (by: SegmentKind) => new TextSegmentInput(story, { by, locale: "en" }).values;
    expect(values("word").slice(4, 8)).toEqual(["kite", "Sue's", "ball", "is"]);
    expect(values("sentence")).toEqual(["Tom has a red kite.", "Sue's ball is blue!", "Who has  the kite?", "Who runs"]);
    expect(values("line")).toEqual(["Tom has a red kite. Sue's ball is blue!", "Who has  the kite?", "Who runs"]);
    expect(values("paragraph")).toEqual(["Tom has a red kite. Sue's ball is blue!", "Who has  the kite?\r\nWho runs"]);
  });

  test("words of a script without spaces are found", () => {
    expect(new TextSegmentInput("私は学生です", { locale: "ja" }).players).toBeGreaterThan(1);
  });

  test("where the runtime knows no words, a plain rule cuts them alike", () => {
    const { Segmenter } = Intl;
    const native = segmentText(story, "word", "en");
    const sentences = segmentText(story, "sentence", "en");
    try {
      Reflect.deleteProperty(Intl, "Segmenter");
      expect(segmentText(story, "word")).toEqual(native);
      expect(segmentText("One. Two! Three", "sentence")).toEqual([
        [0, 4],
        [5, 9],
        [10, 15],
      ]);
    } finally {
      Object.defineProperty(Intl, "Segmenter", { value: Segmenter, configurable: true, writable: true });
    }
    expect(segmentText(story, "sentence", "en")).toEqual(sentences);
  });

  test.prop([fc.string({ unit: "grapheme" }), fc.constantFrom<SegmentKind>("word", "sentence", "line", "paragraph")])(
    "segments of any text are in order and do not overlap, and the whole prompt is the text",
    (text, by) => {
      const spans = segmentText(text, by);
      let at = 0;
      for (const [start, end] of spans) {
        expect(start).toBeGreaterThanOrEqual(at);
        expect(end).toBeGreaterThan(start);
        at = end;
      }
      expect(at).toBeLessThanOrEqual(text.length);
      if (spans.length > 0) expect(new TextSegmentInput(text, { by }).prompt()).toMatchObject({ kind: "text", text });
    },
  );
});

describe("absent segments", () => {
  test("are removed and nothing else is", () => {
    expect(without(3, "Tom has a red kite.", {})).toBe("Tom has a  kite.");
  });

  test("take the space before them along when asked to, at the start of a line the one after", () => {
    expect(without(3, "Tom has a red kite.", { withSpace: true })).toBe("Tom has a kite.");
    expect(without(0, "Tom has a red kite.", { withSpace: true })).toBe("has a red kite.");
    expect(without(1, "One two\n  three", { withSpace: true })).toBe("One\n  three");
    expect(without(2, "One two\n  three", { withSpace: true })).toBe("One two\n  ");
    expect(without(0, "one two", { withSpace: true })).toBe("two");
    expect(new TextSegmentInput("one two three", { withSpace: true }).prompt((player) => player === 2)).toMatchObject({
      text: "three",
    });
  });

  test("become the baseline's text", () => {
    expect(without(3, "Tom has a red kite.", { baseline: "…" })).toBe("Tom has a … kite.");
  });

  test("become a token for each of their own, so that no other token moves", () => {
    const tokenizer = wordTokenizer();
    const whole = tokenizer.encode("Tom has a red kite.").ids;
    const input = new TextSegmentInput("Tom has a red kite.", { baseline: { token: "<mask>", tokenizer } });
    expect(input.prompt()).toEqual({ kind: "ids", ids: whole });
    expect(input.prompt((player) => player !== 3)).toEqual({ kind: "ids", ids: whole.map((id, at) => (at === 4 ? 3 : id)) });
    const pairs = new TextSegmentInput("Tom has a red kite.", { group: 2, baseline: { token: 3, tokenizer } });
    expect(pairs.prompt((player) => player !== 1)).toEqual({
      kind: "ids",
      ids: whole.map((id, at) => (at === 3 || at === 4 ? 3 : id)),
    });
  });

  test("of one group go together", () => {
    expect(without(0, "a b c d", { group: 2 })).toBe("  c d");
    expect(without(1, "a b c d", { group: ["x", "y", "x", "y"] })).toBe("a  c ");
    expect(new TextSegmentInput("a b c", { group: 2 }).playerOf).toEqual([0, 0, 1]);
  });

  test.prop([fc.string({ unit: "grapheme", minLength: 1 }), fc.nat()])(
    "with spans of one's own the prompt is the text without the absent spans",
    (text, bits) => {
      const characters = Array.from(text);
      const spans: [number, number][] = [];
      let at = 0;
      for (const character of characters) {
        spans.push([at, at + character.length]);
        at += character.length;
      }
      const input = new TextSegmentInput(text, { by: spans });
      expect(input.prompt((player) => ((bits >> (player % 31)) & 1) === 1)).toMatchObject({
        text: characters.filter((_, index) => ((bits >> (index % 31)) & 1) === 1).join(""),
      });
    },
  );
});

test("spans may be given in any order, and features keep it", () => {
  const input = new TextSegmentInput("one two", {
    by: [
      [4, 7],
      [0, 3],
    ],
  });
  expect(input.values).toEqual(["two", "one"]);
  expect(input.prompt((player) => player === 0)).toMatchObject({ text: " two" });
});

describe("what cannot be used is refused in a sentence", () => {
  const spans =
    (...by: [number, number][]) =>
    () =>
      new TextSegmentInput("a 👋 text", { by });
  test.each([
    [spans([0, 4], [2, 5]), "by[0] [0, 4] and by[1] [2, 5] overlap"],
    [spans([0, 99]), "by[0] [0, 99] leaves the text of length 9"],
    [spans([2, 2]), "by[0] must be a span [start, end] with start < end, got [2, 2]"],
    [spans([0, 3]), "by[0] [0, 3] cuts a character in two at 3"],
    [spans(), "by holds no span"],
    [() => new TextSegmentInput("…"), "text has no word"],
    [
      () => new TextSegmentInput("a", { by: "letter" as never }),
      'by must be "word", "sentence", "line", "paragraph" or an array of spans',
    ],
    [() => new TextSegmentInput("a b", { group: [1] }), "group must hold one id a feature: 2 features, got 1 ids"],
    [() => new TextSegmentInput("a b", { group: 0 }), "group must be a whole number from 1, got 0"],
    [
      () => new TextSegmentInput("a b", { withSpace: true, baseline: { token: 0, tokenizer: wordTokenizer() } }),
      "withSpace is for segments that are removed",
    ],
  ])("%#", (make, sentence) => {
    expect(make).toThrow(sentence);
  });
});
