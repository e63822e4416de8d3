/**
 * The part of the platform's `AbortSignal` that long work looks at. Core has no Node or DOM types, so it is written down here;
 * every real `AbortSignal` is one.
 */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  /** Throws the reason where the signal was aborted. */
  throwIfAborted(): void;
}

/** How far long work has come: `done` of `total` steps, counted in `unit`. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is counted, in the plural: "coalitions", "tokens". */
  readonly unit: string;
}

/** What every piece of long work accepts. */
export interface WorkOptions {
  /** Stops the work between two model calls; the call rejects with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
  /** Called after every model call. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
