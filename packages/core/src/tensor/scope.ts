import { InvalidArgumentError } from "../errors.ts";
import type { Scope, Tensor } from "./tensor.ts";

/** A scope of the host backend: the garbage collector frees, so all it does is hold callers to the contract. */
export function hostScope(): Scope {
  let open = true;
  return {
    keep<T extends Tensor>(tensor: T): T {
      if (!open) throw new InvalidArgumentError("keep: the scope is disposed already; keep tensors before it ends");
      return tensor;
    },
    [Symbol.dispose](): void {
      open = false;
    },
  };
}
