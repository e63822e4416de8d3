import {
  fromLayer,
  GradientShap,
  type GraphModel,
  type HostTensor,
  hostBackend,
  InputXGradient,
  IntegratedGradients,
  logSoftmax,
  type Model,
  onCall,
  Saliency,
  seededRandom,
  tensor,
} from "@attr/core";
import { describe, expect, test } from "vitest";
import { hostGraph, linear, tanh } from "../../../testing/src/host/host-graph.ts";
import { TextTokenInput } from "../inputs/text-token-input.ts";
import { characterTokenizer } from "../inputs/word-tokenizer.fixture.ts";
import { LLMAttributionResult } from "./llm-attribution-result.ts";
import { LLMGradientAttribution } from "./llm-gradient-attribution.ts";

const random = seededRandom(11);
const matrix = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal() / 2));
const table = tensor(matrix(256, 4), "float64");
const head = matrix(4, 256);

/** Row i holds ones up to column i: a token sees itself and what is before it. */
function triangle(length: number): HostTensor {
  return tensor(
    Array.from({ length }, (_, i) => Array.from({ length }, (_column, j) => (j <= i ? 1 : 0))),
    "float64",
  );
}

/** A causal decoder over characters: the sum of the embeddings so far, through tanh, to logits. */
const decoder = hostGraph({
  inputs: [
    { name: "input_ids", dtype: "int64", shape: ["batch", "length"] },
    { name: "attention_mask", dtype: "int64" },
  ],
  nodes: [
    {
      name: "embedded",
      inputs: ["input_ids"],
      compute: (ids) => hostBackend.gather(table, hostBackend.cast(ids, "int32"), 0),
    },
    {
      name: "seen",
      inputs: ["embedded"],
      compute: (x) => hostBackend.matMul(triangle(x.shape[1]!), x),
      backward: {
        kind: "transpose",
        transposed: (given) => hostBackend.matMul(hostBackend.transpose(triangle(given.shape[1]!), [1, 0]), given),
      },
    },
    tanh("state", "seen"),
    linear("scores", "state", head),
    {
      name: "logits",
      inputs: ["scores", "attention_mask"],
      compute: (x) => x,
      backward: { kind: "transpose", transposed: (x) => x },
    },
  ],
  outputs: ["logits"],
});

const layer = fromLayer(logSoftmax(decoder), "embedded");
const text = "a b c d";
const target = "e f g";

async function logProbabilities(model: Model, ids: readonly number[]): Promise<HostTensor> {
  const [output] = model.outputs;
  const feeds = { input_ids: tensor([[...ids]], "int64"), attention_mask: tensor([ids.map(() => 1)], "int64") };
  return hostBackend.read((await model.run({ feeds, fetches: [output!.name] }))[output!.name]!);
}

describe("LLMGradientAttribution", () => {
  test("of integrated gradients sums up, token by token, to what the prompt adds to the answer's log-probabilities", async () => {
    const input = new TextTokenInput(text, characterTokenizer, { baseline: "z" });
    const result = await new LLMGradientAttribution(new IntegratedGradients(layer), characterTokenizer).attribute(input, {
      target,
    });
    const answer = [..."efg"].map((letter) => letter.charCodeAt(0));
    const scores = async (prompt: readonly number[]): Promise<number[]> => {
      const ids = [...prompt, ...answer.slice(0, -1)];
      const { data } = await logProbabilities(logSoftmax(decoder as GraphModel), ids);
      return answer.map((id, at) => Number(data[(prompt.length - 1 + at) * 256 + id]));
    };
    const present = await scores(input.ids);
    const absent = await scores(input.ids.map((id, at) => (input.positions.includes(at) ? input.baseline : id)));
    expect(result.inputTokens.map((label) => label.trim())).toEqual(["a", "b", "c", "d"]);
    expect(result.outputIds).toEqual(answer);
    result.tokenAttributions.forEach((row, token) => {
      expect(result.logProbabilities[token]!).toBeCloseTo(present[token]!, 10);
      expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(present[token]! - absent[token]!, 4);
    });
    for (const feature of [0, 1, 2, 3]) {
      const sum = result.tokenAttributions.reduce((all, row) => all + row[feature]!, 0);
      expect(result.sequenceAttributions[feature]!).toBeCloseTo(sum, 12);
    }
    expect(result.attrTarget).toBe("log_prob");
    expect(LLMAttributionResult.fromJSON(JSON.stringify(result)).sequenceAttributions).toEqual(result.sequenceAttributions);
  });

  test("of input × gradient is the derivative by each token's own scale", async () => {
    const result = await new LLMGradientAttribution(new InputXGradient(layer), characterTokenizer).attribute(text, {
      target: "e",
    });
    const ids = new TextTokenInput(text, characterTokenizer).ids;
    const { data } = await hostBackend.read(hostBackend.gather(table, tensor([...ids], "int32"), 0));
    const scaled = async (feature: number, by: number): Promise<number> => {
      const embedded = Float64Array.from(data, Number);
      for (let i = 4 * (feature + 1); i < 4 * (feature + 2); i++) embedded[i]! *= 1 + by;
      const view = logSoftmax(decoder);
      const [output] = view.outputs;
      const feeds = {
        embedded: hostBackend.fromData(embedded, [1, ids.length, 4], "float64"),
        attention_mask: tensor([ids.map(() => 1)], "int64"),
      };
      const fetched = await hostBackend.read((await view.run({ feeds, fetches: [output!.name] }))[output!.name]!);
      return Number(fetched.data[(ids.length - 1) * 256 + "e".charCodeAt(0)]);
    };
    for (const feature of [0, 1, 2, 3]) {
      const difference = ((await scaled(feature, 1e-4)) - (await scaled(feature, -1e-4))) / 2e-4;
      expect(result.tokenAttributions[0]![feature]!).toBeCloseTo(difference, 6);
    }
  });

  test("takes the tokens of the answer together, in the batches of the model", async () => {
    let rows = 0;
    let calls = 0;
    const counted = onCall(decoder, (call) => {
      if (call.wrt === undefined) return;
      calls++;
      rows += call.rows;
    });
    const method = new IntegratedGradients(fromLayer(logSoftmax(counted), "embedded"));
    const result = await new LLMGradientAttribution(method, characterTokenizer).attribute(text, { target, steps: 20 });
    expect([calls, rows]).toEqual([1, 60]);
    expect(result.cost.prompts).toBe(1);
  });

  test("takes sampled methods and methods without a baseline, and logits", async () => {
    const shap = new LLMGradientAttribution(new GradientShap(layer), characterTokenizer);
    const first = await shap.attribute(text, { target, samples: 3, seed: 4 });
    expect((await shap.attribute(text, { target, samples: 3, seed: 4 })).sequenceAttributions).toEqual(
      first.sequenceAttributions,
    );
    const saliency = await new LLMGradientAttribution(new Saliency(layer), characterTokenizer).attribute(text, { target });
    expect(saliency.sequenceAttributions.every((value) => value > 0)).toBe(true);
    // A slope is no part of the log-probability.
    expect([saliency.unit, saliency.toDocument().unit, first.unit]).toEqual([
      "nats per unit of the embedding",
      "nats per unit of the embedding",
      "nats",
    ]);
    const logits = await new LLMGradientAttribution(
      new IntegratedGradients(fromLayer(decoder, "embedded")),
      characterTokenizer,
    ).attribute(text, { target });
    expect(logits.attrTarget).toBe("logit");
  });

  test("refuses a method over no layer, an input it does not know and a missing answer, and says what to do", async () => {
    expect(() => new LLMGradientAttribution(new IntegratedGradients(decoder), characterTokenizer)).toThrow(
      "must be a gradient method made over the embeddings of a language model",
    );
    expect(() => new LLMGradientAttribution(new Saliency(layer), characterTokenizer, { input: "ids" })).toThrow(
      'no input "ids" for token ids, only "input_ids", "attention_mask"',
    );
    const llm = new LLMGradientAttribution(new Saliency(layer), characterTokenizer);
    await expect(llm.attribute(text, {} as { target: string })).rejects.toThrow("target is missing");
  });
});
