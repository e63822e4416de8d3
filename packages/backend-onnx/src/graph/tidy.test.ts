import { expect, test } from "vitest";
import { branching, node, onnxGraph, onnxModel, perceptron } from "../onnx-builder.fixture.ts";
import { tidy } from "./tidy.ts";

const x = { x: ["float32", ["n"]] } as const;

test("a tidy model is as it was", () => {
  expect(tidy(perceptron())).toEqual(perceptron());
  expect(tidy(branching())).toEqual(branching());
});

test("names left out at the end of a list are not listed, those in between are", () => {
  const model = onnxModel({ inputs: x, outputs: { y: undefined }, nodes: [node("Clip", ["x", "", "max", ""], ["y", "", ""])] });
  expect(tidy(model).graph.nodes[0]).toMatchObject({ inputs: ["x", "", "max"], outputs: ["y"] });
});

test("outputs that count get names that nothing else has, in branches too", () => {
  const branch = onnxGraph({ inputs: {}, outputs: { out: undefined }, nodes: [node("Split", ["x"], ["", "out", ""])] });
  const model = onnxModel({
    inputs: x,
    outputs: { y: undefined },
    nodes: [node("Neg", ["x"], ["unused"]), node("If", ["x"], ["y"], { then_branch: branch })],
  });
  const inner = tidy(model).graph.nodes[1]!.attributes[0]!.g!.nodes[0]!;
  expect(inner.outputs).toEqual(["unused_2", "out", "unused_3"]);
});

test("a size of -1 is a free one", () => {
  const dims = [{ value: -1 }, { value: 3 }];
  const graph = { ...perceptron().graph, inputs: [{ name: "x", type: { tensorType: { elemType: 1, shape: { dims } } } }] };
  expect(tidy({ ...perceptron(), graph }).graph.inputs[0]?.type?.tensorType?.shape?.dims).toEqual([{}, { value: 3 }]);
});
