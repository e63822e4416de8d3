export * from "./arbitraries/tensors.ts";
export { ContractError } from "./check.ts";
export type * from "./framework.ts";
export * from "./naive/naive-tensor.ts";
export { type DifferentiableCase, describeDifferentiableModel } from "./suites/differentiable-model.ts";
export { describeGraphModel } from "./suites/graph-model.ts";
export { describeModel } from "./suites/model.ts";
export type { MakeCase, ModelCase } from "./suites/model-case.ts";
export { describeTensorBackend, type TensorBackendOptions } from "./suites/tensor-backend.ts";
