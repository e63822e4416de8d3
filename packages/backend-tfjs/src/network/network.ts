import type { ValueInfo } from "@attr/core";
import type { TfjsInspection, TfjsNode } from "../inspect/inspection.ts";
import type { TfTensor } from "../runtime/tensor-flow.ts";

/** How the operations of a network are run. */
export interface Execution {
  /**
   * Every linear operation (matrix product, convolution) by itself, without the bias and the activation that TensorFlow.js would run
   * in one kernel with it: what a gradient is taken of, and what a rule can take the place of.
   */
  readonly unfused: boolean;
  /**
   * Called before the operations of values run, with how messages call what makes them (`layer "conv1" (Conv2D)`) and the values'
   * names.
   */
  readonly entering?: ((what: string, values: readonly string[]) => void) | undefined;
}

/**
 * What a model computes, whichever way it is written down: named values, any of which can be fed and fetched. It works on tensors of
 * TensorFlow.js, inside `tf.tidy`, and knows neither rows nor scopes.
 */
export interface Network {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Names of all values, in the order they are computed. */
  readonly values: readonly string[];
  /** What a user should know of every result. */
  readonly notes: readonly string[];
  /** Why this is a black box, whose inner values and gradients are out of reach; absent where it is none. */
  readonly blackBox?: string | undefined;
  value(name: string): ValueInfo | undefined;
  /** What it does, in the order it is computed, and how many weights it has. Looked up when it is asked for. */
  describe(): Pick<TfjsInspection, "format" | "parameters"> & { readonly nodes: readonly TfjsNode[] };
  /** The inputs that still reach `fetches` when `fed` are given. */
  required(fed: readonly string[], fetches: readonly string[]): readonly string[];
  /**
   * Computes values at once, in the order of `fetches`; what is both fed and fetched is given as it was fed. Every operation is
   * on TensorFlow.js's tape where one is recorded.
   */
  execute(feeds: ReadonlyMap<string, TfTensor>, fetches: readonly string[], execution: Execution): readonly TfTensor[];
  /** The same for networks that have to wait for their values; `around` is called with each of the steps that it does at once. */
  executeAsync?(
    feeds: ReadonlyMap<string, TfTensor>,
    fetches: readonly string[],
    around: <T>(step: () => T) => T,
  ): Promise<readonly TfTensor[]>;
}
