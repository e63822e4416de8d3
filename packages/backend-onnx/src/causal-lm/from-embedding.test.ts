import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromEmbedding, InputXGradient, IntegratedGradients, seededRandom } from "@attr/core";
import { describe, expect, test } from "vitest";
import { readModel } from "../onnx/read-model.ts";
import { writeModel } from "../onnx/write-model.ts";
import { type DecoderFileOptions, decoderFile, decoderLogits } from "./decoder-file.fixture.ts";
import { OnnxCausalLm } from "./onnx-causal-lm.ts";

function logProbability(logits: readonly number[], token: number): number {
  const most = Math.max(...logits);
  return logits[token]! - most - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
}

const full: DecoderFileOptions = { mask: true, positions: true, tokenTypes: true, cache: true };
const layouts: readonly DecoderFileOptions[] = [
  {},
  { mask: true },
  full,
  { ...full, useCacheBranch: true },
  { ...full, useCacheBranch: true, keepLogits: true },
  { ...full, rows: 1 },
  { ...full, ids: "int32" },
];

describe("fromEmbedding", () => {
  test.each(layouts)("explains log-probabilities of whole texts by a file with %o", async (options) => {
    await using lm = await OnnxCausalLm.load(decoderFile(options).model);
    const texts = [
      [1, 4, 7, 2],
      [3, 3, 9, 10],
    ];
    const absent = [0, 5, 0, 2];
    const targets: readonly [number, number][] = [
      [3, 6],
      [2, 1],
    ];
    const result = await new IntegratedGradients(fromEmbedding(lm)).attribute(
      { input_ids: texts },
      { target: targets, baselines: { input_ids: [absent] }, tolerance: 1e-4 },
    );
    const positions = options.positions === true;
    targets.forEach(([place, token], text) => {
      const value = logProbability(decoderLogits(texts[text]!, positions)[place]!, token);
      const baseValue = logProbability(decoderLogits(absent, positions)[place]!, token);
      expect(Number(result.value!.data[text])).toBeCloseTo(value, 4);
      expect(Number(result.baseValue!.data[text])).toBeCloseTo(baseValue, 4);
      const { data, shape } = Object.values(result.attributions)[0]!;
      const size = shape.slice(1).reduce((a, b) => a * b, 1);
      let sum = 0;
      for (let i = text * size; i < (text + 1) * size; i++) sum += Number(data[i]);
      expect(sum).toBeCloseTo(value - baseValue, 3);
    });
  });

  test("explains raw logits, and at another value where it is named", async () => {
    await using lm = await OnnxCausalLm.load(decoderFile(full).model);
    const text = [1, 4, 7, 2];
    const options = { target: [[3, 6]] as const };
    const result = await new InputXGradient(fromEmbedding(lm, { attrTarget: "logit", layer: "typed" })).attribute(
      { input_ids: [text] },
      options,
    );
    expect(Object.keys(result.attributions)).toEqual(["typed"]);
    expect(Number(result.value!.data[0])).toBeCloseTo(decoderLogits(text, true)[3]![6]!, 4);
    expect(() => fromEmbedding(lm, { layer: "embed" })).toThrow('layer "embed" is no value of the model; alike: "embedded"');
    expect(() => fromEmbedding(lm, { attrTarget: "prob" as "logit" })).toThrow(
      'attrTarget must be "log_prob" or "logit", got "prob"',
    );
  });

  test("fills texts up to the length that a file fixes", async () => {
    const file = readModel(decoderFile({ mask: true }).model);
    const inputs = file.graph.inputs.map((input) => {
      const { elemType } = input.type!.tensorType!;
      return { ...input, type: { tensorType: { elemType, shape: { dims: [{ param: "batch" }, { value: 6 }] } } } };
    });
    await using lm = await OnnxCausalLm.load(writeModel({ ...file, graph: { ...file.graph, inputs } }));
    const text = [1, 4, 7, 2];
    const method = new IntegratedGradients(fromEmbedding(lm));
    const result = await method.attribute(
      { input_ids: [text] },
      { target: { path: [3, 6] }, baselines: { input_ids: [[0, 5, 0, 2]] }, tolerance: 1e-4 },
    );
    const { shape, data } = result.attributions[lm.tokenEmbedding]!;
    expect(shape.slice(0, 2)).toEqual([1, 6]);
    const value = logProbability(decoderLogits(text, false)[3]!, 6);
    const baseValue = logProbability(decoderLogits([0, 5, 0, 2], false)[3]!, 6);
    expect(Array.from(data, Number).reduce((sum, part) => sum + part, 0)).toBeCloseTo(value - baseValue, 3);
    await expect(method.attribute({ input_ids: [[1, 2, 3, 4, 5, 6, 7]] }, { target: { path: [0, 0] } })).rejects.toThrow(
      "a text of 7 tokens is longer than the 6 that the model takes",
    );
  });

  test("refuses a language model without a file, ids that are no texts, and texts too long", async () => {
    await using lm = await OnnxCausalLm.load(decoderFile(full).model);
    const { model: _, ...closed } = { ...lm, score: () => {}, generate: () => {}, cost: lm.cost };
    expect(() => fromEmbedding(closed as unknown as OnnxCausalLm)).toThrow("lm cannot be differentiated");
    const method = new InputXGradient(fromEmbedding(lm));
    await expect(method.attribute({ input_ids: [[]] }, { target: [0, 0] })).rejects.toThrow(
      "must be token ids of [texts, length]",
    );
  });
});

const trained = fileURLToPath(new URL("../../../../models/tales-lm/onnx/model.onnx", import.meta.url));
const shared = fileURLToPath(new URL("../../../../../shared/models/stories260K/hf/onnx", import.meta.url));
const files: readonly (readonly [string, string, string])[] = [
  ["tales-lm", trained, "its weights"],
  ...["model", "model_logits", "model_attn"].map(
    (name) => [`stories260K ${name}`, `${shared}/${name}.onnx`, "../shared/models"] as const,
  ),
];

for (const [name, file, needed] of files)
  test.skipIf(!existsSync(file))(
    `gradients at the embedding of ${name} agree with central differences (skipped where ${needed} are absent)`,
    async () => {
      await using lm = await OnnxCausalLm.load(file);
      const { model, layout } = lm;
      const view = fromEmbedding(lm);
      const ids = [1, 40, 73, 25, 60, 33];
      const result = await new IntegratedGradients(view, { multiplyByInputs: false }).attribute(
        { input_ids: [ids] },
        { target: { path: [ids.length - 1, 50] }, steps: 1, quadrature: "riemann-right" },
      );
      const gradient = result.attributions[lm.tokenEmbedding]!;
      const resolved = await view.resolve!({
        input_ids: model.backend.fromData(BigInt64Array.from(ids, BigInt), [1, ids.length], "int64"),
      });
      const at = await model.backend.read(resolved.values[lm.tokenEmbedding]!);
      const random = seededRandom(3);
      const direction = Float64Array.from({ length: at.data.length }, () => random.normal());
      const moved = async (by: number): Promise<number> => {
        const data = Float32Array.from(direction, (value, i) => Number(at.data[i]) + by * value);
        const feeds = { [lm.tokenEmbedding]: model.backend.fromData(data, at.shape, "float32") };
        const fetched = await resolved.model.run({ feeds, fetches: [`log_softmax(${layout.logits})`] });
        const out = await model.backend.read(Object.values(fetched)[0]!);
        return Number(out.data[(ids.length - 1) * lm.vocabularySize + 50]);
      };
      const step = 1e-3;
      const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
      const slope = direction.reduce((sum, value, i) => sum + value * Number(gradient.data[i]), 0);
      expect(slope).toBeCloseTo(difference, 1);
      expect(Math.abs(slope - difference)).toBeLessThan(2e-2 * Math.max(1, Math.abs(difference)));
    },
  );
