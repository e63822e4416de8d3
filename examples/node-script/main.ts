import { readFile, writeFile } from "node:fs/promises";
import { OnnxCausalLm } from "@attr/backend-onnx";
import { FeatureAblation } from "@attr/core";
import { LLMAttribution, LLMAttributionResult, loadTokenizer, TextSegmentInput } from "@attr/llm";
import { talesLm } from "@attr/models";

// Explains what a language model answers, and keeps the result as a page to look at and as data to load again.

const prompt = process.argv[2] ?? "Max and Sue were in the meadow. She has a green book. Question: Who has the book? Answer:";

const lm = await OnnxCausalLm.load(talesLm); // or the path of a folder of your own
const llm = new LLMAttribution(new FeatureAblation(lm), await loadTokenizer(talesLm));
const result = await llm.attribute(new TextSegmentInput(prompt, { by: "word", withSpace: true }));
await lm[Symbol.asyncDispose]();

await writeFile("why.html", result.toHtml());
await writeFile("why.json", JSON.stringify(result));

const saved = LLMAttributionResult.fromJSON(await readFile("why.json", "utf8"));
const byWeight = saved.inputTokens
  .map((word, at) => ({ word, nats: saved.sequenceAttributions[at] ?? 0 }))
  .sort((a, b) => Math.abs(b.nats) - Math.abs(a.nats));
console.log(`answer:${saved.outputText}`);
for (const { word, nats } of byWeight.slice(0, 5)) console.log(`${nats.toFixed(2).padStart(6)} nats  ${word}`);
console.log(`why.html and why.json written; ${saved.cost.rows} prompts were computed in ${saved.cost.calls} calls`);
