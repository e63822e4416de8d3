import { expect, test } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { assertCausalLm } from "./assert-causal-lm.ts";
import { dummyLlm } from "./dummy-llm.fixture.ts";
import { modelCausalLm } from "./model-causal-lm.ts";
import { tinyTransformer } from "./tiny-transformer.fixture.ts";

class Loader {
  readonly loaded: boolean = true;
  static load(): void {}
}

function forward(): void {}

const tiny = tinyTransformer();
const cases: readonly (readonly [string, unknown, string])[] = [
  ["a function", forward, "got a function (forward): a language model is asked for scores and for text"],
  [
    "an arrow without a name",
    (
      () => () =>
        0
    )(),
    "got a function: a language model",
  ],
  ["a partial", forward.bind(null), "got a function with bound arguments (bound forward)"],
  ["a pipeline", Object.assign(() => 0, { tokenizer: {}, model: {} }), "got a pipeline"],
  ["the class", Loader, "got the class Loader itself: pass what await Loader.load(...) gives"],
  ["a promise", Promise.resolve(dummyLlm()), "got a Promise: await it first"],
  ["a session", { run: forward, inputNames: ["input_ids"], outputNames: [] }, "got a session of onnxruntime"],
  ["a model", tiny.model, "got a Model: say which of its inputs and outputs play which role, modelCausalLm(model, layout)"],
  ["a tokenizer", { encode: forward }, "got a tokenizer"],
  ["a method", { attribute: forward }, "got an attribution method"],
  ["a path", "models/tales-lm", 'got the string "models/tales-lm": load the model first'],
  ["nothing", undefined, "got undefined: load one with a backend (OnnxCausalLm.load(directory)"],
  ["null", null, "got null"],
  ["an object", {}, "got an object that is none"],
  ["a map", new Map(), "got a Map"],
];

test.each(cases)("%s gets a sentence that says what to pass", (_, value, sentence) => {
  const check = () => assertCausalLm(value, "model");
  expect(check).toThrow(InvalidArgumentError);
  expect(check).toThrow(`model must be a CausalLm, ${sentence}`);
});

test("a causal language model passes", () => {
  assertCausalLm(dummyLlm(), "model");
  assertCausalLm(modelCausalLm(tiny.model, tiny.layout), "model");
});
