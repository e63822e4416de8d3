export type { TensorFlow } from "./runtime/tensor-flow.ts";
export { type TfjsBackend, type TfjsDType, tfjsBackend } from "./tensor/tfjs-backend.ts";
export { TfjsTensor } from "./tensor/tfjs-tensor.ts";
export { TfjsModel, type TfjsModelOptions } from "./tfjs-model.ts";
