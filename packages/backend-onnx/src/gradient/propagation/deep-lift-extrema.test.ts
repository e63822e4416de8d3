import { hostBackend } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { writeModel } from "../../onnx/write-model.ts";
import { constant, node, onnxModel, weights } from "../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../onnx-model.ts";

const phases = [fc.integer({ min: 1, max: 99 }), fc.integer({ min: 100, max: 199 })] as const;
test.prop([fc.constantFrom("Max", "Min"), fc.integer({ min: 1, max: 4 }), ...phases], { numRuns: 12 })(
  "DeepLIFT is complete where the largest and the smallest of values that all change are taken",
  async (op, count, one, other) => {
    const operands = [...Array(count).keys()];
    const file = onnxModel({
      inputs: { x: ["float32", ["n", 4]] },
      outputs: { y: ["float32", ["n", 3]] },
      constants: Object.fromEntries(
        operands.map((i) => [
          `w${i}`,
          i === 1 ? constant([4, 1], weights(4, other)) : constant([4, 3], weights(12, one + 7 * i)),
        ]),
      ),
      nodes: [
        ...operands.map((i) => node("MatMul", ["x", `w${i}`], [`operand${i}`])),
        node(
          op,
          operands.map((i) => `operand${i}`),
          ["y"],
        ),
      ],
    });
    await using model = await OnnxModel.load(writeModel(file), { session: { intraOpNumThreads: 1 } });
    const [x, reference] = [one, other].map((phase) => hostBackend.fromData(weights(8, phase), [2, 4], "float32"));
    const { gradients } = await model.gradient({
      feeds: { x: x! },
      objective: { value: "y", cotangent: hostBackend.fromData(new Float32Array(6).fill(1), [2, 3], "float32") },
      wrt: ["x"],
      rules: { kind: "deepLift", reference: { x: reference! } },
    });
    const read = async (tensor: unknown): Promise<number[]> =>
      Array.from((await hostBackend.read(tensor as NonNullable<typeof x>)).data, Number); // the model's tensors are the host's
    const multipliers = await read(gradients["x"]);
    const [ys, before] = [
      await read((await model.run({ feeds: { x: x! }, fetches: ["y"] }))["y"]),
      await read((await model.run({ feeds: { x: reference! }, fetches: ["y"] }))["y"]),
    ];
    for (const row of [0, 1]) {
      const sum = (list: readonly number[], width: number): number =>
        list.slice(width * row, width * (row + 1)).reduce((total, value) => total + value, 0);
      const contributions = multipliers.map((multiplier, i) => multiplier * (Number(x!.data[i]) - Number(reference!.data[i])));
      expect(sum(contributions, 4)).toBeCloseTo(sum(ys, 3) - sum(before, 3), 4);
    }
  },
);
