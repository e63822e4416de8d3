export type * from "./inspect/inspection.ts";
export type { TfjsSource } from "./loading/artifacts.ts";
export {
  type OpenedTensorFlow,
  type OpenTensorFlowOptions,
  openTensorFlow,
  type PassedOver,
  type TfjsRuntime,
} from "./runtime/open-tensor-flow.ts";
export type { TensorFlow } from "./runtime/tensor-flow.ts";
export { type TfjsBackend, type TfjsDescription, type TfjsDType, tfjsBackend } from "./tensor/tfjs-backend.ts";
export { TfjsTensor } from "./tensor/tfjs-tensor.ts";
export { TfjsModel, type TfjsModelOptions } from "./tfjs-model.ts";
