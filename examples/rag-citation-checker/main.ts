import assert from "node:assert/strict";
import { OnnxCausalLm } from "@attr/backend-onnx";
import { loadTokenizer } from "@attr/llm";
import { talesLm } from "@attr/models";
import { provenance, verdict } from "./citations.ts";

// Answers of a retrieval system, each with the passage it cites. Which of the citations hold?

const passages = ["Tom has a red ball.", "Sue has a blue kite.", "Max is in the kitchen."];
const answers = [
  { question: "Who has the kite?", cited: 1 },
  { question: "Who has the ball?", cited: 0 },
  { question: "Where is Max?", cited: 2 },
  { question: "Who has the kite?", cited: 0 }, // cites the wrong passage
  { question: "Who has the kite?", answer: " Rosa.", cited: 1 }, // an answer that is in no passage
];
const expected = [1, 0, 2, 1, undefined];

const lm = await OnnxCausalLm.load(talesLm);
const tokenizer = await loadTokenizer(talesLm);
passages.forEach((passage, at) => {
  console.log(`[${at + 1}] ${passage}`);
});
for (const [at, { question, answer, cited }] of answers.entries()) {
  const found = await provenance(lm, tokenizer, { passages, question, answer });
  const support = found.support.map((nats, passage) => `[${passage + 1}] ${nats.toFixed(2)}`).join("  ");
  console.log(`\n${question}${found.answer} cites [${cited + 1}]\n  nats: ${support}\n  ${verdict(cited, found)}`);
  assert.equal(found.source, expected[at], question);
}
await lm[Symbol.asyncDispose]();
