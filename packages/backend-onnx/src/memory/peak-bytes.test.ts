import { describe, expect, test } from "vitest";
import type { ModelProto } from "../onnx/proto.ts";
import { constant, convolutional, node, onnxModel, perceptron, weights } from "../onnx-builder.fixture.ts";
import { peakBytes } from "./peak-bytes.ts";
import { RunSizer } from "./run-sizes.ts";

/** The peak of a whole graph at these sizes of its inputs. */
function peak(model: ModelProto, inputs: Readonly<Record<string, readonly number[]>>): ReturnType<typeof peakBytes> {
  const run = new RunSizer(model, new Map()).at(new Map(Object.entries(inputs)));
  return peakBytes(
    run,
    Object.keys(inputs),
    model.graph.outputs.map(({ name }) => name),
  );
}

function sizes(model: ModelProto, inputs: Readonly<Record<string, readonly number[]>>): Readonly<Record<string, unknown>> {
  const { values } = new RunSizer(model, new Map()).at(new Map(Object.entries(inputs)));
  return Object.fromEntries([...values].map(([name, value]) => [name, value.sizes]));
}

describe("the most that a run holds at a time", () => {
  test("of two linear layers", () => {
    // Floats a row: x 4, h1 5 (h2 and a in its place), logits 3. Fed and fetched stay, the fetched is copied at the end.
    expect(peak(perceptron(), { x: [1, 4] })).toEqual({ bytes: 4 * (4 + 5 + 3), at: "logits" });
    expect(peak(perceptron(), { x: [10, 4] }).bytes).toBe(10 * 4 * (4 + 5 + 3));
  });

  test("of a convolution: rectified in place, pooled, seen flat without a copy", () => {
    // Floats a row: image 72, conv 48 (relu in its place), pool 12 (flat is the same), scores 4.
    expect(peak(convolutional(), { image: [1, 2, 6, 6] })).toEqual({ bytes: 4 * (72 + 48 + 12), at: "pool" });
  });

  test("of a value that is read twice, which is kept until the second time", () => {
    const model = onnxModel({
      inputs: { x: ["float32", ["n", 100]] },
      outputs: { y: ["float32", ["n", 1]] },
      constants: { w: constant([100, 100], weights(10000)), v: constant([100, 1], weights(100)) },
      nodes: [
        node("MatMul", ["x", "w"], ["a"]),
        node("Tanh", ["a"], ["b"]),
        node("MatMul", ["b", "w"], ["c"]),
        node("Mul", ["a", "c"], ["d"]),
        node("MatMul", ["d", "v"], ["y"]),
      ],
    });
    // x, a, b and c at once: b cannot take the place of a.
    expect(peak(model, { x: [1, 100] })).toEqual({ bytes: 4 * 400, at: "c" });
  });

  test("does not count what is computed from constants alone", () => {
    const model = onnxModel({
      inputs: { x: ["float32", ["n", 2]] },
      outputs: { y: ["float32", ["n", 50]] },
      constants: { w: constant([50, 2], weights(100)) },
      nodes: [node("Transpose", ["w"], ["turned"]), node("MatMul", ["x", "turned"], ["y"])],
    });
    expect(peak(model, { x: [1, 2] }).bytes).toBe(4 * (2 + 50 + 50));
  });

  test("knows element types: booleans take a byte, whole numbers eight", () => {
    const model = onnxModel({
      inputs: { x: ["float32", ["n", 8]] },
      outputs: { y: ["int64", ["n", 8]] },
      constants: { zero: constant([], [0]) },
      nodes: [node("Greater", ["x", "zero"], ["positive"]), node("Cast", ["positive"], ["y"], { to: { int: 7 } })],
    });
    expect(peak(model, { x: [1, 8] }).bytes).toBe(8 * (4 + 8 + 8));
  });
});

describe("sizes of a run", () => {
  test("follow free axes through windows, padding, reshaping to computed shapes and slices", () => {
    const model = onnxModel({
      inputs: { image: ["float32", ["n", 3, "h", "w"]] },
      outputs: { y: ["float32"] },
      constants: {
        kernel: constant([8, 3, 3, 3], weights(216)),
        up: constant([8, 4, 2, 2], weights(128)),
        pads: constant([8], [0, 0, 1, 2, 0, 0, 3, 4], "int64"),
        rest: constant([1], [-1], "int64"),
        zero: constant([1], [0], "int64"),
        one: constant([1], [1], "int64"),
        two: constant([1], [2], "int64"),
      },
      nodes: [
        node("Conv", ["image", "kernel"], ["conv"], { strides: [2, 2], pads: [1, 1, 1, 1] }),
        node("MaxPool", ["conv"], ["pool"], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: { int: 1 } }),
        node("ConvTranspose", ["pool", "up"], ["wide"], { strides: [2, 2] }),
        node("Pad", ["wide", "pads"], ["padded"]),
        node("Shape", ["padded"], ["shape"]),
        node("Slice", ["shape", "zero", "one"], ["rows"]),
        node("Concat", ["rows", "rest"], ["wanted"], { axis: { int: 0 } }),
        node("Reshape", ["padded", "wanted"], ["flat"]),
        node("Slice", ["flat", "zero", "two", "one"], ["y"]),
      ],
    });
    expect(sizes(model, { image: [5, 3, 30, 21] })).toMatchObject({
      conv: [5, 8, 15, 11],
      pool: [5, 8, 7, 5],
      wide: [5, 4, 14, 10],
      padded: [5, 4, 18, 16],
      flat: [5, 1152],
      y: [5, 2],
    });
  });

  test("of what nothing is known of are as large as the largest operand", () => {
    const model = onnxModel({
      inputs: { x: ["float32", ["n", 8]] },
      outputs: { y: ["float32"] },
      nodes: [node("Mystery", ["x"], ["y"], {}, "example.org")],
    });
    const { values } = new RunSizer(model, new Map()).at(new Map([["x", [3, 8]]]));
    expect(values.get("y")).toEqual({ bytes: 96, sizes: undefined });
  });
});
