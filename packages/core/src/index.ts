export { assertCausalLm } from "./causal-lm/assert-causal-lm.ts";
export type * from "./causal-lm/causal-lm.ts";
export type { CausalLmCacheEntry, CausalLmLayout } from "./causal-lm/causal-lm-layout.ts";
export { type ModelCausalLmOptions, modelCausalLm } from "./causal-lm/model-causal-lm.ts";
export { readVocabularySize } from "./causal-lm/vocabulary-size.ts";
export {
  AttributionError,
  InvalidArgumentError,
  RemoteError,
  TokenizationError,
  UnsupportedError,
  UnsupportedOpError,
} from "./errors.ts";
export { type FileSource, type ModelFiles, openFiles, type UrlLike } from "./files.ts";
export { BitMatrix } from "./game/bit-matrix.ts";
export type * from "./game/game.ts";
export type * from "./methods/method.ts";
export { assertExplainable, assertGraphModel, assertModel } from "./model/assert-model.ts";
export { type Baselines, type ResolvedBaselines, resolveBaselines } from "./model/baselines.ts";
export { type BindOptions, bind } from "./model/bind.ts";
export { isCausalLm, isGraphModel, isModel } from "./model/capabilities.ts";
export { type FeatureMask, type ResolvedFeatureMask, resolveFeatureMask } from "./model/feature-mask.ts";
export { fromLayer } from "./model/from-layer.ts";
export { type FunctionModelOptions, type FunctionOutput, functionModel } from "./model/function-model.ts";
export { type ModelInputs, resolveInputs } from "./model/inputs.ts";
export { limitBatch } from "./model/limit-batch.ts";
export { logSoftmax } from "./model/log-softmax.ts";
export type * from "./model/model.ts";
export { type ModelCall, onCall } from "./model/on-call.ts";
export { resolveTarget, type Target, type TargetPlan } from "./model/target.ts";
export { upToLayer } from "./model/up-to-layer.ts";
export { wholeBatch } from "./model/whole-batch.ts";
export type * from "./signal.ts";
export type { ElementOf } from "./tensor/dtype.ts";
export { tensor } from "./tensor/from.ts";
export { type HostBackend, hostBackend } from "./tensor/host-backend.ts";
export { HostTensor } from "./tensor/host-tensor.ts";
export { type Random, seededRandom } from "./tensor/random.ts";
export type * from "./tensor/tensor.ts";
