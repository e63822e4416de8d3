import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { OnnxModel, tokenEmbedding } from "@attr/backend-onnx";
import { AttributionResult, bind, fromLayer, IntegratedGradients, logSoftmax, tensor } from "@attr/core";
import { talesChoice } from "@attr/models";
import { describe, expect, test } from "vitest";
import { encodeChoices } from "../choice/encode-choices.ts";
import { loadTokenizer } from "../tokenizer/load-tokenizer.ts";
import { sumOverEmbedding } from "./sum-over-embedding.ts";
import { textAttribution } from "./text-attribution.ts";

const at = (attributions: Readonly<Record<string, unknown>>): AttributionResult =>
  new AttributionResult({
    method: "Saliency",
    attributions: Object.fromEntries(Object.entries(attributions).map(([name, value]) => [name, tensor(value as number[])])),
    evaluations: { calls: 1, rows: 1 },
  });

describe("sumOverEmbedding", () => {
  const ids = [
    [5, 6],
    [7, 8],
  ];

  test("adds up every token's numbers, for every explained output", () => {
    const result = at({ embedded: [[[[1, 2, 3], [4, 5, 6]]], [[[0, 0, 1], [1, 1, 1]]]] }); // biome-ignore format: tensors
    const summed = sumOverEmbedding(result, { ids });
    expect(summed.attributions["input_ids"]!.toArray()).toEqual([[[6, 15]], [[1, 3]]]);
  });

  test("adds up the tokens of a feature", () => {
    const result = at({ embedded: [[[1], [2], [3]]] });
    const summed = sumOverEmbedding(result, { ids: [[5, 6, 7]], featureMask: [[0, 1, 0]], input: "ids" });
    expect(summed.attributions["ids"]!.toArray()).toEqual([[4, 2, 4]]);
  });

  test("refuses what has no row for every id", () => {
    expect(() =>
      sumOverEmbedding(
        at({
          embedded: [
            [[1], [2], [3]],
            [[1], [2], [3]],
          ],
        }),
        { ids },
      ),
    ).toThrow('"embedded" has attributions of shape [2, 3, 1] for ids of [2, 2]');
    expect(() => sumOverEmbedding(at({ a: [[1]], b: [[1]] }), { ids })).toThrow(
      'layer is missing: the result has attributions of "a", "b"',
    );
    expect(() =>
      sumOverEmbedding(
        at({
          a: [
            [[1], [2]],
            [[1], [2]],
          ],
        }),
        { ids, featureMask: [1, 2, 3] },
      ),
    ).toThrow("does not fit 2 ids");
  });

  const file = fileURLToPath(new URL("onnx/model.onnx", talesChoice));
  test.skipIf(!existsSync(file))(
    "explains an option of tales-choice, complete (skipped where its weights are absent)",
    async () => {
      const tokenizer = await loadTokenizer(talesChoice);
      await using encoder = await OnnxModel.load(file);
      const prompt = "Max and Sue were in the meadow. She has a green book. Who has the book?";
      const { input_ids, featureMask, ...rest } = encodeChoices(prompt, ["Max", "Sue", "Eve"], tokenizer);
      const layer = tokenEmbedding(encoder);
      const model = fromLayer(logSoftmax(bind(encoder, { ...rest })), layer);
      const result = await new IntegratedGradients(model).attribute({ input_ids }, { target: 1, steps: 40 });
      const tokens = sumOverEmbedding(result, { ids: input_ids, featureMask });
      const seen = new Set<number>();
      let sum = 0;
      tokens.attributions["input_ids"]!.data.forEach((score, i) => {
        const feature = Number(featureMask.data[i]);
        if (!seen.has(feature)) sum += Number(score);
        seen.add(feature);
      });
      const change = Number(result.value!.data[0]) - Number(result.baseValue!.data[0]);
      expect(sum).toBeCloseTo(change + Number(result.delta!.data[0]), 6);
      const text = textAttribution(tokens, { ids: input_ids, tokenizer, featureMask, unit: "nats" });
      expect(text.toAnsi({ color: false })).toContain("Sue");
    },
  );
});
