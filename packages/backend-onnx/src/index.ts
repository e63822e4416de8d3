export type { OnnxFile, OnnxFiles } from "./onnx/open-model.ts";
export type * from "./onnx/proto.ts";
export { attributeType } from "./onnx/proto.ts";
export { readModel } from "./onnx/read-model.ts";
export { writeModel } from "./onnx/write-model.ts";
export { OnnxModel, type OnnxModelOptions } from "./onnx-model.ts";
export type { BatchOption } from "./rows.ts";
export type { OnnxRuntime, SessionOptions } from "./runtime/runtime.ts";
