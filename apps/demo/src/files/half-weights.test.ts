import { readFileSync } from "node:fs";
import { OnnxCausalLm, readModel } from "@attr/backend-onnx";
import { loadTokenizer } from "@attr/llm";
import { talesLm } from "@attr/models";
import { beforeAll, describe, expect, test } from "vitest";
import { narrowWeights, widenWeights } from "./half-weights.ts";

describe("weights in half precision", () => {
  const file = readFileSync(new URL("onnx/model.onnx", talesLm));
  let narrow: Uint8Array;
  let wide: Uint8Array;
  beforeAll(() => {
    narrow = narrowWeights(file);
    wide = widenWeights(narrow);
  });

  test("take half the bytes, and come back as float32 within 11 bits", () => {
    expect(narrow.length).toBeLessThan(0.55 * file.length);
    const before = readModel(file).graph.initializers;
    const after = readModel(wide).graph.initializers;
    expect(after.map(({ name, dataType, dims }) => [name, dataType, dims])).toEqual(
      before.map(({ name, dataType, dims }) => [name, dataType, dims]),
    );
    before.forEach(({ dataType, rawData }, index) => {
      if (dataType !== 1 || rawData === undefined) return;
      const [one, other] = [rawData, after[index]!.rawData!].map((bytes) => new Float32Array(bytes.slice().buffer));
      one!.forEach((weight, at) => {
        if (Math.abs(other![at]! - weight) > Math.abs(weight) * 2 ** -11 + 2 ** -25) expect(other![at]).toBe(weight);
      });
    });
  });

  test("rounded once, they stay as they are", () => {
    expect(narrowWeights(wide)).toEqual(narrow);
  });

  test("a file without them comes back with the same weights", () => {
    expect(readModel(widenWeights(file)).graph.initializers).toEqual(readModel(file).graph.initializers);
  });

  test("the model answers the same, and its log-probabilities move by less than 0.02 nats", async () => {
    const tokenizer = await loadTokenizer(talesLm);
    const { questions } = JSON.parse(readFileSync(new URL("../questions.json", talesLm), "utf8")) as {
      questions: readonly { prompt: string; options: readonly string[] }[];
    };
    const continuations = questions.slice(0, 60).flatMap(({ prompt, options }) =>
      options.map((option) => ({
        prefix: tokenizer.encode(prompt).ids,
        continuation: tokenizer.encode(` ${option}`, { addSpecialTokens: false }).ids,
      })),
    );
    const scores = async (source: URL | Uint8Array): Promise<number[]> => {
      await using model = await OnnxCausalLm.load(source);
      const found: number[] = [];
      for await (const { logProbabilities } of model.score(continuations))
        found.push(logProbabilities.reduce((a, b) => a + b, 0));
      return found;
    };
    const [whole, half] = [await scores(talesLm), await scores(wide)];
    const worst = Math.max(...whole.map((score, index) => Math.abs(score - half[index]!)));
    expect(worst).toBeLessThan(0.02);
  });
});
