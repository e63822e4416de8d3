import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import {
  attribute,
  branchingFiles,
  convolutionalFiles,
  type FileNode,
  graphFiles,
  input,
  perceptronFiles,
} from "../graph-files.fixture.ts";
import { seeded, smallModels } from "../small-models.fixture.ts";
import { TfjsModel } from "../tfjs-model.ts";
import type { TfjsInspection } from "./inspection.ts";

await tf.setBackend("cpu");
const layer = layers.layers;

async function inspected(model: TfjsModel): Promise<TfjsInspection> {
  const before = tf.memory().numTensors;
  const inspection = await model.inspect();
  expect(tf.memory().numTensors).toBe(before);
  return inspection;
}

const float = { T: attribute.type("DT_FLOAT") };

/** What cannot be differentiated at all, between what can. */
function cumulative(): Record<string, Uint8Array> {
  const nodes: FileNode[] = [
    input("x", -1, 3),
    { name: "bent", op: "Tanh", input: ["x"], attr: float },
    {
      name: "multiplied",
      op: "Cumprod",
      input: ["bent", "axis"],
      attr: { ...float, exclusive: attribute.flag(false), reverse: attribute.flag(false) },
    },
    { name: "again", op: "Exp", input: ["multiplied"], attr: float },
    { name: "rounded", op: "Floor", input: ["bent"], attr: float },
    { name: "y", op: "Add", input: ["again", "rounded"], attr: float },
  ];
  return graphFiles(nodes, [{ name: "axis", shape: [], integers: [1] }]);
}

describe("inspecting a model of TensorFlow.js", () => {
  test.each(Object.entries(smallModels))("the layers model %s can be differentiated by its inputs", async (_, make) => {
    const { model: live, shapes } = make();
    const model = await TfjsModel.from(live, { tf });
    const { format, parameters, nodes, values, gradient } = await inspected(model);
    expect([format, parameters]).toEqual(["layers-model", live.countParams()]);
    expect(gradient.inputs).toEqual(Object.keys(shapes).map((name) => ({ input: name, gradient: true })));
    expect(gradient.uncovered).toEqual([]);
    expect(values.map(({ name }) => name)).toEqual(model.values);
    expect(nodes.flatMap(({ outputs }) => outputs)).toEqual(model.values.filter((name) => !Object.hasOwn(shapes, name)));
    for (const { inputs } of nodes) for (const name of inputs) expect(model.values).toContain(name);
  });

  test("nodes of a graph have their operations, settings, weights and shapes", async () => {
    const { nodes, values, parameters, gradient } = await inspected(await TfjsModel.load(convolutionalFiles(), { tf }));
    expect(nodes.map(({ name, operator }) => [name, operator])).toEqual([
      ["conv", "_FusedConv2D"],
      ["depthwise", "FusedDepthwiseConv2dNative"],
      ["smooth", "Tanh"],
      ["cut", "StridedSlice"],
      ["logits", "Mean"],
    ]);
    expect(nodes[0]).toMatchObject({ inputs: ["image"], parameters: 57, gradient: "rule" });
    expect(nodes[1]?.attributes).toMatchObject({ strides: "[1, 2, 2, 1]", pad: "same" });
    expect(parameters).toBe(57 + 15);
    expect(values.find(({ name }) => name === "depthwise")).toEqual({
      name: "depthwise",
      dtype: "float32",
      shape: [null, 3, 3, 3],
    });
    expect(gradient).toMatchObject({ of: "logits", uncovered: [], inputs: [{ input: "image", gradient: true }] });
  });

  test("a node of several outputs names them all, and who reads which", async () => {
    const { nodes } = await inspected(await TfjsModel.load(perceptronFiles(), { tf }));
    expect(nodes.find(({ name }) => name === "halves")).toMatchObject({ inputs: ["hidden"], outputs: ["halves", "halves:1"] });
    expect(nodes.find(({ name }) => name === "gated")).toMatchObject({ inputs: ["gate", "halves:1"] });
  });

  test("an operation without a gradient is told, and the nearest value behind it", async () => {
    const model = await TfjsModel.load(cumulative(), { tf });
    const { nodes, gradient } = await inspected(model);
    expect(nodes.map(({ name, gradient: how }) => [name, how])).toEqual([
      ["bent", "rule"],
      ["multiplied", "none"],
      ["again", "rule"],
      ["rounded", "flat"],
      ["y", "rule"],
    ]);
    expect(gradient.uncovered).toMatchObject([{ node: "multiplied", operator: "Cumprod", result: "multiplied" }]);
    expect(gradient.inputs).toMatchObject([{ input: "x", gradient: false, nearest: "multiplied" }]);
    expect(gradient.inputs[0]?.because).toContain("Cumprod");
    const objective = { value: "y", index: [[0]] };
    const feeds = { multiplied: model.backend.from([[1, 2, 3]]), rounded: model.backend.from([[1, 2, 3]]) };
    await expect(model.gradient({ feeds, objective, wrt: ["multiplied"] })).resolves.toBeDefined();
    const start = { x: model.backend.from([[1, 2, 3]]) };
    await expect(model.gradient({ feeds: start, objective, wrt: ["x"] })).rejects.toThrow("Cumprod");
  });

  test("token ids have no gradient, and their embedding is the nearest value that has one", async () => {
    const live = seeded(
      layers.sequential({
        layers: [
          layer.embedding({ name: "embedding", inputDim: 7, outputDim: 3, inputLength: 5 }),
          layer.flatten({ name: "flat" }),
          layer.dense({ name: "head", units: 2 }),
        ],
      }),
    );
    const { gradient } = await inspected(await TfjsModel.from(live, { tf }));
    expect(gradient.inputs).toMatchObject([{ gradient: false, nearest: "embedding" }]);
  });

  test("a graph with branches is described without being run", async () => {
    const { nodes, gradient } = await inspected(await TfjsModel.load(branchingFiles(), { tf }));
    expect(nodes.map(({ operator }) => operator)).toContain("Switch");
    expect(gradient.of).toBeUndefined();
    expect(gradient.inputs[0]?.because).toContain("black box");
  });
});
