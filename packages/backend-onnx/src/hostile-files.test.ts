import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { writeModel } from "./onnx/write-model.ts";
import { branching, constant, convolutional, node, onnxModel, perceptron, weights } from "./onnx-builder.fixture.ts";

const mutants = 400;

/** Operators over which native code was seen to stumble: on counts of zero, on inputs that are not there, on absurd sizes. */
const treacherous = onnxModel({
  inputs: { x: ["float32", ["n", 4, 4, 4]] },
  outputs: { y: ["float32", ["n", 16]] },
  nodes: [
    node("DepthToSpace", ["x"], ["spread"], { blocksize: { int: 2 } }),
    node("ConvTranspose", ["spread", "kernel"], ["up"], { group: { int: 1 }, strides: [1, 1], kernel_shape: [1, 1] }),
    node("Pad", ["up", "pads"], ["padded"]),
    node("AveragePool", ["padded"], ["pooled"], { kernel_shape: [3, 3], strides: [3, 3] }),
    node("LayerNormalization", ["pooled", "scale"], ["normal"]),
    node("Max", ["normal", "pooled"], ["larger"]),
    node("Split", ["larger"], ["left", "right"], { axis: { int: 1 } }),
    node("Concat", ["left", "right", "left", "right"], ["joined"], { axis: { int: 1 } }),
    node("Reshape", ["joined", "shape"], ["flat"]),
    node("Slice", ["flat", "zero", "end", "one"], ["cut"]),
    node("Gather", ["cut", "order"], ["y"], { axis: { int: 1 } }),
  ],
  constants: {
    kernel: constant([1, 2, 1, 1], weights(2)),
    pads: constant([8], [0, 0, 1, 1, 0, 0, 0, 0], "int64"),
    scale: constant([3], [1, 1, 1]),
    shape: constant([2], [0, -1], "int64"),
    zero: constant([1], [0], "int64"),
    end: constant([1], [16], "int64"),
    one: constant([1], [1], "int64"),
    order: constant(
      [16],
      Array.from({ length: 16 }, (_, i) => 15 - i),
      "int64",
    ),
  },
});

test(`loading and running ${mutants} broken files ends in a result or a sentence, and never ends the process`, () => {
  const folder = mkdtempSync(join(tmpdir(), "attr-hostile-"));
  try {
    const models = { perceptron: perceptron(), convolutional: convolutional(), branching: branching(), treacherous };
    const files = Object.entries(models).map(([name, model]) => {
      const file = join(folder, `${name}.onnx`);
      writeFileSync(file, writeModel(model));
      return file;
    });
    const script = fileURLToPath(new URL("./hostile-child.fixture.ts", import.meta.url));
    const child = spawnSync(
      process.execPath,
      ["--conditions=@attr/source", "--experimental-strip-types", script, "1", String(mutants), ...files],
      {
        encoding: "utf8",
        timeout: 50_000,
      },
    );
    const lines = child.stdout.split("\n").filter((line) => line !== "");
    // The last line is of the file that ended the process, where one did.
    expect({ signal: child.signal, status: child.status, last: child.status === 0 ? "" : lines.at(-1) }).toEqual({
      signal: null,
      status: 0,
      last: "",
    });
    expect(lines.filter((line) => /WRONG ERROR|LARGE|SLOW/.test(line))).toEqual([]);
    expect(lines).toHaveLength(mutants);
    // Both outcomes are there: files that were only bent, and files that were broken.
    expect(lines.filter((line) => line.endsWith(" ran")).length).toBeGreaterThan(mutants / 20);
    expect(lines.filter((line) => line.includes(" refused: ")).length).toBeGreaterThan(mutants / 4);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
