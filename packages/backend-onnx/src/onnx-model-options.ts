import { InvalidArgumentError } from "@attr/core";
import type { BatchOption } from "./run/rows.ts";
import type { OnnxRuntime, SessionOptions } from "./runtime/runtime.ts";

/** How a file is run: the runtime and its sessions, and how much of memory and of a batch a call may take. */
export interface OnnxModelOptions {
  /**
   * The module that runs the file: `onnxruntime-node`, `onnxruntime-web` or a build of it.
   * @defaultValue onnxruntime-node in Node where it is installed, else onnxruntime-web
   */
  readonly runtime?: OnnxRuntime | undefined;
  /**
   * The runtime's session options, passed on: `executionProviders`, `intraOpNumThreads`, `graphOptimizationLevel`, …
   * @defaultValue the runtime's own, but silent (`logSeverityLevel` 4): its errors are thrown; and a session's threads rest when its run
   * is over (`extra.session.force_spinning_stop`), so that they leave the cores to the next
   */
  readonly session?: SessionOptions | undefined;
  /**
   * Rows that methods put into one call.
   * @defaultValue 64
   */
  readonly maxBatchSize?: number | undefined;
  /**
   * Bytes that one call of the runtime may hold beside the weights, by what `predictMemory` says of it: a call of more rows is cut into
   * several, which changes no result. A single row is run whatever it takes, and a note says so.
   * @defaultValue 1 GiB; no limit where `maxBatchSize` is given and this is not
   */
  readonly maxBatchBytes?: number | undefined;
  /** What sentences call the model. @defaultValue the file's name */
  readonly name?: string | undefined;
  /**
   * `"rows"`: the first axis of every input is the batch. `"one-by-one"`: the same, but every row is run alone: for graphs whose
   * result for a row depends on the other rows, as that of dynamically quantised ones does (they take one scale for the whole batch).
   * `"none"`: no input has a batch axis.
   * @defaultValue what the file's shapes tell
   */
  readonly batch?: BatchOption | undefined;
  /**
   * Sessions kept at a time. Each set of values fed and fetched has one. They refer to the weights where the file or its bytes are; what
   * a session holds beside them is its own copy of those that the runtime packs for the processor. With `session: { extra: { session: {
   * disable_prepacking: "1" } } }` there is none, and runs of few rows are slower.
   * @defaultValue 8
   */
  readonly maxSessions?: number | undefined;
  /**
   * Whether one session serves the file's own outputs, whichever of them are fetched: fewer sessions, but outputs that are not fetched
   * are computed as well.
   * @defaultValue false
   */
  readonly outputsTogether?: boolean | undefined;
}

/** What one call may hold where nothing else is said: enough to keep the processor busy with any network, little enough for a laptop. */
const standardBytes = 2 ** 30;

/** @throws InvalidArgumentError unless a given `maxBatchBytes` is a number above 0. */
export function batchBytes({ maxBatchBytes, maxBatchSize }: OnnxModelOptions): number {
  if (maxBatchBytes === undefined) return maxBatchSize === undefined ? standardBytes : Number.POSITIVE_INFINITY;
  if (!(maxBatchBytes > 0))
    throw new InvalidArgumentError(`maxBatchBytes must be a number of bytes above 0, got ${maxBatchBytes}`);
  return maxBatchBytes;
}

/** @throws InvalidArgumentError unless `value` is a whole number from 1 up. */
export function positive(value: number, name: string): number {
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`${name} must be a whole number of at least 1, got ${value}`);
  return value;
}
