import type { GradientRules, NamedTensors } from "@attr/core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { attribute, convolutionalFiles, graphFiles, input, perceptronFiles } from "../graph-files.fixture.ts";
import { rowsFor } from "../small-models.fixture.ts";
import { TfjsModel } from "../tfjs-model.ts";
import { numbersOf } from "./both-models.fixture.ts";
import { expectComplete } from "./complete.fixture.ts";

type Files = Record<string, Uint8Array>;
type Relevance = Extract<GradientRules, { readonly kind: "lrp" }>;

const float = { T: attribute.type("DT_FLOAT") };
const products = { ...float, transpose_a: attribute.flag(false), transpose_b: attribute.flag(false) };
const weights = [
  { name: "w", shape: [4, 3] },
  { name: "b", shape: [3] },
];

/** One linear layer and a rectifier, in one node or in three. */
const fused: Files = graphFiles(
  [
    input("x", -1, 4),
    {
      name: "out",
      op: "_FusedMatMul",
      input: ["x", "w", "b"],
      attr: { ...products, fused_ops: attribute.texts("BiasAdd", "Relu"), num_args: attribute.int(1) },
    },
  ],
  weights,
);
const apart: Files = graphFiles(
  [
    input("x", -1, 4),
    { name: "product", op: "MatMul", input: ["x", "w"], attr: products },
    { name: "sum", op: "BiasAdd", input: ["product", "b"], attr: float },
    { name: "out", op: "Relu", input: ["sum"], attr: float },
  ],
  weights,
);

/** What comes back to a model's one input, by rules, from a number that a node gives each of two rows. */
async function passedBack(
  files: Files,
  output: string,
  shape: readonly number[],
  rules: (reference: NamedTensors) => GradientRules,
) {
  await using model = await TfjsModel.load(files, { tf });
  using _scope = model.backend.scope();
  const [{ name }] = model.inputs as readonly [{ readonly name: string }]; // one, as said
  const feeds = rowsFor(model.backend, { [name]: shape }, 3)(2);
  const reference = rowsFor(model.backend, { [name]: shape }, 4)(2);
  const objective = { value: output, index: [[0], [1]] };
  const { gradients } = await model.gradient({ feeds, objective, wrt: [name], rules: rules(reference) });
  const numbers = await numbersOf(model.backend, gradients[name]);
  expect(numbers.filter((number) => Math.abs(number) > 1e-3).length).toBeGreaterThan(2); // there is something to compare
  return numbers;
}

describe.each(["cpu", "wasm"])("rules of graph models on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test.each([
    ["fused products, a gate and a node of several outputs", perceptronFiles(), [4]],
    ["fused convolutions, a slice and a mean", convolutionalFiles(), [6, 5, 2]],
  ])("multipliers are complete: %s", async (_, files, shape) => {
    await using model = await TfjsModel.load(files, { tf });
    using _scope = model.backend.scope();
    const [{ name }] = model.inputs as readonly [{ readonly name: string }];
    const feeds = rowsFor(model.backend, { [name]: shape }, 3)(2);
    const reference = rowsFor(model.backend, { [name]: shape }, 4)(2);
    await expectComplete(model, { feeds, reference, output: "logits", index: [[0], [1]] });
  });

  test("a model of a fixed number of rows gives what one of any number gives", async () => {
    const rules: readonly ((reference: NamedTensors) => GradientRules)[] = [
      () => ({ kind: "guided" }),
      (reference) => ({ kind: "deepLift", reference }),
      () => ({ kind: "lrp", linear: { rule: "epsilon", epsilon: 0.1 } }),
    ];
    // Fewer rows than that, and more.
    for (const one of rules)
      for (const rows of [5, 1]) {
        const [free, fixed] = [
          await passedBack(perceptronFiles(), "logits", [4], one),
          await passedBack(perceptronFiles(rows), "logits", [4], one),
        ];
        for (const [i, value] of fixed.entries()) expect(value).toBeCloseTo(free[i]!, 5);
      }
  });

  test("a bias belongs to its product, in whichever node it is", async () => {
    const linear: readonly Relevance["linear"][] = [
      { rule: "epsilon", epsilon: 0.2 },
      { rule: "alphaBeta", alpha: 2, beta: 1, signs: "contributions" },
      { rule: "flat" },
    ];
    for (const rule of linear) {
      const rules = () => ({ kind: "lrp", linear: rule }) as const;
      const [one, three] = [await passedBack(fused, "out", [4], rules), await passedBack(apart, "out", [4], rules)];
      for (const [i, value] of three.entries()) expect(value).toBeCloseTo(one[i]!, 5);
    }
  });

  test("a node's own rule goes by its name: the product's, or its bias's", async () => {
    const ask = (files: Files, name: string) =>
      passedBack(files, "out", [4], () => ({ kind: "lrp", linear: { rule: "flat" }, layers: { [name]: { rule: "wSquare" } } }));
    const wanted = await passedBack(fused, "out", [4], () => ({ kind: "lrp", linear: { rule: "wSquare" } }));
    for (const got of [await ask(fused, "out"), await ask(apart, "product"), await ask(apart, "sum")])
      for (const [i, value] of got.entries()) expect(value).toBeCloseTo(wanted[i]!, 5);
    expect(await ask(apart, "out")).not.toEqual(wanted);
  });

  test("rectifiers in fused nodes are rectifiers", async () => {
    for (const kind of ["guided", "deconvolution"] as const) {
      const [one, three] = [
        await passedBack(fused, "out", [4], () => ({ kind })),
        await passedBack(apart, "out", [4], () => ({ kind })),
      ];
      for (const [i, value] of three.entries()) expect(value).toBeCloseTo(one[i]!, 5);
    }
  });
});
