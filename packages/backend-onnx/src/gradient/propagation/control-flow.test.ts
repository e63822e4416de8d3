import { hostBackend, seededRandom, UnsupportedOpError } from "@attr/core";
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { GraphProto, ModelProto, NodeProto } from "../../onnx/proto.ts";
import { writeModel } from "../../onnx/write-model.ts";
import { constant, node, onnxGraph, onnxModel, type ValueSpec, weights } from "../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../onnx-model.ts";

const int = (value: number): { readonly int: number } => ({ int: value });
const yes = { name: "", dims: [], dataType: 9, rawData: Uint8Array.of(1) };
const open: ValueSpec = ["float32"];

/** `x` `[2, 3]` through a layer, then `middle` from `h` to `g`, then on to `y` `[2, 3]`. */
function around(middle: readonly NodeProto[]): ModelProto {
  return onnxModel({
    inputs: { x: ["float32", [2, 3]] },
    outputs: { y: undefined },
    constants: {
      w: constant([3, 3], weights(9, 4)),
      yes,
      three: constant([], [3], "int64"),
      low: constant([], [-100]),
    },
    nodes: [
      node("MatMul", ["x", "w"], ["mixed"]),
      node("Tanh", ["mixed"], ["h"]),
      ...middle,
      node("Mul", ["g", "h"], ["gated"]),
      node("Sigmoid", ["gated"], ["y"]),
    ],
  });
}

const curve = (from: string, to: string): readonly NodeProto[] => [
  node("MatMul", [from, "w"], [`${to}_product`]),
  node("Sigmoid", [`${to}_product`], [`${to}_bent`]),
  node("Mul", [`${to}_bent`, "h"], [to]),
];

const branch = (name: string, nodes: readonly NodeProto[]): GraphProto =>
  onnxGraph({ inputs: {}, outputs: { [name]: undefined }, nodes }, name);
const choice = (condition: string): NodeProto =>
  node("If", [condition], ["g"], {
    then_branch: branch("then", curve("h", "then")),
    else_branch: branch("otherwise", [node("Neg", ["h"], ["otherwise"])]),
  });

const body = onnxGraph(
  {
    inputs: { i: ["int64", []], go: ["bool", []], state: open },
    outputs: { go_on: ["bool", []], next: open },
    nodes: [node("Identity", ["go"], ["go_on"]), ...curve("state", "next")],
  },
  "body",
);

const steps = onnxGraph(
  {
    inputs: { state: ["float32", [3]], row: ["float32", [3]] },
    outputs: { next: undefined, out: undefined },
    nodes: [
      node("MatMul", ["state", "w"], ["product"]),
      node("Tanh", ["product"], ["bent"]),
      node("Mul", ["bent", "row"], ["next"]),
      node("Exp", ["next"], ["out"]),
    ],
  },
  "steps",
);

const middles: Readonly<Record<string, readonly NodeProto[]>> = {
  "an If on a constant": [choice("yes")],
  "an If whose condition depends on the input": [
    node("ReduceSum", ["x"], ["total"], { keepdims: int(0) }),
    node("Greater", ["total", "low"], ["above"]),
    choice("above"),
  ],
  "a Loop": [node("Loop", ["three", "yes", "h"], ["g"], { body })],
  "a Scan": [
    node("ReduceMean", ["h"], ["start"], { axes: [0], keepdims: int(0) }),
    node("Scan", ["start", "h"], ["last", "g"], { body: steps, num_scan_inputs: int(1) }),
  ],
};

describe("DeepLIFT is complete through", () => {
  const seeds = fc.integer({ min: 1, max: 10_000 });
  property.each(Object.keys(middles))("%s", (name) =>
    fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const random = seededRandom(seed);
        const draw = (): Float32Array => Float32Array.from({ length: 6 }, () => 2 * random.next() - 1);
        const [x, reference] = [draw(), draw()];
        await using model = await OnnxModel.load(writeModel(around(middles[name]!)), { batch: "none" });
        const row = (data: Float32Array) => ({ x: hostBackend.fromData(data, [1, 2, 3], "float32") });
        const cotangent = hostBackend.fromData(Float32Array.from([1, -2, 3, 0.5, 1, -1]), [1, 2, 3], "float32");
        const { gradients } = await model.gradient({
          feeds: row(x),
          objective: { value: "y", cotangent },
          wrt: ["x"],
          rules: { kind: "deepLift", reference: row(reference) },
        });
        const weighed = async (data: Float32Array): Promise<number> => {
          const { y } = await model.run({ feeds: row(data), fetches: ["y"] });
          return dot((await hostBackend.read(y!)).data, (await hostBackend.read(cotangent)).data);
        };
        const multipliers = (await hostBackend.read(gradients["x"]!)).data;
        const change = x.map((value, i) => value - reference[i]!);
        expect(dot(multipliers, change)).toBeCloseTo((await weighed(x)) - (await weighed(reference)), 4);
      }),
      { numRuns: 5 },
    ),
  );
});

test("DeepLIFT explains the branch that the input takes where the reference takes the other", async () => {
  const file = onnxModel({
    inputs: { x: ["float32", [2, 3]] },
    outputs: { g: undefined },
    constants: { w: constant([3, 3], weights(9, 4)), zero: constant([], [0]) },
    nodes: [
      node("Identity", ["x"], ["h"]),
      node("ReduceSum", ["x"], ["total"], { keepdims: int(0) }),
      node("Greater", ["total", "zero"], ["above"]),
      choice("above"),
    ],
  });
  await using model = await OnnxModel.load(writeModel(file), { batch: "none" });
  const row = (values: readonly number[]) => ({ x: hostBackend.fromData(Float32Array.from(values), [1, 2, 3], "float32") });
  const [x, reference] = [
    [0.3, 0.8, -0.2, 0.5, 0.1, 0.9],
    [-0.4, -0.1, 0.2, -0.6, -0.3, 0.1],
  ];
  const ones = hostBackend.fromData(new Float32Array(6).fill(1), [1, 2, 3], "float32");
  const { gradients } = await model.gradient({
    feeds: row(x!),
    objective: { value: "g", cotangent: ones },
    wrt: ["x"],
    rules: { kind: "deepLift", reference: row(reference!) },
  });
  // sigmoid(h · w) ∘ h, summed: the branch that is not taken negates.
  const matrix = weights(9, 4);
  const taken = (values: readonly number[]): number =>
    values.reduce((sum, value, i) => {
      const from = i - (i % 3);
      const product = [0, 1, 2].reduce((total, k) => total + values[from + k]! * matrix[3 * k + (i % 3)]!, 0);
      return sum + value / (1 + Math.exp(-product));
    }, 0);
  const multipliers = (await hostBackend.read(gradients["x"]!)).data;
  const change = x!.map((value, i) => value - reference![i]!);
  expect(dot(multipliers, change)).toBeCloseTo(taken(x!) - taken(reference!), 5);
});

test("DeepLIFT refuses a Loop that may do another number of steps over the reference", async () => {
  const counted = onnxGraph(
    {
      inputs: { i: ["int64", []], go: ["bool", []], state: open },
      outputs: { go_on: ["bool", []], next: open },
      nodes: [
        ...curve("state", "next"),
        node("ReduceSum", ["next"], ["sum"], { keepdims: int(0) }),
        node("Less", ["sum", "low"], ["go_on"]),
      ],
    },
    "body",
  );
  const file = around([node("Loop", ["three", "yes", "h"], ["g"], { body: counted })]);
  await using model = await OnnxModel.load(writeModel(file), { batch: "none" });
  const x = hostBackend.fromData(new Float32Array(6), [1, 2, 3], "float32");
  const asked = model.gradient({
    feeds: { x },
    objective: { value: "y", cotangent: x },
    wrt: ["x"],
    rules: { kind: "deepLift", reference: { x } },
  });
  await expect(asked).rejects.toThrow(UnsupportedOpError);
  await expect(asked).rejects.toThrow("another number of steps");
});

/** The body of a Loop, once for each of three steps. */
const unrolled: readonly NodeProto[] = ["h", "first", "second"].flatMap((state, i) => curve(state, ["first", "second", "g"][i]!));

/** The steps of a Scan over the two rows, written out. */
const scanned: readonly NodeProto[] = [
  node("ReduceMean", ["h"], ["start"], { axes: [0], keepdims: int(1) }),
  node("Split", ["h"], ["row0", "row1"], { axis: int(0) }),
  ...["start", "next0"].flatMap((state, i) => [
    node("MatMul", [state, "w"], [`product${i}`]),
    node("Tanh", [`product${i}`], [`bent${i}`]),
    node("Mul", [`bent${i}`, `row${i}`], [`next${i}`]),
    node("Exp", [`next${i}`], [`out${i}`]),
  ]),
  node("Concat", ["out0", "out1"], ["g"], { axis: int(0) }),
];

describe("relevance is that of the same operators written out", () => {
  const pairs: Readonly<Record<string, readonly [middle: readonly NodeProto[], plain: readonly NodeProto[]]>> = {
    "through an If on a constant": [middles["an If on a constant"]!, curve("h", "g")],
    "through an If whose condition depends on the input": [
      middles["an If whose condition depends on the input"]!,
      curve("h", "g"),
    ],
    "through a Loop": [middles["a Loop"]!, unrolled],
    "through a Scan": [middles["a Scan"]!, scanned],
  };
  test.each(Object.entries(pairs))("%s", async (_, [middle, plain]) => {
    const [got, expected] = [await relevanceOf(middle), await relevanceOf(plain)];
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.1);
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i]!, 4);
  });
});

test("relevance through the gates of a recurrent layer is refused", async () => {
  const layer = node("RNN", ["rows", "input", "recurrence"], ["", "last"], { hidden_size: int(2) });
  const file = onnxModel({
    inputs: { x: ["float32", [2, 3]] },
    outputs: { last: undefined },
    constants: {
      first: constant([1], [1], "int64"),
      input: constant([1, 2, 3], weights(6)),
      recurrence: constant([1, 2, 2], weights(4)),
    },
    nodes: [node("Unsqueeze", ["x", "first"], ["rows"]), layer],
  });
  await using model = await OnnxModel.load(writeModel(file), { batch: "none" });
  const asked = model.gradient({
    feeds: { x: hostBackend.fromData(new Float32Array(6), [1, 2, 3], "float32") },
    objective: { value: "last", cotangent: hostBackend.fromData(new Float32Array(2), [1, 1, 1, 2], "float32") },
    wrt: ["x"],
    rules: { kind: "lrp", linear: { rule: "epsilon" } },
  });
  await expect(asked).rejects.toThrow(UnsupportedOpError);
  await expect(asked).rejects.toThrow("no rule for the gates of recurrent layers");
});

/** Relevance of `x` for the results weighed by 1, −2, 3, 0.5, 1, −1. */
async function relevanceOf(middle: readonly NodeProto[]): Promise<readonly number[]> {
  await using model = await OnnxModel.load(writeModel(around(middle)), { batch: "none" });
  const tensorOf = (values: readonly number[]) => hostBackend.fromData(Float32Array.from(values), [1, 2, 3], "float32");
  const { gradients } = await model.gradient({
    feeds: { x: tensorOf([0.3, 0.8, -0.2, 0.5, 0.1, 0.9]) },
    objective: { value: "y", cotangent: tensorOf([1, -2, 3, 0.5, 1, -1]) },
    wrt: ["x"],
    rules: { kind: "lrp", linear: { rule: "epsilon" } },
  });
  return Array.from((await hostBackend.read(gradients["x"]!)).data, Number);
}

function dot(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
  return Array.from(a, Number).reduce((sum, value, i) => sum + value * Number(b[i]), 0);
}
