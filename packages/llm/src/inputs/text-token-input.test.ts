import { describe, expect, test } from "vitest";
import { TextTokenInput } from "./text-token-input.ts";
import { characterTokenizer, wordTokenizer } from "./word-tokenizer.fixture.ts";

function ids(input: TextTokenInput, ...bits: number[]): readonly number[] {
  const prompt = input.prompt(bits.length === 0 ? undefined : (player) => bits[player] === 1);
  if (prompt.kind !== "ids") throw new Error("tokens make ids");
  return prompt.ids;
}

describe("TextTokenInput", () => {
  test("absent tokens become the id 0 unless a baseline is given", () => {
    const input = new TextTokenInput("a c d", characterTokenizer, { addSpecialTokens: false });
    expect(ids(input)).toEqual([97, 99, 100]);
    expect(ids(input, 1, 0, 0)).toEqual([97, 0, 0]);
  });

  test("the baseline is an id or a token's spelling", () => {
    for (const baseline of ["b", 98])
      expect(ids(new TextTokenInput("a c d", characterTokenizer, { baseline }), 1, 0, 0)).toEqual([0, 97, 98, 98]);
  });

  test("what the tokenizer adds stays in the prompt and is a feature only when asked for", () => {
    const input = new TextTokenInput("a c d", characterTokenizer);
    expect(input.players).toBe(3);
    expect(ids(input, 0, 0, 0)).toEqual([0, 0, 0, 0]);
    expect(ids(new TextTokenInput("a c d", characterTokenizer, { baseline: 5 }), 0, 0, 0)).toEqual([0, 5, 5, 5]);
    const all = new TextTokenInput("a c d", characterTokenizer, { includeSpecialTokens: true, baseline: 5 });
    expect(all.values).toEqual(["<sos>", "a", " c", " d"]);
    expect(ids(all, 0, 1, 1, 1)).toEqual([5, 97, 99, 100]);
  });

  test("skipped tokens are always present and are no features", () => {
    const input = new TextTokenInput("a c a", characterTokenizer, { skipTokens: ["a"], addSpecialTokens: false });
    expect(input.values).toEqual([" c"]);
    expect(ids(input, 0)).toEqual([97, 0, 97]);
  });

  test("the layout shows the text with every token in its place", () => {
    const { layout, values } = new TextTokenInput("Tom has a red kite.", wordTokenizer());
    expect(layout.spans.map(([start, end]) => layout.text.slice(start, end))).toEqual(values);
    expect(values).toEqual(["Tom", " has", " a", " red", " kite", "."]);
  });

  test("what cannot be used is refused in a sentence", () => {
    expect(() => new TextTokenInput("a", characterTokenizer, { baseline: "word" })).toThrow(
      'baseline "word" is not a token of the vocabulary',
    );
    expect(() => new TextTokenInput("a", characterTokenizer, { skipTokens: ["word"] })).toThrow(
      'skipTokens[0] "word" is not a token',
    );
    expect(() => new TextTokenInput("a", characterTokenizer, { skipTokens: ["a"] })).toThrow("every token of text is skipped");
    // @ts-expect-error: a sentence for who writes plain JavaScript.
    expect(() => new TextTokenInput("a", {})).toThrow("tokenizer must be one of ours");
  });
});
