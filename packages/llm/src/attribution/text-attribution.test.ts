import { FeatureAblation, functionModel, type HostTensor } from "@attr/core";
import { describe, expect, test } from "vitest";
import { wordTokenizer } from "../inputs/word-tokenizer.fixture.ts";
import { textAttribution } from "./text-attribution.ts";

const tokenizer = wordTokenizer();
const rows = ["the red kite", "a ball"].map((text) => [...tokenizer.encode(text).ids]);
const padded = [rows[0]!, [...rows[1]!, 0]];

/** Adds up the ids of a row, each times its place. */
const model = functionModel(
  ({ input_ids }: { input_ids: HostTensor }) => {
    const [n, ...rest] = input_ids.shape as [number, ...number[]];
    const length = rest.at(-1)!;
    const each = rest.length === 2 ? rest[0]! : 1;
    const sums = Array.from({ length: n * each }, (_, row) =>
      Array.from({ length }, (__, place) => Number(input_ids.data[row * length + place]!) * place).reduce((a, b) => a + b, 0),
    );
    return Array.from({ length: n }, (_, i) => Array.from({ length: 2 }, (__, k) => sums[i * each + (k % each)]! * (k + 1)));
  },
  { inputs: ["input_ids"] },
);

describe("textAttribution", () => {
  test("scores of ids are scores of tokens, without the padding", async () => {
    const result = await new FeatureAblation(model).attribute({ input_ids: padded }, { target: 1 });
    const text = textAttribution(result, { ids: padded, tokenizer, example: 1, unit: "points" });
    const document = text.toDocument();
    expect(document.features).toEqual(["<s>", "a", " ball"]);
    expect(document.pieces.map((piece) => piece.text).join("")).toBe("<s> a ball");
    expect([...text.attributions]).toEqual(rows[1]!.map((id, place) => 2 * id * place));
    expect(text.value).toBe(rows[1]!.reduce((sum, id, place) => sum + 2 * id * place, 0));
    expect(document.explained).toBe("output 1");
    expect(text.toAnsi({ color: false })).toContain("scores in points");
  });

  test("for multiple choice the row of the target is shown, or the one asked for", async () => {
    const ids = [padded];
    const result = await new FeatureAblation(model).attribute({ input_ids: ids }, { target: 1 });
    expect(textAttribution(result, { ids, tokenizer }).toDocument().features).toEqual(["<s>", "a", " ball"]);
    const other = textAttribution(result, { ids, tokenizer, choice: 0 });
    expect(other.toDocument().features).toEqual(["<s>", "the", " red", " kite"]);
    expect([...other.attributions]).toEqual([0, 0, 0, 0]);
  });

  test("without a target every output is a row", async () => {
    const result = await new FeatureAblation(model).attribute({ input_ids: padded });
    const document = textAttribution(result, { ids: padded, tokenizer, outputs: ["one", "two"] }).toDocument();
    expect(document.rows.map(({ label }) => label)).toEqual(["one", "two"]);
    expect(document.rows[1]!.scores).toEqual(document.rows[0]!.scores.map((score) => 2 * score));
  });

  test("tokens of one mask id count once in sums", async () => {
    const featureMask = [[0, 1, 1, 2]];
    const result = await new FeatureAblation(model).attribute(
      { input_ids: padded },
      { target: 0, featureMask: { input_ids: featureMask } },
    );
    expect(textAttribution(result, { ids: padded, tokenizer, featureMask }).toDocument().groups).toEqual([0, 1, 1, 2]);
  });

  test("what does not fit is refused in a sentence", async () => {
    const result = await new FeatureAblation(model).attribute({ input_ids: padded }, { target: 0 });
    const show = (options: object) => () => textAttribution(result, { ids: padded, tokenizer, ...options });
    expect(show({ input: "ids" })).toThrow('the result has no attributions of "ids", only of input_ids');
    expect(show({ ids: rows[1] })).toThrow("ids must be as they were fed");
    expect(show({ example: 2 })).toThrow("example 2 is outside the 2 examples");
    expect(show({ choice: 1 })).toThrow("choice 1 is outside the 1 choices");
    expect(show({ outputs: ["a", "b"] })).toThrow("outputs must hold a name for each of the 1 explained outputs, got 2");
    expect(show({ featureMask: [[0, 1]] })).toThrow("featureMask must have 4 entries in its last axis");
  });
});
