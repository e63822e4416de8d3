import assert from "node:assert/strict";
import { once } from "node:events";
import { OnnxCausalLm } from "@attr/backend-onnx";
import { LLMAttributionResult, loadTokenizer } from "@attr/llm";
import { talesLm } from "@attr/models";
import { serve } from "@hono/node-server";
import { explaining } from "./app.ts";

// The endpoint on a real port of loopback, asked as a client would, rightly and wrongly.

const lm = await OnnxCausalLm.load(talesLm);
const server = serve({ fetch: explaining(lm, await loadTokenizer(talesLm)).fetch, hostname: "127.0.0.1", port: 0 });
if (!server.listening) await once(server, "listening");
const address = server.address();
assert.ok(typeof address === "object" && address !== null);

const post = (path: string, body: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${address.port}${path}`, { method: "POST", body, headers: { "content-type": "application/json" } });
const prompt = "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:";

const told = await post("/explain", JSON.stringify({ prompt }));
assert.equal(told.status, 200);
const result = LLMAttributionResult.fromJSON(await told.text());
assert.match(result.outputText, /Sue/);
console.log(`answer:${result.outputText}`);

const [svg, ...others] = await Promise.all([
  post("/explain?as=svg", JSON.stringify({ prompt, target: " Sue" })).then((response) => response.text()),
  ...[1, 2, 3].map(() => post("/explain", JSON.stringify({ prompt })).then((response) => response.json())),
]);
assert.match(String(svg), /^<svg/);
for (const other of others) assert.deepEqual(other.sequenceAttributions, Array.from(result.sequenceAttributions));

const refused: readonly (readonly [body: string, status: number, sentence: RegExp])[] = [
  ["no JSON", 400, /JSON/],
  ["{}", 400, /prompt/],
  [JSON.stringify({ prompt: "a".repeat(3000) }), 400, /3000/],
  [JSON.stringify({ prompt, target: 5 }), 400, /target/],
  [JSON.stringify({ prompt, target: "" }), 400, /target/],
  [JSON.stringify({ prompt: "a".repeat(20_000) }), 413, /./],
];
for (const [body, status, sentence] of refused) {
  const response = await post("/explain", body);
  assert.equal(response.status, status, body.slice(0, 80));
  assert.match(await response.text(), sentence);
}
server.close();
await lm[Symbol.asyncDispose]();
console.log(`${refused.length} bad requests were refused`);
