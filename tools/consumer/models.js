// A plain script of someone who installed @attr/models: its folders hold what a model in the layout of Hugging Face does.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { digits, penguins, talesChoice, talesLm } from "@attr/models";
import examples from "@attr/models/digits/examples.json" with { type: "json" };
import questions from "@attr/models/questions.json" with { type: "json" };

for (const folder of [talesLm, talesChoice])
  for (const name of ["config.json", "tokenizer.json", "onnx/model.onnx"]) assert.ok(statSync(new URL(name, folder)).size > 0);
for (const folder of [digits, penguins])
  for (const name of ["config.json", "onnx/model.onnx"]) assert.ok(statSync(new URL(name, folder)).size > 0);
assert.ok(statSync(new URL("tfjs/model.json", digits)).size > 0);
assert.ok(statSync(new URL("penguins.csv", penguins)).size > 0);
assert.ok(Object.keys(questions).length > 0);
assert.ok(examples.images.length > 0);
