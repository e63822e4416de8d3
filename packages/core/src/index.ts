export type * from "./causal-lm/causal-lm.ts";
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
export type * from "./tensor/tensor.ts";
