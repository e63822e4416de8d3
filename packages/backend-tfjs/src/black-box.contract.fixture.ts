import { tensor, UnsupportedError, UnsupportedOpError } from "@attr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { attribute, branchingFiles, graphFiles, input } from "./graph-files.fixture.ts";
import { TfjsModel } from "./tfjs-model.ts";

/** Holds graphs that can only be run to it, on one backend of TensorFlow.js. */
export function describeBlackBoxes(backend: string): void {
  describe(`on ${backend}`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
    });
    let before = 0;
    beforeEach(() => {
      before = tf.memory().numTensors;
    });
    afterEach(() => {
      expect(tf.memory().numTensors).toBe(before);
    });

    test("a graph with control flow runs, and nothing else", async () => {
      await using model = await TfjsModel.load(branchingFiles(), { tf });
      using _scope = model.backend.scope();
      const held = tf.memory().numTensors;
      const run = async (...row: number[]) => {
        const feeds = { x: model.backend.from([row]) };
        return Array.from((await model.backend.read((await model.run({ feeds, fetches: ["y"] }))["y"]!)).data, Number);
      };
      expect(await run(1, 2, 3)).toEqual([1, 4, 9]);
      expect(await run(-1, -2, -3)).toEqual([1, 2, 3]);
      expect(tf.memory().numTensors).toBe(held + 4);
      expect(model.values).toEqual(["x", "y"]);
      const feeds = { x: model.backend.from([[1, 2, 3]]) };
      const index = [[0]];
      await expect(model.run({ feeds, fetches: ["more"] })).rejects.toThrow(
        /"more".*node "(switch|y)" \((Switch|Merge)\) decides/,
      );
      await expect(model.gradient({ feeds, objective: { value: "y", index }, wrt: ["x"] })).rejects.toThrow(UnsupportedError);
      await expect(model.gradient({ feeds, objective: { value: "y", index }, wrt: ["x"] })).rejects.toThrow("black box");
    });

    test("what fails on the way leaves nothing behind", async () => {
      await using model = await TfjsModel.load(
        graphFiles(
          [
            input("x", -1, 3),
            { name: "positive", op: "Greater", input: ["total", "zero"], attr: {} },
            { name: "total", op: "Sum", input: ["x", "axes"], attr: { keep_dims: attribute.flag(false) } },
            { name: "switch", op: "Switch", input: ["x", "positive"], attr: {} },
            { name: "wrong", op: "Reshape", input: ["switch:1", "shape"], attr: {} },
            { name: "y", op: "Merge", input: ["switch", "wrong"], attr: { N: attribute.int(2) } },
          ],
          [
            { name: "axes", shape: [2], integers: [0, 1] },
            { name: "zero", shape: [] },
            { name: "shape", shape: [1], integers: [7] },
          ],
        ),
        { tf },
      );
      using _scope = model.backend.scope();
      const feeds = { x: model.backend.from([[1, 2, 3]]) };
      const held = tf.memory().numTensors;
      await expect(model.run({ feeds, fetches: ["y"] })).rejects.toThrow("the graph cannot be run");
      expect(tf.memory().numTensors).toBe(held);
    });

    test("an operation without a gradient is named with its node, only where a gradient goes through it", async () => {
      await using model = await TfjsModel.load(
        graphFiles(
          [
            input("x", -1, 4),
            { name: "products", op: "Cumprod", input: ["x", "axis"], attr: {} },
            { name: "square", op: "Square", input: ["x"], attr: {} },
            { name: "y", op: "Add", input: ["products", "square"], attr: {} },
          ],
          [{ name: "axis", shape: [], integers: [1] }],
        ),
        { tf },
      );
      using _scope = model.backend.scope();
      const feeds = { x: model.backend.from(tensor([[1, 2, 3, 4]])) };
      const held = tf.memory().numTensors;
      const ask = (value: string) => model.gradient({ feeds, objective: { value, index: [[0]] }, wrt: ["x"] });
      await expect(ask("y")).rejects.toThrow(UnsupportedOpError);
      await expect(ask("y")).rejects.toThrow('the operation Cumprod in node "products" (Cumprod) has no gradient');
      expect(tf.memory().numTensors).toBe(held);
      const { gradients } = await ask("square");
      expect((await model.backend.read(gradients["x"]!)).data).toEqual(Float32Array.of(2, 0, 0, 0));
    });
  });
}
