import assert from "node:assert/strict";
import { LLMAttributionResult } from "@attr/llm";
import { POST } from "./app/api/explain/route.ts";
import { model } from "./model.ts";

// Calls the handler as a framework does: a Request in, a Response out.

const ask = (body: string, init: RequestInit = {}): Promise<Response> =>
  POST(new Request("http://localhost/api/explain", { method: "POST", body, ...init }));
const prompt = "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:";

const response = await ask(JSON.stringify({ prompt }));
assert.equal(response.status, 200);
const results = (await response.text())
  .trimEnd()
  .split("\n")
  .map((line) => LLMAttributionResult.fromJSON(line));
const last = results.at(-1);
assert.ok(last !== undefined && results.length > 1, "results stream in");
console.log(`answer:${last.outputText}, after ${results.length} results`);
last.inputTokens.forEach((word, at) => {
  const score = (last.sequenceAttributions[at] ?? 0).toFixed(2).padStart(6);
  console.log(`${score} ± ${(last.sequenceStandardErrors?.[at] ?? 0).toFixed(2)}  ${word}`);
});

for (const body of ["", "[]", "{}", JSON.stringify({ prompt: "" }), JSON.stringify({ prompt: "a ".repeat(2000) })])
  assert.equal((await ask(body)).status, 400, body.slice(0, 40));

// A reader that has seen enough closes the stream, and the handler's work ends with it.
const reader = (await ask(JSON.stringify({ prompt }))).body?.getReader();
await reader?.read();
await reader?.cancel();
await (await model()).lm[Symbol.asyncDispose]();
