import { DeepLift, Lrp, seededRandom, tensor } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { smallTransformer } from "../../../../core/src/model/small-transformer.fixture.ts";
import { writeModel } from "../../onnx/write-model.ts";
import { constant, node, onnxModel } from "../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../onnx-model.ts";
import { activations, attentions, scalings, transformerFile } from "./transformer-files.fixture.ts";

const from = (ways: object): fc.Arbitrary<string> => fc.constantFrom(...Object.keys(ways));

describe("DeepLIFT through attention", () => {
  test.prop(
    [
      fc.record({ scaling: from(scalings), attention: from(attentions), activation: from(activations) }),
      fc.integer({ min: 0, max: 9999 }),
    ],
    { numRuns: 25 },
  )("sums up to the change of the output, however the file writes it", async (spelling, seed) => {
    // Small weights: multipliers that are far larger than their sum leave float32 no digits.
    const transformer = smallTransformer(seed, { biases: true, scale: 0.4 });
    const random = seededRandom(seed + 7);
    const dims = [2, transformer.length, transformer.width];
    const draw = () => tensor({ data: Float32Array.from({ length: 24 }, () => random.normal()), dims, type: "float32" });
    await using model = await OnnxModel.load(transformerFile(transformer, spelling), { session: { intraOpNumThreads: 1 } });
    const { delta, attributions } = await new DeepLift(model).attribute({ x: draw() }, { baselines: { x: draw() } });
    const width = transformer.length * transformer.width;
    delta!.data.forEach((gap, i) => {
      // Contributions may be large and nearly cancel: float32 rounds each of them.
      const size = [...attributions["x"]!.data]
        .slice(i * width, (i + 1) * width)
        .reduce<number>((sum, x) => sum + Math.abs(Number(x)), 0);
      expect(Math.abs(Number(gap))).toBeLessThan(1e-4 * Math.max(10, size));
    });
  });

  test("is complete where a mask bars places with −∞", async () => {
    const file = onnxModel({
      inputs: { x: ["float32", ["n", 4]] },
      outputs: { y: ["float32", ["n", 1]] },
      constants: {
        zero: constant([4], [0, 0, 1, 0], "int64"),
        low: constant([], [Number.NEGATIVE_INFINITY]),
        w: constant([4, 1], [1, -2, 5, 3]),
      },
      nodes: [
        node("Cast", ["zero"], ["barred"], { to: { int: 9 } }),
        node("Where", ["barred", "low", "x"], ["masked"]),
        node("Softmax", ["masked"], ["shares"]),
        node("MatMul", ["shares", "w"], ["y"]),
      ],
    });
    await using model = await OnnxModel.load(writeModel(file), { session: { intraOpNumThreads: 1 } });
    const result = await new DeepLift(model).attribute({ x: [[1, 2, 3, 0.5]] }, { baselines: { x: [[0, 1, -1, 2]] } });
    expect(Number(result.attributions["x"]!.data[2])).toBe(0);
    expect(Math.abs(Number(result.delta!.data[0]))).toBeLessThan(1e-5);
    const relevance = await new Lrp(model).attribute({ x: [[1, 2, 3, 0.5]] });
    expect(Number(relevance.attributions["x"]!.data[2])).toBe(0);
    expect([...relevance.attributions["x"]!.data].every((value) => Number.isFinite(Number(value)))).toBe(true);
  });
});
