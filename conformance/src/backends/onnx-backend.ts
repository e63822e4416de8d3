import { OnnxCausalLm, OnnxModel } from "@attr/backend-onnx";
import type { CaseBackend } from "./case-backend.ts";

export const onnxBackend: CaseBackend = {
  name: "onnx",
  model: (file, options = {}) => OnnxModel.load(file, options),
  languageModel: (folder) => OnnxCausalLm.load(folder),
};
