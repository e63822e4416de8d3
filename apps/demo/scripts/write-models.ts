import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { digits, penguins, talesChoice, talesLm } from "@attr/models";
import { narrowWeights } from "../src/files/half-weights.ts";
import { packBytes } from "../src/inputs/packed-bytes.ts";

// Writes the embedded models as the page ships them: their weights in half precision, so that they travel in half the time.

for (const [name, from, files] of [
  ["tales-lm", talesLm, ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"]],
  ["tales-choice", talesChoice, ["config.json", "tokenizer.json", "tokenizer_config.json"]],
  ["digits", digits, ["config.json", "preprocessor_config.json"]],
  ["penguins", penguins, ["config.json", "penguins.csv"]],
] as const) {
  const to = new URL(`../generated/${name}/`, import.meta.url);
  mkdirSync(to, { recursive: true });
  for (const file of files) writeFileSync(new URL(file, to), readFileSync(new URL(file, from)));
  writeFileSync(new URL("model.half.onnx", to), narrowWeights(readFileSync(new URL("onnx/model.onnx", from))));
}

const { images } = JSON.parse(readFileSync(new URL("examples.json", digits), "utf8")) as {
  images: readonly { label: number; answer: number; pixels: readonly number[] }[];
};
// The first of each digit that it reads right, and of each that it does not.
const firstOf = (read: (one: (typeof images)[number]) => boolean): typeof images => {
  const found = images.filter(read);
  return found.filter(({ label }, at) => found.findIndex((one) => one.label === label) === at);
};
const right = firstOf(({ label, answer }) => answer === label);
const wrong = firstOf(({ label, answer }) => answer !== label);
const written = [...right, ...wrong].map(({ label, answer, pixels }) => ({
  label,
  answer,
  drawing: packBytes(Uint8Array.from(pixels)),
}));
writeFileSync(new URL("../generated/digits/examples.json", import.meta.url), JSON.stringify(written));
