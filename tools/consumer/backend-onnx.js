// A plain script of someone who installed @attr/backend-onnx and onnxruntime-node: y = 2a - 3b, made and explained here.
import assert from "node:assert/strict";
import { OnnxModel, writeModel } from "@attr/backend-onnx";
import { FeatureAblation } from "@attr/core";

const value = (name, width) => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dims: [{ param: "n" }, { value: width }] } } },
});
const bytes = writeModel({
  irVersion: 8,
  opsetImports: [{ domain: "", version: 17 }],
  graph: {
    name: "linear",
    nodes: [{ opType: "MatMul", domain: "", name: "y", inputs: ["x", "w"], outputs: ["y"], attributes: [] }],
    initializers: [{ name: "w", dims: [2, 1], dataType: 1, floatData: Float32Array.of(2, -3) }],
    sparseInitializers: [],
    inputs: [value("x", 2)],
    outputs: [value("y", 1)],
    valueInfos: [],
  },
  metadataProps: [],
  functions: [],
});

const model = await OnnxModel.load(bytes);
try {
  const result = await new FeatureAblation(model).attribute({ x: [[5, 7]] }, { target: 0 });
  assert.deepEqual(result.attributions.x.toArray(), [[10, -21]]);
} finally {
  await model[Symbol.asyncDispose]();
}
