import { hostBackend, type Tensor } from "@attr/core";
import { expect, test } from "vitest";
import { writeModel } from "../../onnx/write-model.ts";
import { constant, node, onnxModel, weights } from "../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../onnx-model.ts";

test.each([
  ["Gelu", []],
  ["QuickGelu", []],
  ["BiasGelu", ["b"]],
  ["FastGelu", ["b"]],
] as const)("DeepLIFT is complete through %s, an activation that the runtime has fused", async (op, more) => {
  const plain = onnxModel({
    inputs: { x: ["float32", ["n", 4]] },
    outputs: { y: ["float32", ["n", 3]] },
    constants: { w: constant([4, 3], weights(12)), ...(more.length === 0 ? {} : { b: constant([3], weights(3, 5)) }) },
    nodes: [node("MatMul", ["x", "w"], ["h"]), node(op, ["h", ...more], ["y"], {}, "com.microsoft")],
  });
  const file = { ...plain, opsetImports: [...plain.opsetImports, { domain: "com.microsoft", version: 1 }] };
  await using model = await OnnxModel.load(writeModel(file));
  const numbers = async (tensor: Tensor | undefined): Promise<number[]> =>
    Array.from((await model.backend.read(tensor!)).data, Number);
  const [x, reference] = [2, 40].map((phase) => hostBackend.fromData(weights(8, phase), [2, 4], "float32"));
  const { gradients } = await model.gradient({
    feeds: { x: x! },
    objective: { value: "y", cotangent: hostBackend.fromData(new Float32Array(6).fill(1), [2, 3], "float32") },
    wrt: ["x"],
    rules: { kind: "deepLift", reference: { x: reference! } },
  });
  const multipliers = await numbers(gradients["x"]);
  const total = multipliers.reduce((sum, m, i) => sum + m * (Number(x!.data[i]) - Number(reference!.data[i])), 0);
  const sum = async (feed: Tensor): Promise<number> =>
    (await numbers((await model.run({ feeds: { x: feed }, fetches: ["y"] }))["y"])).reduce((a, b) => a + b, 0);
  expect(total).toBeCloseTo((await sum(x!)) - (await sum(reference!)), 4);
});
