import { existsSync } from "node:fs";
import { OnnxCausalLm } from "@attr/backend-onnx";
import { fromEmbedding, GradientShap, InputXGradient, IntegratedGradients, NoiseTunnel, onCall, Saliency } from "@attr/core";
import { talesLm } from "@attr/models";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TextTokenInput } from "../inputs/text-token-input.ts";
import { loadTokenizer } from "../tokenizer/load-tokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { LLMAttributionResult } from "./llm-attribution-result.ts";
import { LLMGradientAttribution } from "./llm-gradient-attribution.ts";

const text = "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:";
const target = " Sue.";

const isTrained = existsSync(new URL("onnx/model.onnx", talesLm));

describe.skipIf(!isTrained)(
  "LLMGradientAttribution of tales-lm, a file with key/value cache (skipped where its weights are absent)",
  () => {
    let lm: OnnxCausalLm;
    let tokenizer: Tokenizer;
    let input: TextTokenInput;
    beforeAll(async () => {
      lm = await OnnxCausalLm.load(talesLm);
      tokenizer = await loadTokenizer(talesLm);
      input = new TextTokenInput(text, tokenizer, { baseline: "<mask>" });
    });
    afterAll(() => lm.dispose());

    async function scores(prompt: readonly number[], answer: readonly number[]): Promise<Float64Array> {
      for await (const score of lm.score([{ prefix: prompt, continuation: answer }])) return score.logProbabilities;
      throw new Error("no score");
    }

    test("integrated gradients sum up, token by token, to what the prompt adds to the answer's log-probabilities", async () => {
      const llm = new LLMGradientAttribution(new IntegratedGradients(fromEmbedding(lm)), tokenizer);
      const result = await llm.attribute(input, { target, steps: 100 });
      const present = await scores(input.ids, result.outputIds);
      const absent = await scores(
        input.ids.map((id, at) => (input.positions.includes(at) ? input.baseline : id)),
        result.outputIds,
      );
      expect(result.outputIds.length).toBeGreaterThan(1);
      let all = 0;
      result.tokenAttributions.forEach((row, token) => {
        expect(result.logProbabilities[token]!).toBeCloseTo(present[token]!, 4);
        const change = present[token]! - absent[token]!;
        const sum = row.reduce((total, value) => total + value, 0);
        expect(Math.abs(sum - change)).toBeLessThan(0.02 * Math.max(1, Math.abs(change)));
        all += sum;
      });
      expect(result.sequenceAttributions.reduce((total, value) => total + value, 0)).toBeCloseTo(all, 8);
      expect(LLMAttributionResult.fromJSON(JSON.stringify(result)).tokenAttributions).toEqual(result.tokenAttributions);
    });

    test("the tokens of the answer share the model's calls", async () => {
      let calls = 0;
      let rows = 0;
      const view = onCall(fromEmbedding(lm), (call) => {
        if (call.wrt === undefined) return;
        calls++;
        rows += call.rows;
      });
      const llm = new LLMGradientAttribution(new IntegratedGradients(view), tokenizer);
      const result = await llm.attribute(input, { target, steps: 16 });
      expect(rows).toBe(16 * result.outputIds.length);
      expect(calls).toBe(Math.ceil(rows / 64));
    });

    test("saliency, input × gradient, gradient SHAP and noise tunnels explain log-probabilities and logits", async () => {
      for (const attrTarget of ["log_prob", "logit"] as const) {
        const view = fromEmbedding(lm, { attrTarget });
        const results = [
          await new LLMGradientAttribution(new Saliency(view), tokenizer).attribute(input, { target: " Sue" }),
          await new LLMGradientAttribution(new InputXGradient(view), tokenizer).attribute(input, { target: " Sue" }),
          await new LLMGradientAttribution(new GradientShap(view), tokenizer).attribute(input, { target: " Sue", samples: 4 }),
          await new LLMGradientAttribution(new NoiseTunnel(new Saliency(view)), tokenizer).attribute(input, {
            target: " Sue",
            samples: 4,
            stdev: 0.01,
          }),
        ];
        for (const result of results) {
          expect(result.attrTarget).toBe(attrTarget);
          expect(result.sequenceAttributions).toHaveLength(input.positions.length);
          expect(result.sequenceAttributions.every((value) => Number.isFinite(value))).toBe(true);
          expect(result.sequenceAttributions.some((value) => value !== 0)).toBe(true);
        }
      }
    });

    test("the answer is the model's own where none is given", async () => {
      const llm = new LLMGradientAttribution(new InputXGradient(fromEmbedding(lm)), tokenizer);
      const result = await llm.attribute(text, { generation: { maxNewTokens: 1 } });
      expect(result.outputText.trim()).toBe("Sue");
      await expect(llm.attribute(text, { target: " Sue", generation: {} })).rejects.toThrow(
        "target and generation are both given",
      );
      await expect(llm.attribute("Tom ".repeat(300), { target: " Sue" })).rejects.toThrow(
        "longer than the model's context of 256",
      );
    });
  },
);
