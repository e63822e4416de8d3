// A plain script of someone who installed @attr/models: its folders hold what a model in the layout of Hugging Face does.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { talesChoice, talesLm } from "@attr/models";
import questions from "@attr/models/questions.json" with { type: "json" };

for (const folder of [talesLm, talesChoice])
  for (const name of ["config.json", "tokenizer.json", "onnx/model.onnx"]) assert.ok(statSync(new URL(name, folder)).size > 0);
assert.ok(Object.keys(questions).length > 0);
