import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { talesChoice, talesLm } from "@attr/models";
import { narrowWeights } from "../src/files/half-weights.ts";

// Writes the embedded models as the page ships them: their weights in half precision, so that they travel in half the time.

const names = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"];

for (const [name, from] of [
  ["tales-lm", talesLm],
  ["tales-choice", talesChoice],
] as const) {
  const to = new URL(`../generated/${name}/`, import.meta.url);
  mkdirSync(to, { recursive: true });
  for (const file of names)
    if (name === "tales-lm" || file !== "generation_config.json") copy(new URL(file, from), new URL(file, to));
  writeFileSync(new URL("model.half.onnx", to), narrowWeights(readFileSync(new URL("onnx/model.onnx", from))));
}

function copy(from: URL, to: URL): void {
  writeFileSync(to, readFileSync(from));
}
