import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { elementTypeNamed } from "../onnx/element-type.ts";
import type { ModelProto } from "../onnx/proto.ts";
import { branching, convolutional, node, onnxModel, perceptron } from "../onnx-builder.fixture.ts";
import { checkModel } from "./check-model.ts";
import { extract } from "./extract.ts";
import { indexGraph } from "./graph-index.ts";
import { requiredInputs } from "./required.ts";

const float = { element: elementTypeNamed("float32")!, shape: ["n", 5] };

function feeds(...names: readonly string[]): Map<string, typeof float> {
  return new Map(names.map((name) => [name, float]));
}

describe("extracting a part of a graph", () => {
  test("keeps only the nodes and weights that lead from the feeds to the fetches", () => {
    const { model, inputOf, outputOf } = extract(indexGraph(perceptron()), feeds("h2", "x"), ["logits"], new Map());
    expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(["Tanh", "MatMul"]);
    expect(model.graph.initializers.map(({ name }) => name)).toEqual(["w2"]);
    expect([...inputOf]).toEqual([["h2", "h2"]]);
    expect([...outputOf]).toEqual([["logits", "logits"]]);
  });

  test("shares the weights with the model", () => {
    const whole = perceptron();
    const { model } = extract(indexGraph(whole), feeds("x"), ["h1"], new Map());
    expect(model.graph.initializers[0]).toBe(whole.graph.initializers[0]);
  });

  test("gives an inner value through a node of its own, under a name that was free", () => {
    const model = onnxModel({
      inputs: { x: ["float32", ["n"]] },
      outputs: { y: undefined },
      nodes: [node("Neg", ["x"], ["a"]), node("Neg", ["a"], ["a_fetched"]), node("Neg", ["a_fetched"], ["y"])],
    });
    const part = extract(indexGraph(model), feeds("x"), ["a"], new Map());
    expect(part.outputOf.get("a")).toBe("a_fetched_2");
    expect(part.model.graph.nodes.at(-1)).toMatchObject({ opType: "Identity", inputs: ["a"], outputs: ["a_fetched_2"] });
  });

  test("converts types that runtimes do not carry inside the graph", () => {
    const half = elementTypeNamed("float16")!;
    const model = onnxModel({
      inputs: { x: ["float16", ["n"]] },
      outputs: { y: ["float16", ["n"]] },
      nodes: [node("Neg", ["x"], ["y"])],
    });
    const types = new Map([["y", { element: half }]]);
    const part = extract(indexGraph(model), new Map([["x", { element: half, shape: ["n"] }]]), ["y"], types);
    expect(part.model.graph.nodes.map(({ opType }) => opType)).toEqual(["Cast", "Neg", "Cast"]);
    expect(part.model.graph.inputs[0]?.type?.tensorType?.elemType).toBe(1);
    expect([part.inputOf.get("x"), part.outputOf.get("y")]).toEqual(["x_fed", "y_fetched"]);
  });

  test("names the inputs that are missing", () => {
    expect(() => extract(indexGraph(perceptron()), feeds("a"), ["h1"], new Map())).toThrow(
      'input "x" must be fed to compute "h1"',
    );
  });

  test("keeps what branches read from around them", () => {
    const index = indexGraph(branching());
    expect(requiredInputs(index, ["doubled", "positive"], ["y"])).toEqual([]);
    const { model } = extract(index, feeds("doubled", "positive"), ["y"], new Map());
    expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(["If"]);
    expect(model.graph.initializers.map(({ name }) => name)).toEqual(["one"]);
  });

  const models: readonly ModelProto[] = [perceptron(), convolutional(), branching()];

  test.prop([fc.constantFrom(...models), fc.infiniteStream(fc.nat())])(
    "any feeds and fetches make a model that makes sense",
    (model, numbers) => {
      const index = indexGraph(model);
      const some = (): string[] => index.values.filter(() => numbers.next().value % 3 === 0);
      const fed = some();
      const fetches = [...some(), index.values.at(-1)!];
      const all = [...fed, ...requiredInputs(index, fed, fetches)];
      const part = extract(index, feeds(...all), fetches, new Map());
      expect(() => checkModel(part.model, () => undefined)).not.toThrow();
      expect(new Set(part.outputOf.keys())).toEqual(new Set(fetches));
      expect([...part.inputOf.keys()].every((name) => all.includes(name))).toBe(true);
    },
  );
});
