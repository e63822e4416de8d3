import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { OnnxCausalLm } from "@attr/backend-onnx";
import { Lime } from "@attr/core";
import { LLMAttribution, TextTokenInput, transformersTokenizer } from "@attr/llm";
import { talesLm } from "@attr/models";
import { AutoTokenizer, env } from "@huggingface/transformers";

// A model in the folder layout of transformers.js, its tokenizer from transformers.js itself, and the files read from disk alone.

const folder = fileURLToPath(talesLm).replace(/[/\\]$/, "");
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);

const tokenizer = transformersTokenizer(await AutoTokenizer.from_pretrained(basename(folder)));
const lm = await OnnxCausalLm.load(talesLm);

const prompt = "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:";
const input = new TextTokenInput(prompt, tokenizer, { baseline: "<mask>" });
const result = await new LLMAttribution(new Lime(lm), tokenizer).attribute(input, { target: " Sue", samples: 200, seed: 1 });
await lm[Symbol.asyncDispose]();

console.log(result.toAnsi());
const scores = Array.from(result.sequenceAttributions);
assert.match(result.inputTokens[scores.indexOf(Math.max(...scores))] ?? "", /Sue|kite/);
