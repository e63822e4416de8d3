export { assertCausalLm } from "./causal-lm/assert-causal-lm.ts";
export type * from "./causal-lm/causal-lm.ts";
export type { CausalLmCacheEntry, CausalLmLayout } from "./causal-lm/causal-lm-layout.ts";
export { type ModelCausalLmOptions, modelCausalLm } from "./causal-lm/model-causal-lm.ts";
export {
  AttributionError,
  InvalidArgumentError,
  RemoteError,
  TokenizationError,
  UnsupportedError,
  UnsupportedOpError,
} from "./errors.ts";
export { BitMatrix } from "./game/bit-matrix.ts";
export type * from "./game/game.ts";
export type * from "./methods/method.ts";
export type * from "./model/model.ts";
export type * from "./signal.ts";
export type { ElementOf } from "./tensor/dtype.ts";
export { tensor } from "./tensor/from.ts";
export { type HostBackend, hostBackend } from "./tensor/host-backend.ts";
export { HostTensor } from "./tensor/host-tensor.ts";
export { type Random, seededRandom } from "./tensor/random.ts";
export type * from "./tensor/tensor.ts";
