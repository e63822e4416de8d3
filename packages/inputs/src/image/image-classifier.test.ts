import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { readImageClassifier, readLabels } from "./image-classifier.ts";
import { rankClasses } from "./rank-classes.ts";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe("readImageClassifier", () => {
  test("labels and preparation from the two files of a folder", async () => {
    const { labels, preprocessing } = await readImageClassifier({
      "config.json": bytes({ id2label: { 1: "one", 0: "zero" }, num_channels: 1 }),
      "preprocessor_config.json": bytes({ size: { height: 28, width: 28 }, do_normalize: false }),
    });
    expect(labels).toEqual(["zero", "one"]);
    expect([preprocessing.colors, preprocessing.resize]).toEqual(["grey", { width: 28, height: 28 }]);
  });

  test("what is missing or broken is named", async () => {
    const config = bytes({});
    await expect(readImageClassifier({ "config.json": config })).rejects.toThrow(
      "the given files (config.json) has no preprocessor_config.json",
    );
    const broken = { "config.json": config, "preprocessor_config.json": new TextEncoder().encode("{") };
    await expect(readImageClassifier(broken)).rejects.toThrow("preprocessor_config.json is no JSON");
  });

  test("labels may be a list, may leave classes out, and must be strings", () => {
    expect(readLabels({ id2label: ["a", "b"] })).toEqual(["a", "b"]);
    expect(readLabels({ id2label: { 2: "c" } })).toEqual(["class 0", "class 1", "c"]);
    expect([readLabels({}), readLabels(null)]).toEqual([[], []]);
    expect(() => readLabels({ id2label: { cat: 0 } })).toThrow(
      'id2label of config.json has the key "cat"; keys are indices of classes',
    );
    expect(() => readLabels({ id2label: { 0: 1 } })).toThrow('id2label["0"] of config.json must be a string, got 1');
  });
});

describe("rankClasses", () => {
  const logits = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 2, maxLength: 8 });

  test.prop([logits])("logits become probabilities in the same order", (outputs) => {
    const ranked = rankClasses(outputs, ["first"]);
    expect(ranked.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
    for (const [i, { index, output, probability }] of ranked.entries()) {
      expect(output).toBe(outputs[index]);
      if (i > 0) expect(output).toBeLessThanOrEqual(ranked[i - 1]!.output);
      const others = outputs.reduce((sum, other) => sum + Math.exp(other - output), 0);
      if (probability > 1e-9 || others < 1e9) expect(probability).toBeCloseTo(1 / others, 6);
    }
  });

  test("probabilities stay as they are, and classes without a name go by their index", () => {
    expect(rankClasses([0.25, 0.75], ["cat"])).toEqual([
      { index: 1, label: "class 1", probability: 0.75, output: 0.75 },
      { index: 0, label: "cat", probability: 0.25, output: 0.25 },
    ]);
  });
});
