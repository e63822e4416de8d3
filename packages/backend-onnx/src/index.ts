export type { OnnxDType } from "./causal-lm/locate-model.ts";
export { OnnxCausalLm, type OnnxCausalLmOptions } from "./causal-lm/onnx-causal-lm.ts";
export { tokenEmbedding } from "./causal-lm/token-embedding.ts";
export { type GradientModelOptions, gradientModel } from "./gradient/gradient-model.ts";
export { checkModel } from "./graph/check-model.ts";
export { type Extracted, extract } from "./graph/extract.ts";
export { type GraphIndex, indexGraph } from "./graph/graph-index.ts";
export { requiredInputs } from "./graph/required.ts";
export { tidy } from "./graph/tidy.ts";
export type { FileShape, ValueType, ValueTypes } from "./graph/value-type.ts";
export {
  type GradientCoverage,
  gradientCoverage,
  type InputCoverage,
  type OperatorCoverage,
  type UncoveredNode,
} from "./inspect/gradient-coverage.ts";
export { withKnownTypes } from "./inspect/known-types.ts";
export { gradientOperators, type KnownOperator, type OperatorGradient, operatorGradient } from "./inspect/operator-gradient.ts";
export { parameterCount } from "./inspect/parameter-count.ts";
export type { MemoryPrediction, MemoryQuestion } from "./memory/predict-memory.ts";
export { type ElementType, elementTypeNamed, elementTypeOf, elementTypes } from "./onnx/element-type.ts";
export { embedExternalData, type ReadExternalData } from "./onnx/embed-external-data.ts";
export type { OnnxFile, OnnxFiles } from "./onnx/opened-model.ts";
export type * from "./onnx/proto.ts";
export { attributeType } from "./onnx/proto.ts";
export { readModel } from "./onnx/read-model.ts";
export { writeModel } from "./onnx/write-model.ts";
export { OnnxModel } from "./onnx-model.ts";
export type { OnnxModelOptions } from "./onnx-model-options.ts";
export type { BatchOption } from "./run/rows.ts";
export type { OnnxRuntime, SessionOptions } from "./runtime/runtime.ts";
