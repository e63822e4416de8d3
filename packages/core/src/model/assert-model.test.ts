import { describe, expect, test } from "vitest";
import { referenceNetwork } from "../../../testing/src/host/host-graph.ts";
import { InvalidArgumentError, UnsupportedError } from "../errors.ts";
import { tensor } from "../tensor/from.ts";
import { assertExplainable, assertGraphModel, assertModel } from "./assert-model.ts";
import { isCausalLm, isGraphModel, isModel } from "./capabilities.ts";
import { functionModel } from "./function-model.ts";

const causalLm = { kind: "causal-lm", score: () => {}, generate: () => {}, vocabularySize: 3 };

class Classifier {
  predict(): number {
    return 1;
  }
}
class Anything {}
function score(): number {
  return 1;
}

describe("assertModel", () => {
  test.each<readonly [string, unknown, string]>([
    ["a function", score, "model is a function: wrap it, functionModel(score)"],
    [
      "an arrow function without a name",
      (
        () => () =>
          1
      )(),
      "model is a function: wrap it, functionModel(fn)",
    ],
    ["a bound function", score.bind(null), "model is a bound function: wrap it, functionModel(fn)"],
    ["a class", Anything, "model is the class Anything: pass a model made of it"],
    [
      "a session of onnxruntime",
      { run: () => {}, inputNames: ["x"], outputNames: ["y"] },
      "model is a session of onnxruntime, which keeps no graph to look into: load the file itself, await OnnxModel.load(path)",
    ],
    ["a model of TensorFlow.js", new Classifier(), "model is a model of TensorFlow.js: wrap it, functionModel("],
    ["a model of transformers.js", Object.assign(() => 1, { sessions: {}, config: {} }), "await OnnxCausalLm.load(directory)"],
    ["a promise", Promise.resolve(referenceNetwork()), "model is a promise: await it first"],
    ["a path", "model.onnx", 'model is the string "model.onnx": load the file first, await OnnxModel.load(path)'],
    ["bytes", new Uint8Array(3), "model is the bytes of a file: load them first"],
    [
      "a method",
      { name: "FeatureAblation", model: referenceNetwork(), estimate: () => {} },
      "model is an attribution method: pass the model it explains, method.model",
    ],
    ["a tokenizer", { encode: () => [], decode: () => "" }, "model is a tokenizer: pass the model it belongs to"],
    ["a tensor", tensor([1]), "model is a tensor"],
    ["nothing", undefined, "model is undefined: pass a model"],
    ["null", null, "model is null: pass a model"],
    ["a number", 3, "model is number 3"],
    ["an object", {}, "model is an object that is no model"],
    ["an object without a prototype", Object.create(null), "model is an object that is no model"],
    ["an instance of something", new Anything(), "model is an instance of Anything"],
  ])("says what to pass instead of %s", (_, value, sentence) => {
    for (const assert of [assertModel, assertExplainable, assertGraphModel] as ((value: unknown, name: string) => void)[]) {
      expect(() => assert(value, "model")).toThrow(InvalidArgumentError);
      expect(() => assert(value, "model")).toThrow(sentence);
    }
  });

  test("sends a causal language model to LLMAttribution, where one is not wanted", () => {
    expect(() => assertModel(causalLm, "model")).toThrow("hand the method to LLMAttribution");
    expect(() => assertExplainable(causalLm, "model")).not.toThrow();
    expect(isCausalLm(causalLm)).toBe(true);
  });

  test("lets models through, and black boxes only where no inner values are wanted", () => {
    const [blackBox, graph] = [functionModel(() => 1), referenceNetwork()];
    for (const model of [blackBox, graph]) {
      expect(() => assertModel(model, "model")).not.toThrow();
      expect(() => assertExplainable(model, "model")).not.toThrow();
      expect(isModel(model)).toBe(true);
      expect(isCausalLm(model)).toBe(false);
    }
    expect([isGraphModel(blackBox), isGraphModel(graph)]).toEqual([false, true]);
    expect(() => assertGraphModel(graph, "model")).not.toThrow();
    expect(() => assertGraphModel(blackBox, "model")).toThrow(UnsupportedError);
    for (const value of [undefined, null, 3, "x", {}, () => {}])
      expect([isModel(value), isGraphModel(value), isCausalLm(value)]).toEqual([false, false, false]);
  });
});
