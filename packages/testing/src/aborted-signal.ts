import type { AbortSignalLike } from "@attr/core";

/** A signal that was aborted for this reason. */
export function abortedSignal(reason: unknown): AbortSignalLike {
  return {
    aborted: true,
    reason,
    throwIfAborted() {
      throw reason;
    },
  };
}
