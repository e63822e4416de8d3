import { hostBackend } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { writeModel } from "../../onnx/write-model.ts";
import { node, onnxModel } from "../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../onnx-model.ts";

test.prop([fc.double({ min: -3, max: 3, noNaN: true }), fc.integer({ min: 1, max: 23 })], { numRuns: 20 })(
  "DeepLIFT's multiplier of a smooth function is its quotient of differences, however small they are",
  async (middle, exponent) => {
    const file = onnxModel({
      inputs: { x: ["float32", ["n", 1]] },
      outputs: { y: ["float32", ["n", 1]] },
      nodes: [node("Tanh", ["x"], ["y"])],
    });
    await using model = await OnnxModel.load(writeModel(file), { session: { intraOpNumThreads: 1 } });
    const [x, reference] = [middle + 2 ** -exponent, middle].map((at) => Math.fround(at));
    const multipliers = await model.gradient({
      feeds: { x: hostBackend.fromData(Float32Array.of(x!), [1, 1], "float32") },
      objective: { value: "y", index: [[0]] },
      wrt: ["x"],
      rules: { kind: "deepLift", reference: { x: hostBackend.fromData(Float32Array.of(reference!), [1, 1], "float32") } },
    });
    const { data } = await hostBackend.read(multipliers.gradients["x"] as ReturnType<typeof hostBackend.fromData>); // the host's
    const slope = 1 - Math.tanh(middle) ** 2;
    const expected = x === reference ? slope : (Math.tanh(x!) - Math.tanh(reference!)) / (x! - reference!);
    expect(Math.abs(Number(data[0]) - expected)).toBeLessThan(5e-5);
  },
);
