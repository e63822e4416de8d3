import { describe, expect, test } from "vitest";
import type { GraphProto, ModelProto, NodeProto } from "../../onnx/proto.ts";
import { type AttributeSpec, constant, node, onnxGraph, onnxModel, type ValueSpec } from "../../onnx-builder.fixture.ts";
import { differentiateModel, type ModelSpec, tolerance } from "../finite-differences.fixture.ts";

const int = (value: number): { readonly int: number } => ({ int: value });
const scalar = (value: number): ReturnType<typeof constant> => constant([], [value], "int64");
const yes = { name: "", dims: [], dataType: 9, rawData: Uint8Array.of(1) };
const double = 11;

async function holds(spec: ModelSpec): Promise<void> {
  const difference = await differentiateModel({ type: "float32", ...spec });
  expect(Math.abs(difference.analytic - difference.numeric)).toBeLessThan(tolerance(difference, spec.type ?? "float32"));
  expect(difference.scale).toBeGreaterThan(0);
}

function listModel(nodes: readonly NodeProto[], type = "float32"): ModelProto {
  return onnxModel({
    inputs: { x: [type, [2, 4, 3]] },
    outputs: { y: undefined },
    constants: {
      zero: scalar(0),
      one: scalar(1),
      two: scalar(2),
      last: scalar(-1),
      sizes: constant([2], [1, 3], "int64"),
      steps: scalar(3),
      yes,
    },
    nodes,
  });
}

const split = (inputs: readonly string[], attributes: Readonly<Record<string, AttributeSpec>>): NodeProto =>
  node("SplitToSequence", inputs, ["list"], attributes);
const at = (place: string, to: string, list = "list"): NodeProto => node("SequenceAt", [list, place], [to]);

describe("lists of arrays are differentiated through", () => {
  const inputs = { x: [2, 4, 3] };
  test.each([
    ["cut into pieces of one", [split(["x"], { axis: int(1) }), at("last", "a"), at("one", "b"), node("Mul", ["a", "b"], ["y"])]],
    [
      "cut into slices without the axis",
      [split(["x"], { axis: int(-1), keepdims: int(0) }), at("zero", "a"), at("two", "b"), node("Mul", ["a", "b"], ["y"])],
    ],
    [
      "cut into pieces of two",
      [split(["x", "two"], { axis: int(1) }), at("zero", "a"), at("one", "b"), node("Mul", ["a", "b"], ["y"])],
    ],
    [
      "cut into pieces of sizes, joined again after a change",
      [
        split(["x", "sizes"], { axis: int(1) }),
        at("zero", "a"),
        at("one", "b"),
        node("Sin", ["b"], ["c"]),
        node("SequenceConstruct", ["c", "a", "a"], ["made"]),
        node("SequenceErase", ["made", "one"], ["fewer"]),
        node("SequenceInsert", ["fewer", "b", "zero"], ["more"]),
        node("ConcatFromSequence", ["more"], ["y"], { axis: int(1) }),
      ],
    ],
    [
      "stacked along a new axis",
      [
        node("Sin", ["x"], ["s"]),
        node("SequenceEmpty", [], ["none"]),
        node("SequenceInsert", ["none", "x"], ["single"]),
        node("SequenceInsert", ["single", "s"], ["both"]),
        node("ConcatFromSequence", ["both"], ["y"], { axis: int(-2), new_axis: int(1) }),
      ],
    ],
    [
      "cut and joined as they were",
      [split(["x"], { axis: int(1) }), node("ConcatFromSequence", ["list"], ["y"], { axis: int(1) })],
    ],
  ] as const)("%s", (_, nodes) => holds({ model: listModel(nodes), inputs }));

  /** Appends to the list that it carries. */
  const body = (): GraphProto => {
    const type: ValueSpec = ["float64"];
    const graph = onnxGraph(
      {
        inputs: { i: ["int64", []], go: ["bool", []], state: type },
        outputs: { go_on: ["bool", []], next: type },
        nodes: [
          node("Identity", ["go"], ["go_on"]),
          node("Sin", ["state"], ["next"]),
          node("Mul", ["next", "x"], ["kept"]),
          node("SequenceInsert", ["grown", "kept"], ["longer"]),
        ],
      },
      "body",
    );
    // A value that is a list of arrays of float64, as its type is written.
    const list = (name: string): GraphProto["inputs"][number] => ({
      name,
      type: { unknown: [Uint8Array.of(0x22, 6, 0x0a, 4, 0x0a, 2, 0x08, double)] },
    });
    return { ...graph, inputs: [...graph.inputs, list("grown")], outputs: [...graph.outputs, list("longer")] };
  };

  test.each([
    [0, 0],
    [1, 0],
    [2, 0],
    [-1, 0],
    [-3, 0],
    [0, 1],
    [1, 1],
    [3, 1],
    [-1, 1],
    [-2, 1],
  ])("that a Loop appends to, joined along axis %i (new: %i)", (axis, fresh) =>
    holds({
      inputs,
      type: "float64",
      model: listModel(
        [
          node("SequenceEmpty", [], ["none"], { dtype: int(double) }),
          node("SequenceInsert", ["none", "x"], ["begun"]),
          node("Loop", ["steps", "yes", "x", "begun"], ["end", "list"], { body: body() }),
          node("ConcatFromSequence", ["list"], ["y"], { axis: int(axis), new_axis: int(fresh) }),
        ],
        "float64",
      ),
    }),
  );
});

test("a list whose places are known only when the model runs is refused in a sentence", async () => {
  const model = listModel([
    split(["x", "two"], { axis: int(1) }),
    node("ReduceSum", ["x"], ["total"], { keepdims: int(0) }),
    node("Greater", ["total", "total"], ["above"]),
    node("Cast", ["above"], ["place"], { to: int(7) }),
    at("place", "y"),
  ]);
  await expect(differentiateModel({ model, inputs: { x: [2, 4, 3] }, type: "float32" })).rejects.toThrow("list of arrays");
});
