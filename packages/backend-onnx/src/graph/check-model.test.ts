import { InvalidArgumentError } from "@attr/core";
import { describe, expect, test } from "vitest";
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  SparseTensorProto,
  TensorProto,
} from "../onnx/proto.ts";
import { branching, constant, convolutional, node, onnxGraph, onnxModel, perceptron } from "../onnx-builder.fixture.ts";
import { checkModel } from "./check-model.ts";

function check(model: ModelProto): void {
  checkModel(model, () => undefined);
}

function withGraph(change: Partial<GraphProto>, model: ModelProto = perceptron()): ModelProto {
  return { ...model, graph: { ...model.graph, ...change } };
}

function withTensor(change: Partial<TensorProto>): ModelProto {
  const [first, ...rest] = perceptron().graph.initializers;
  return withGraph({ initializers: [{ ...first!, ...change }, ...rest] });
}

function withNode(each: NodeProto): ModelProto {
  return withGraph({ nodes: [...perceptron().graph.nodes, each] });
}

const { nodes } = perceptron().graph;

function definition(name: string, body: readonly NodeProto[], outputs = ["y"]): FunctionProto {
  return { name, domain: "own", inputs: ["x"], outputs, attributes: [], attributeProtos: [], nodes: body, opsetImports: [] };
}

function calling(functions: readonly FunctionProto[]): ModelProto {
  const call = node("f0", ["x"], ["y"], {}, "own");
  return { ...onnxModel({ inputs: { x: ["float32"] }, outputs: { y: undefined }, nodes: [call] }), functions };
}

describe("checking a model", () => {
  test.each([
    ["a perceptron", perceptron()],
    ["a convolutional network", convolutional()],
    ["branches", branching()],
    ["nodes in any order", withGraph({ nodes: [...nodes].reverse() })],
    [
      "a free dimension written as -1",
      withGraph({
        inputs: [{ name: "x", type: { tensorType: { elemType: 1, shape: { dims: [{ value: -1 }, { value: 4 }] } } } }],
      }),
    ],
    ["a constant without elements", withTensor({ dims: [0, 5], rawData: undefined })],
    ["a function", calling([definition("f0", [node("Neg", ["x"], ["y"])])])],
  ])("%s is let through", (_, model) => {
    expect(() => check(model)).not.toThrow();
  });

  test.each<readonly [string, ModelProto, string]>([
    [
      "a value made twice",
      withNode(node("Neg", ["x"], ["h1"])),
      'makes the value "h1" twice: node "MatMul_h1" (MatMul) and node "Neg_h1" (Neg)',
    ],
    [
      "a value that is an input as well",
      withNode(node("Neg", ["h1"], ["x"])),
      'makes the value "x" twice: an input or initializer',
    ],
    [
      "a value that nothing makes",
      withNode(node("Neg", ["nowhere"], ["z"])),
      'reads the value "nowhere", which nothing in the ONNX file makes',
    ],
    ["a missing initializer", withGraph({ initializers: perceptron().graph.initializers.slice(1) }), 'reads the value "w1"'],
    ["an output that nothing makes", withGraph({ outputs: [{ name: "nowhere" }] }), 'gives "nowhere", which nothing makes'],
    [
      "two initializers of one name",
      withGraph({ initializers: [...perceptron().graph.initializers, perceptron().graph.initializers[0]!] }),
      'two initializers named "w1"',
    ],
    [
      "two inputs of one name",
      withGraph({ inputs: [...perceptron().graph.inputs, ...perceptron().graph.inputs] }),
      'lists the input "x" twice',
    ],
    ["an input without a name", withGraph({ inputs: [...perceptron().graph.inputs, { name: "" }] }), "an input without a name"],
    [
      "a cycle",
      withGraph({ nodes: [node("Add", ["x", "b"], ["a"]), node("Neg", ["a"], ["b"]), node("Neg", ["b"], ["logits"])] }),
      "has a cycle",
    ],
    ["a node that reads itself", withNode(node("Neg", ["self"], ["self"])), "has a cycle"],
    [
      "a cycle inside a branch",
      onnxModel({
        inputs: { which: ["bool", []] },
        outputs: { y: undefined },
        nodes: [
          node("If", ["which"], ["y"], {
            then_branch: onnxGraph({ inputs: {}, outputs: { out: undefined }, nodes: [node("Neg", ["out"], ["out"])] }),
          }),
        ],
      }),
      "has a cycle",
    ],
    [
      "a scale below zero",
      onnxModel({
        inputs: { x: ["float32", ["n", 1, 4, 4]] },
        outputs: { y: undefined },
        constants: { scales: constant([4], [1, 1, -0.5, 2]) },
        nodes: [node("Resize", ["x", "", "scales"], ["y"])],
      }),
      'node "Resize_y" (Resize) resizes with the scales [1, 1, -0.5, 2]',
    ],
    ["a negative dimension", withTensor({ dims: [-4, 5] }), "has the dimensions [-4, 5]"],
    ["dimensions that overflow", withTensor({ dims: [2 ** 40, 2 ** 40] }), "has the dimensions"],
    [
      "dimensions that overflow before a zero",
      withTensor({ dims: [2 ** 52, 2 ** 52, 0], rawData: undefined }),
      "has the dimensions",
    ],
    ["too few elements", withTensor({ rawData: new Uint8Array(79) }), "[4, 5] of float32 takes 80 bytes, but has 79"],
    ["too many elements", withTensor({ rawData: new Uint8Array(84) }), "takes 80 bytes, but has 84"],
    ["no elements", withTensor({ rawData: undefined }), "takes 20 elements, but has 0"],
    [
      "elements in another list",
      withTensor({ rawData: undefined, int64Data: new BigInt64Array(20) }),
      "takes 20 elements, but has 0",
    ],
    ["an element type that does not exist", withTensor({ dataType: 99 }), "element type 99"],
    ["texts as bytes", withTensor({ dataType: 8 }), "takes 0 bytes"],
    ["a place that does not exist", withTensor({ dataLocation: 7 }), "data location 7"],
    [
      "an input of absurd size",
      withGraph({ inputs: [{ name: "x", type: { tensorType: { elemType: 1, shape: { dims: [{ value: 2 ** 50 }] } } } }] }),
      '"x" has the shape [1125899906842624]',
    ],
    [
      "an input of a hundred axes",
      withGraph({
        inputs: [{ name: "x", type: { tensorType: { elemType: 1, shape: { dims: new Array(100).fill({ value: 1 }) } } } }],
      }),
      '"x" has the shape',
    ],
    ["a node without an operator", withNode(node("", ["x"], ["z"])), "has no operator"],
    [
      "an attribute given twice",
      withNode({
        ...node("Neg", ["x"], ["z"]),
        attributes: [
          { name: "a", type: 2, i: 1n },
          { name: "a", type: 2, i: 2n },
        ],
      }),
      'the attribute "a" twice',
    ],
    [
      "a stride of 0",
      withNode(node("MaxPool", ["x"], ["z"], { kernel_shape: [2, 2], strides: [0, 1] })),
      "attribute strides = 0",
    ],
    ["a group of 0", withNode(node("ConvTranspose", ["x", "w1"], ["z"], { group: { int: 0 } })), "attribute group = 0"],
    ["an absurd block", withNode(node("DepthToSpace", ["x"], ["z"], { blocksize: { int: 2 ** 52 } })), "attribute blocksize"],
    ["an absurd pad", withNode(node("Conv", ["x", "w1"], ["z"], { pads: [2 ** 40, 0] })), "attribute pads"],
    ["a left out input that is no option", withNode(node("Max", ["x", "", "h1"], ["z"])), "leaves out an input"],
  ])("%s is refused", (_, model, sentence) => {
    expect(() => check(model)).toThrow(InvalidArgumentError);
    expect(() => check(model)).toThrow(sentence);
  });

  test.each([
    ["ConstantOfShape", 0, [2 ** 20, 2 ** 20]],
    ["Expand", 1, [1, 2 ** 40]],
    ["Tile", 1, [2 ** 31, 1]],
    ["Pad", 1, [0, 0, 2 ** 30, 0]],
  ])("%s to an absurd constant size is refused", (op, input, sizes) => {
    const inputs = input === 0 ? ["sizes"] : ["x", "sizes"];
    const model = onnxModel({
      inputs: { x: ["float32", ["n", 1]] },
      outputs: { y: undefined },
      nodes: [node(op, inputs, ["y"])],
      constants: { sizes: constant([sizes.length], sizes, "int64") },
    });
    expect(() => check(model)).toThrow("is to make a value of the size");
    const byNode = {
      ...model,
      graph: {
        ...model.graph,
        initializers: [],
        nodes: [node("Constant", [], ["sizes"], { value: constant([sizes.length], sizes, "int64") }), ...model.graph.nodes],
      },
    };
    expect(() => check(byNode)).toThrow("is to make a value of the size");
  });

  test("a sparse constant with an index outside it is refused", () => {
    const sparse = (index: number): SparseTensorProto => ({
      values: { ...constant([1], [5]), name: "sparse" },
      indices: constant([1], [index], "int64"),
      dims: [2, 3],
    });
    const model = (index: number): ModelProto => withGraph({ sparseInitializers: [sparse(index)] });
    expect(() => check(model(5))).not.toThrow();
    for (const index of [6, -1]) expect(() => check(model(index))).toThrow(`has the index ${index} at an axis of 6`);
    const attribute: AttributeProto = { name: "sparse_value", type: 11, sparseTensor: sparse(6) };
    expect(() => check(withNode({ ...node("Constant", [], ["z"]), attributes: [attribute] }))).toThrow("has the index 6");
  });

  const endless = (turns: string, condition: string, body: readonly NodeProto[]): ModelProto =>
    onnxModel({
      inputs: { x: ["float32", ["n", 1]] },
      outputs: { y: undefined },
      constants: { turns: constant([], [2 ** 40], "int64"), yes: { name: "", dims: [], dataType: 9, rawData: Uint8Array.of(1) } },
      nodes: [
        node("Loop", [turns, condition, "x"], ["y"], {
          body: onnxGraph({
            inputs: { i: ["int64", []], go: ["bool", []], state: ["float32"] },
            outputs: { on: undefined, next: undefined },
            nodes: [...body, node("Neg", ["state"], ["next"])],
          }),
        }),
      ],
    });

  test("loops that nothing ends are refused, those with a condition of their own are not", () => {
    for (const [turns, condition] of [
      ["turns", "yes"],
      ["turns", ""],
      ["", "yes"],
      ["", ""],
    ] as const)
      expect(() => check(endless(turns, condition, [node("Identity", ["go"], ["on"])]))).toThrow("has no end");
    const ends = [node("ReduceMax", ["state"], ["top"], { keepdims: { int: 0 } }), node("Less", ["top", "top"], ["on"])];
    expect(() => check(endless("turns", "yes", ends))).not.toThrow();
  });

  test("a Scan that takes more inputs apart than it has is refused", () => {
    const body = onnxGraph({
      inputs: { each: ["float32"] },
      outputs: { out: undefined },
      nodes: [node("Neg", ["each"], ["out"])],
    });
    const scan = (count: number): ModelProto => withNode(node("Scan", ["x"], ["z"], { body, num_scan_inputs: { int: count } }));
    expect(() => check(scan(1))).not.toThrow();
    for (const count of [0, 2, 2 ** 31]) expect(() => check(scan(count))).toThrow(`takes ${count} of 1 inputs apart`);
  });

  test("a value of millions of axes is refused", () => {
    const model = onnxModel({
      inputs: { sizes: ["int64", [2 ** 24]] },
      outputs: { y: undefined },
      nodes: [node("ConstantOfShape", ["sizes"], ["y"])],
    });
    expect(() => check(model)).toThrow("of 16777216 axes");
  });

  test("functions that lead to themselves are refused", () => {
    expect(() => check(calling([definition("f0", [node("f0", ["x"], ["y"], {}, "own")])]))).toThrow(
      'the function "f0" leads to itself',
    );
    const round = [
      definition("f0", [node("f1", ["x"], ["y"], {}, "own")]),
      definition("f1", [node("f0", ["x"], ["y"], {}, "own")]),
    ];
    expect(() => check(calling(round))).toThrow("leads to itself");
  });

  test("functions that double forty times are refused", () => {
    const doubling = Array.from({ length: 40 }, (_, i) =>
      definition(`f${i}`, [node(`f${i + 1}`, ["x"], ["a"], {}, "own"), node(`f${i + 1}`, ["a"], ["y"], {}, "own")]),
    );
    expect(() => check(calling([...doubling, definition("f40", [node("Neg", ["x"], ["y"])])]))).toThrow(
      "stand for more than 10000000 nodes",
    );
  });

  test("a function that gives what nothing makes, or is there twice, is refused", () => {
    expect(() => check(calling([definition("f0", [node("Neg", ["x"], ["z"])])]))).toThrow('gives "y", which nothing makes');
    const twice = definition("f0", [node("Neg", ["x"], ["y"])]);
    expect(() => check(calling([twice, twice]))).toThrow("twice");
  });

  test("a chain of a hundred thousand nodes is checked without running out of stack", () => {
    const chain = Array.from({ length: 100_000 }, (_, i) => node("Neg", [i === 0 ? "x" : `v${i}`], [`v${i + 1}`]));
    const model = onnxModel({ inputs: { x: ["float32"] }, outputs: { v100000: undefined }, nodes: [...chain].reverse() });
    expect(() => check(model)).not.toThrow();
  });
});
