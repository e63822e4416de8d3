import { AttributionError } from "@attr/core";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { attribute, graphFiles, input } from "../graph-files.fixture.ts";
import { TfjsModel } from "../tfjs-model.ts";
import { withinSizes } from "./limit-sizes.ts";

await tf.setBackend("cpu");

const half = 2 ** 15;

const growing: Readonly<Record<string, () => tf.Tensor>> = {
  fill: () => tf.fill([half, half, 2], 1),
  tile: () => tf.tile(tf.ones([2, 2]), [half, half]),
  pad: () =>
    tf.pad(tf.ones([2, 2]), [
      [half, 0],
      [0, 2 * half],
    ]),
  range: () => tf.range(0, 2 ** 31, 1),
  linspace: () => tf.linspace(0, 1, 2 ** 31),
  oneHot: () => tf.oneHot(tf.zeros([half], "int32"), 2 * half),
  resize: () => tf.image.resizeBilinear(tf.ones<tf.Rank.R4>([1, 1, 1, 2]), [half, half]),
  scatter: () => tf.scatterND(tf.zeros([1, 1], "int32"), tf.ones([1]), [2 ** 31]),
  broadcast: () => tf.add(tf.ones([2 * half, 1]), tf.ones([1, half])),
  matMul: () => tf.matMul(tf.ones([2 * half, 1]), tf.ones([half, 1]), false, true),
};

test.each(Object.entries(growing))("what %s would make is refused before memory is taken", (_name, work) => {
  const before = tf.memory().numTensors;
  expect(() => tf.tidy(() => withinSizes(tf, work).shape)).toThrow(/it would make \d+ elements/);
  expect(tf.memory().numTensors).toBe(before);
});

test("what is small is computed as ever, and the engine is as it was afterwards", () => {
  const { runKernel } = tf.engine();
  const sum = withinSizes(tf, () => tf.tidy(() => tf.sum(tf.add(tf.tile(tf.ones([2, 1]), [1, 3]), tf.range(0, 3))).dataSync()));
  expect([...sum]).toEqual([12]);
  expect(tf.engine().runKernel).toBe(runKernel);
});

test("a size that a graph computes from its input is refused by node when the model is run", async () => {
  const float = { T: attribute.type("DT_FLOAT") };
  const files = graphFiles(
    [
      input("x", -1, 2),
      { name: "shape", op: "Shape", input: ["x"], attr: float },
      { name: "wide", op: "Mul", input: ["shape", "factor"], attr: { T: attribute.type("DT_INT32") } },
      { name: "filled", op: "Fill", input: ["wide", "one"], attr: float },
      { name: "y", op: "Sum", input: ["filled", "axes"], attr: { ...float, keep_dims: attribute.flag(false) } },
    ],
    [
      { name: "factor", shape: [], integers: [30_000] },
      { name: "one", shape: [] },
      { name: "axes", shape: [1], integers: [1] },
    ],
  );
  const before = tf.memory().numTensors;
  {
    await using model = await TfjsModel.load(files, { tf });
    using _scope = model.backend.scope();
    const feeds = { x: model.backend.from([[1, 2]]) };
    const error: unknown = await model.run({ feeds, fetches: ["y"] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AttributionError);
    expect(String(error)).toContain('node "filled" (Fill) cannot be run: it would make 1800000000 elements');
  }
  expect(tf.memory().numTensors).toBe(before);
});
