import { type GradientRules, type HostTensor, hostBackend, InvalidArgumentError, tensor, UnsupportedOpError } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { ModelProto } from "../onnx/proto.ts";
import { writeModel } from "../onnx/write-model.ts";
import { constant, convolutional, node, onnxGraph, onnxModel, perceptron, weights } from "../onnx-builder.fixture.ts";
import { OnnxModel } from "../onnx-model.ts";
import { runtimes } from "../runtimes.fixture.ts";
import { gradientModel } from "./gradient-model.ts";

const load = (model: ModelProto, options = {}): Promise<OnnxModel> =>
  OnnxModel.load(writeModel(model), { session: { intraOpNumThreads: 1 }, ...options });

function batch(shape: readonly number[], phase = 1): HostTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return hostBackend.fromData(weights(count, phase), shape, "float32");
}

async function numbers(value: unknown): Promise<number[]> {
  const { data } = await hostBackend.read(value as HostTensor); // the model's tensors are the host backend's
  return Array.from(data, Number);
}

const sum = (list: readonly number[]): number => list.reduce((total, x) => total + x, 0);

describe("the gradient of a row's number", () => {
  const paths = (rows: number): number[][] => Array.from({ length: rows }, (_, row) => [row % 3]);

  test.prop([fc.integer({ min: 1, max: 5 })], { numRuns: 5 })("does not depend on the rows beside it", async (rows) => {
    await using model = await load(perceptron());
    const x = batch([rows, 4]);
    const together = await model.gradient({ feeds: { x }, objective: { value: "logits", index: paths(rows) }, wrt: ["x"] });
    const all = await numbers(together.gradients["x"]);
    for (let row = 0; row < rows; row++) {
      const one = hostBackend.fromData(x.data.slice(4 * row, 4 * row + 4), [1, 4], "float32");
      const alone = await model.gradient({ feeds: { x: one }, objective: { value: "logits", index: [[row % 3]] }, wrt: ["x"] });
      const expected = await numbers(alone.gradients["x"]);
      expected.forEach((value, i) => {
        expect(all[4 * row + i]).toBeCloseTo(value, 6);
      });
    }
  });

  test("is the same whether rows share a run, are run one by one or have no axis", async () => {
    const x = batch([3, 4]);
    const results: number[][] = [];
    for (const [file, options] of [
      [perceptron(), {}],
      [perceptron(), { batch: "one-by-one" }],
      [perceptron(1), {}],
      [perceptron(2), {}],
    ] as const) {
      await using model = await load(file, options);
      const { gradients } = await model.gradient({
        feeds: { x },
        objective: { value: "logits", index: paths(3) },
        wrt: ["x", "h2"],
      });
      expect(gradients["x"]!.shape).toEqual([3, 4]);
      expect(gradients["h2"]!.shape).toEqual([3, 5]);
      results.push([...(await numbers(gradients["x"])), ...(await numbers(gradients["h2"]))]);
    }
    for (const other of results.slice(1))
      other.forEach((value, i) => {
        expect(value).toBeCloseTo(results[0]![i]!, 6);
      });
  });

  test("comes with forward values of the same pass, and at values that are fed in the middle", async () => {
    await using model = await load(perceptron());
    const x = batch([2, 4]);
    const objective = { value: "logits", index: [[0], [2]] };
    const whole = await model.gradient({ feeds: { x }, objective, wrt: ["h1", "x"], fetches: ["h1", "logits", "x"] });
    const { h1, logits } = await model.run({ feeds: { x }, fetches: ["h1", "logits"] });
    expect(await numbers(whole.values["logits"])).toEqual(await numbers(logits));
    expect(whole.values["x"]).toBe(x);
    const half = await model.gradient({ feeds: { h1: h1! }, objective, wrt: ["h1"] });
    const [expected, got] = [await numbers(whole.gradients["h1"]), await numbers(half.gradients["h1"])];
    expected.forEach((value, i) => {
      expect(got[i]).toBeCloseTo(value, 6);
    });
  });

  test("is zero for what does not reach it", async () => {
    await using model = await load(perceptron());
    const { gradients } = await model.gradient({
      feeds: { x: batch([2, 4]) },
      objective: { value: "h1", index: [[0], [1]] },
      wrt: ["logits"],
    });
    expect(await numbers(gradients["logits"])).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe("what cannot be differentiated", () => {
  test.each([
    ["a path outside the value", { value: "logits", index: [[3]] }, "objective.index[0] [3] is outside axis 1"],
    ["too short a path", { value: "logits", index: [[]] }, "has 0 indices"],
    ["a negative index", { value: "logits", index: [[-1]] }, "indices are whole numbers"],
    ["too many paths", { value: "logits", index: [[0], [1]] }, "has 2 entries for 1 rows"],
    ["an unknown value", { value: "nothing", index: [[0]] }, 'has no value "nothing"'],
    ["a cotangent of another shape", { value: "logits", cotangent: tensor([[1, 2]]) }, "objective.cotangent has shape [1, 2]"],
  ])("is told in a sentence: %s", async (_, objective, sentence) => {
    await using model = await load(perceptron());
    const asked = model.gradient({ feeds: { x: batch([1, 4]) }, objective, wrt: ["x"] });
    await expect(asked).rejects.toThrow(InvalidArgumentError);
    await expect(model.gradient({ feeds: { x: batch([1, 4]) }, objective, wrt: ["x"] })).rejects.toThrow(sentence);
  });

  test("names the operator, its node and the nearest value that has a gradient", async () => {
    const plain = onnxModel({
      inputs: { x: ["float32", ["n", 3]] },
      outputs: { y: ["float32", ["n", 3]] },
      nodes: [
        node("Tanh", ["x"], ["before"]),
        node("CDist", ["before", "point"], ["after"], { metric: "euclidean" }, "com.microsoft"),
        node("Mul", ["after", "before"], ["y"]),
      ],
      constants: { point: constant([1, 3], [1, 3, 1]) },
    });
    const model = { ...plain, opsetImports: [...plain.opsetImports, { domain: "com.microsoft", version: 1 }] };
    await using loaded = await load(model);
    const ask = (wrt: string): Promise<unknown> =>
      loaded.gradient({ feeds: { x: batch([2, 3]) }, objective: { value: "y", index: [[0], [1]] }, wrt: [wrt] });
    await expect(ask("x")).rejects.toThrow(UnsupportedOpError);
    await expect(ask("x")).rejects.toThrow('cannot pass node "CDist_after" (com.microsoft.CDist)');
    await expect(ask("x")).rejects.toThrow('the nearest value that has a gradient is "after"');
    await expect(ask("after")).resolves.toBeDefined();
  });
});

/** A pooled convolution, a normalised and gated layer, and a softmax, without a bias. */
function curved(): ModelProto {
  return onnxModel({
    inputs: { x: ["float32", ["n", 1, 4, 4]] },
    outputs: { y: ["float32", ["n", 3]] },
    constants: {
      kernel: constant([2, 1, 2, 2], weights(8)),
      w: constant([8, 3], weights(24, 4)),
      scale: constant([3], [1, 0.5, 2]),
      flat: constant([2], [0, -1], "int64"),
    },
    nodes: [
      node("Conv", ["x", "kernel"], ["conv"], { pads: [0, 0, 1, 1] }),
      node("MaxPool", ["conv"], ["pool"], { kernel_shape: [2, 2], strides: [2, 2] }),
      node("Relu", ["pool"], ["relu"]),
      node("Reshape", ["relu", "flat"], ["row"]),
      node("MatMul", ["row", "w"], ["hidden"]),
      node("LayerNormalization", ["hidden", "scale"], ["normal"]),
      node("Sigmoid", ["normal"], ["gate"]),
      node("Mul", ["gate", "hidden"], ["gated"]),
      node("Softmax", ["gated"], ["y"]),
    ],
  });
}

test.prop([fc.integer({ min: 1, max: 99 }), fc.integer({ min: 100, max: 199 })], { numRuns: 5 })(
  "DeepLIFT is complete through pooled maxima, products, normalisation and softmax",
  async (one, other) => {
    await using model = await load(curved());
    const [x, reference] = [batch([2, 1, 4, 4], one), batch([2, 1, 4, 4], other)];
    const rules: GradientRules = { kind: "deepLift", reference: { x: reference } };
    const objective = { value: "y", index: [[0], [2]] };
    const { gradients } = await model.gradient({ feeds: { x }, objective, wrt: ["x"], rules });
    const [ys, references] = [
      await numbers((await model.run({ feeds: { x }, fetches: ["y"] }))["y"]),
      await numbers((await model.run({ feeds: { x: reference }, fetches: ["y"] }))["y"]),
    ];
    const multipliers = await numbers(gradients["x"]);
    for (const row of [0, 1]) {
      const at = 3 * row + 2 * row;
      const contributions = multipliers
        .slice(16 * row, 16 * row + 16)
        .map((m, i) => m * (Number(x.data[16 * row + i]) - Number(reference.data[16 * row + i])));
      expect(sum(contributions)).toBeCloseTo(ys[at]! - references[at]!, 4);
    }
  },
);

test("relevance without biases sums up to the explained number, and starts as it", async () => {
  const file = onnxModel({
    inputs: { x: ["float32", ["n", 4]] },
    outputs: { y: ["float32", ["n", 2]] },
    constants: { a: constant([4, 6], weights(24)), b: constant([6, 2], weights(12, 3)) },
    nodes: [node("MatMul", ["x", "a"], ["h"]), node("Softplus", ["h"], ["r"]), node("MatMul", ["r", "b"], ["y"])],
  });
  await using model = await load(file);
  const feeds = { x: batch([3, 4]) };
  const objective = { value: "y", index: [[0], [1], [0]] };
  const rules: readonly GradientRules[] = [
    { kind: "lrp", linear: { rule: "epsilon" } },
    { kind: "lrp", linear: { rule: "gamma", gamma: 0.3 } },
    { kind: "lrp", linear: { rule: "alphaBeta", alpha: 1, beta: 0 } },
    { kind: "lrp", linear: { rule: "epsilon" }, layers: { h: { rule: "wSquare" } } },
    { kind: "lrp", linear: { rule: "epsilon" }, layers: { h: { rule: "flat" } } },
    { kind: "lrp", linear: { rule: "epsilon" }, layers: { h: { rule: "zBox", low: -1, high: 1 } } },
  ];
  for (const rule of rules) {
    const { gradients, values } = await model.gradient({ feeds, objective, wrt: ["x", "y"], fetches: ["y"], rules: rule });
    const [x, y, start] = [await numbers(gradients["x"]), await numbers(values["y"]), await numbers(gradients["y"])];
    [y[0]!, y[3]!, y[4]!].forEach((explained, row) => {
      expect(sum(start.slice(2 * row, 2 * row + 2))).toBeCloseTo(explained, 6);
      expect(sum(x.slice(4 * row, 4 * row + 4))).toBeCloseTo(explained, 4);
    });
  }
});

test("guided backpropagation passes what is positive both ways, deconvolution what comes back positive", async () => {
  const file = onnxModel({
    inputs: { x: ["float32", ["n", 4]] },
    outputs: { y: ["float32", ["n", 4]] },
    nodes: [node("Relu", ["x"], ["y"])],
  });
  await using model = await load(file);
  const request = {
    feeds: { x: tensor([[-1, -1, 1, 1]], "float32") },
    objective: { value: "y", cotangent: tensor([[-2, 2, -2, 2]], "float32") },
    wrt: ["x"],
  };
  const by = async (rules?: GradientRules): Promise<number[]> =>
    numbers((await model.gradient({ ...request, rules })).gradients["x"]);
  expect(await by()).toEqual([0, 0, -2, 2]);
  expect(await by({ kind: "guided" })).toEqual([0, 0, 0, 2]);
  expect(await by({ kind: "deconvolution" })).toEqual([0, 2, 0, 2]);
});

describe.each(runtimes)("$name", ({ runtime }) => {
  test("differentiates a network of convolution, pooling and linear layers as central differences do", async () => {
    await using model = await load(convolutional(), { runtime });
    const image = batch([2, 2, 6, 6]);
    const cotangent = batch([2, 4], 7);
    const direction = weights(144, 11);
    const { gradients } = await model.gradient({ feeds: { image }, objective: { value: "scores", cotangent }, wrt: ["image"] });
    const gradient = await numbers(gradients["image"]);
    const at = async (step: number): Promise<number> => {
      const moved = hostBackend.fromData(
        Float32Array.from(direction, (v, i) => Number(image.data[i]) + step * v),
        image.shape,
        "float32",
      );
      const scores = await numbers((await model.run({ feeds: { image: moved }, fetches: ["scores"] }))["scores"]);
      return sum(scores.map((score, i) => score * Number(cotangent.data[i])));
    };
    const numeric = ((await at(1e-3)) - (await at(-1e-3))) / 2e-3;
    expect(sum(gradient.map((g, i) => g * direction[i]!))).toBeCloseTo(numeric, 2);
  });
});

test.each([
  ["one branch", [1, 2, 3]],
  ["the other branch", [-1, -2, -3]],
])("an If passes the gradient through the branch that ran: %s", async (_, row) => {
  const branch = (name: string, op: string): ReturnType<typeof onnxGraph> =>
    onnxGraph(
      {
        inputs: {},
        outputs: { [`${name}_out`]: undefined },
        constants: { three: constant([], [3]) },
        nodes: [node("Mul", ["three", "doubled"], ["inside"]), node(op, ["inside", "doubled"], [`${name}_out`])],
      },
      name,
    );
  const file = onnxModel({
    inputs: { x: ["float32", ["n", 3]] },
    outputs: { y: ["float32", ["n", 3]] },
    constants: { two: constant([], [2]), zero: constant([], [0]) },
    nodes: [
      node("Mul", ["x", "two"], ["doubled"]),
      node("ReduceSum", ["x"], ["total"], { keepdims: { int: 0 } }),
      node("Greater", ["total", "zero"], ["positive"]),
      node("If", ["positive"], ["chosen"], { then_branch: branch("then", "Mul"), else_branch: branch("else", "Sub") }),
      node("Add", ["chosen", "x"], ["y"]),
    ],
  });
  await using model = await load(file);
  const { gradients } = await model.gradient({
    feeds: { x: tensor([row], "float32") },
    objective: { value: "y", cotangent: tensor([[1, 1, 1]], "float32") },
    wrt: ["x"],
  });
  // 12x² + x, or 4x + x.
  expect(await numbers(gradients["x"])).toEqual(row.map((x) => (row[0]! > 0 ? 24 * x + 1 : 5)));
});

test("operators that the file defines itself pass the gradient, with the settings of each use", async () => {
  const file: ModelProto = {
    ...onnxModel({
      inputs: { x: ["float32", ["n", 3]] },
      outputs: { y: ["float32", ["n", 3]] },
      nodes: [node("Bend", ["x"], ["inner"], { alpha: 0.5 }, "own"), node("Bend", ["inner"], ["y"], { alpha: 2 }, "own")],
    }),
    functions: [
      {
        name: "Bend",
        domain: "own",
        inputs: ["value"],
        outputs: ["result"],
        attributes: ["alpha"],
        attributeProtos: [],
        opsetImports: [{ domain: "", version: 17 }],
        nodes: [
          {
            ...node("LeakyRelu", ["value"], ["bent"]),
            attributes: [{ name: "alpha", type: 1, refAttrName: "alpha" }],
          },
          node("Mul", ["bent", "value"], ["result"]),
        ],
      },
    ],
  };
  const model = await load({ ...file, opsetImports: [...file.opsetImports, { domain: "own", version: 1 }] });
  const { gradients } = await model.gradient({
    feeds: { x: tensor([[2, -1, 0.5]], "float32") },
    objective: { value: "y", cotangent: tensor([[1, 1, 1]], "float32") },
    wrt: ["x"],
  });
  // x⁴ above 0; below it ½·x², and the square of that: x⁴/4.
  expect(await numbers(gradients["x"])).toEqual([32, -1, 0.5]);
  await model.dispose();
});

test("half precision is differentiated in half precision, and handed over as float32", async () => {
  const file = onnxModel({
    inputs: { x: ["float16", ["n", 4]] },
    outputs: { y: ["float16", ["n", 3]] },
    constants: { w: constant([4, 3], weights(12)), picks: constant([4], [3, 1, 1, 0], "int64") },
    nodes: [
      node("Cast", ["w"], ["half"], { to: { int: 10 } }),
      node("Gather", ["x", "picks"], ["picked"], { axis: { int: 1 } }),
      node("MatMul", ["picked", "half"], ["hidden"]),
      node("Tanh", ["hidden"], ["bent"]),
      node("Softmax", ["bent"], ["y"]),
    ],
  });
  await using model = await load(file);
  const x = batch([2, 4]);
  const { gradients } = await model.gradient({
    feeds: { x },
    objective: { value: "y", index: [[0], [2]] },
    wrt: ["x", "hidden"],
  });
  expect(gradients["x"]!.dtype).toBe("float32");
  const gradient = await numbers(gradients["x"]);
  expect(gradient).toHaveLength(8);
  // Column 2 is never picked.
  expect([gradient[2], gradient[6]]).toEqual([0, 0]);
  const direction = weights(8, 5);
  const at = async (step: number): Promise<number> => {
    const moved = hostBackend.fromData(
      Float32Array.from(direction, (v, i) => Number(x.data[i]) + step * v),
      [2, 4],
      "float32",
    );
    const y = await numbers((await model.run({ feeds: { x: moved }, fetches: ["y"] }))["y"]);
    return y[0]! + y[5]!;
  };
  const numeric = ((await at(0.1)) - (await at(-0.1))) / 0.2;
  expect(sum(gradient.map((g, i) => g * direction[i]!))).toBeCloseTo(numeric, 1);
});

test("the gradient model is a file of its own: cotangent in, value and gradients out", async () => {
  const file = gradientModel(convolutional(), { of: "scores", wrt: ["image", "relu"] });
  expect(file.graph.inputs.map(({ name }) => name)).toEqual(["image", "scores_cotangent"]);
  expect(file.graph.outputs.map(({ name }) => name)).toEqual(["scores", "image_gradient", "relu_gradient"]);
  expect(file.graph.nodes.every(({ domain }) => domain === "")).toBe(true);
  await using model = await load(file);
  await using original = await load(convolutional());
  const [image, cotangent] = [batch([2, 2, 6, 6]), batch([2, 4], 7)];
  const results = await model.run({
    feeds: { image, scores_cotangent: cotangent },
    fetches: ["scores", "image_gradient", "relu_gradient"],
  });
  const expected = await original.gradient({
    feeds: { image },
    objective: { value: "scores", cotangent },
    wrt: ["image", "relu"],
    fetches: ["scores"],
  });
  for (const [name, value] of [
    ["scores", expected.values["scores"]],
    ["image_gradient", expected.gradients["image"]],
    ["relu_gradient", expected.gradients["relu"]],
  ] as const) {
    const [got, wanted] = [await numbers(results[name]), await numbers(value)];
    expect(got).toHaveLength(wanted.length);
    wanted.forEach((number, i) => {
      expect(got[i]).toBeCloseTo(number, 5);
    });
  }
});

test("the gradient model names what it cannot differentiate", () => {
  expect(() => gradientModel(convolutional(), { of: "scores", wrt: ["picture"] })).toThrow('the model has no value "picture"');
  expect(() => gradientModel(convolutional(), { of: "scores", wrt: ["kernel"] })).toThrow('the model has no value "kernel"');
});
