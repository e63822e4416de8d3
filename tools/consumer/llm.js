// A plain script of someone who installed @attr/llm with a model: what an answer came from, saved and drawn.
import assert from "node:assert/strict";
import { OnnxCausalLm } from "@attr/backend-onnx";
import { FeatureAblation } from "@attr/core";
import { LLMAttribution, LLMAttributionResult, loadTokenizer, TextSegmentInput } from "@attr/llm";
import { talesLm } from "@attr/models";

const lm = await OnnxCausalLm.load(talesLm);
try {
  const llm = new LLMAttribution(new FeatureAblation(lm), await loadTokenizer(talesLm));
  const prompt = "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:";
  const result = await llm.attribute(new TextSegmentInput(prompt, { withSpace: true }), { target: " Sue" });
  const scores = Array.from(result.sequenceAttributions);
  assert.equal(result.inputTokens[scores.indexOf(Math.max(...scores))].trim(), "Sue");
  assert.deepEqual(LLMAttributionResult.fromJSON(JSON.stringify(result)).toJSON(), result.toJSON());
  assert.match(result.toSvg(), /^<svg[\s\S]*<\/svg>\s*$/);
} finally {
  await lm[Symbol.asyncDispose]();
}
