import { FeatureAblation, Lime, ShapleyValueSampling, ShapleyValues } from "@attr/core";
import { describe, expect, test } from "vitest";
import { TextTemplateInput } from "../inputs/text-template-input.ts";
import { wordTokenizer } from "../inputs/word-tokenizer.fixture.ts";
import { countingLm } from "./counting-lm.fixture.ts";
import { LLMAttribution } from "./llm-attribution.ts";
import { LLMAttributionResult } from "./llm-attribution-result.ts";

const tokenizer = wordTokenizer();
const target = " Sue does";

async function results(): Promise<LLMAttributionResult[]> {
  const lm = countingLm();
  const prompt = "Tom has a ball. Who has it?";
  const input = new TextTemplateInput("{} has a {}.", { values: ["Tom", "kite"], mask: [0, 0] });
  return [
    await new LLMAttribution(new FeatureAblation(lm), tokenizer).attribute(prompt, { target }),
    await new LLMAttribution(new ShapleyValues(lm), tokenizer, { attrTarget: "prob" }).attribute(input, { target }),
    await new LLMAttribution(new ShapleyValueSampling(lm), tokenizer).attribute(prompt, { target, samples: 4 }),
    await new LLMAttribution(new Lime(lm), tokenizer, { attrTarget: "logit" }).attribute(prompt, { target, samples: 20 }),
  ];
}

/** The fields of a result, for comparison: classes keep theirs behind getters. */
function fieldsOf(result: LLMAttributionResult): object {
  return { ...result };
}

describe("LLMAttributionResult", () => {
  test("what is saved loads back, from text and from data", async () => {
    for (const result of await results()) {
      const text = JSON.stringify(result);
      expect(fieldsOf(LLMAttributionResult.fromJSON(text))).toEqual(fieldsOf(result));
      expect(fieldsOf(LLMAttributionResult.fromJSON(JSON.parse(text)))).toEqual(fieldsOf(result));
    }
  });

  test("numbers that are not finite load back", async () => {
    const [result] = await results();
    const odd = new LLMAttributionResult({
      ...result!,
      sequenceAttributions: result!.sequenceAttributions.map(
        (_, i) => [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][i % 3]!,
      ),
      value: Number.NEGATIVE_INFINITY,
    });
    expect(fieldsOf(LLMAttributionResult.fromJSON(JSON.stringify(odd)))).toEqual(fieldsOf(odd));
    expect(() => [odd.toAnsi(), odd.toHtml(), odd.toSvg()]).not.toThrow();
  });

  test("what is no saved result is refused with the field's name", async () => {
    const [result] = await results();
    const saved = JSON.parse(JSON.stringify(result));
    const load = (change: object) => () => LLMAttributionResult.fromJSON({ ...saved, ...change });
    expect(() => LLMAttributionResult.fromJSON("{")).toThrow("json is no JSON");
    expect(load({ schema: "attr.choice/1" })).toThrow('json must have the schema "attr.llm/1", got "attr.choice/1"');
    expect(load({ sequenceAttributions: [1] })).toThrow("sequenceAttributions of the saved result");
    expect(load({ tokenAttributions: [[1]] })).toThrow("tokenAttributions of the saved result");
    expect(load({ value: "much" })).toThrow("value of the saved result");
    expect(load({ attrTarget: "odds" })).toThrow("attrTarget of the saved result must be one of log_prob, prob, logit, got odds");
  });

  test("the document holds the whole answer and its tokens over the words of the prompt", async () => {
    const [result] = await results();
    const document = result!.toDocument();
    expect(document.pieces.map(({ text }) => text).join("")).toBe("Tom has a ball. Who has it?");
    expect(document.title).toBe('Why the model answers " Sue does"');
    expect(document.explained).toBe('the log-probability of " Sue does"');
    expect(document.rows.map(({ label }) => label)).toEqual(["the whole answer", " Sue", " does"]);
    expect(document.rows[0]!.scores).toEqual([...result!.sequenceAttributions]);
    expect(document.rows[2]!.scores).toEqual([...result!.tokenAttributions[1]!]);
    expect(result!.toDocument({ token: 1 }).rows.map(({ primary }) => primary)).toEqual([false, false, true]);
  });

  test("an answer of one token has one row", async () => {
    const result = await new LLMAttribution(new FeatureAblation(countingLm()), tokenizer).attribute("red kite", {
      target: " yes",
    });
    expect(result.toDocument().rows.map(({ label }) => label)).toEqual([" yes"]);
  });

  test("the contrast of two answers is the difference of their scores, values and base values", async () => {
    const llm = new LLMAttribution(new ShapleyValues(countingLm()), tokenizer);
    const prompt = "Tom has a ball. Who has it?";
    const [sue, tom] = [await llm.attribute(prompt, { target: " Sue does" }), await llm.attribute(prompt, { target: " Tom" })];
    const contrast = sue.contrast(tom);
    expect([...contrast.attributions]).toEqual(
      [...sue.sequenceAttributions].map((score, i) => score - tom.sequenceAttributions[i]!),
    );
    expect(contrast.value).toBe(sue.value - tom.value);
    expect(contrast.baseValue).toBe(sue.baseValue! - tom.baseValue!);
    const { title, rows } = contrast.toDocument();
    expect(title).toBe('Why " Sue does" and not " Tom"');
    expect(rows.map(({ label, primary }) => [label, primary])).toEqual([
      ["Sue does and not Tom", true],
      [" Sue does", false],
      [" Tom", false],
    ]);
    expect([...sue.contrast(sue).attributions].every((score) => score === 0)).toBe(true);
  });

  test("results of other questions are no contrast, and the sentence says which", async () => {
    const [words, values, sampled, logits] = await results();
    expect(() => words!.contrast(values!)).toThrow("against explains prob, and this result log_prob");
    expect(() => words!.contrast(sampled!)).toThrow(
      "against was made by ShapleyValueSampling, and this result by FeatureAblation",
    );
    expect(() => words!.contrast(logits!)).toThrow("against explains logit");
    const other = await new LLMAttribution(new FeatureAblation(countingLm()), tokenizer).attribute("Who has it?", { target });
    expect(() => words!.contrast(other)).toThrow("against must be over the same prompt, cut into the same features");
  });

  test("the pictures say unit, method and sign", async () => {
    for (const result of await results()) {
      const ansi = result.toAnsi({ color: false, width: 200 });
      expect(ansi).toContain(`scores in ${result.unit}`);
      expect(ansi).toContain(result.method);
      expect(ansi).toContain("raises");
      expect(result.toHtml()).toContain("<!DOCTYPE html>");
      expect(result.toSvg()).toContain("<svg ");
    }
  });
});
