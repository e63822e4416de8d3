import type { GradientRequest, ValueInfo } from "@attr/core";
import type { TensorFlow, TfTensor } from "./runtime/tensor-flow.ts";

/** Models that take one number of rows only: calls are filled up to it, and what comes of the filling is cut off. */

/** How many rows the inputs say that every call has. */
export function fixedRows(inputs: readonly ValueInfo[]): number | undefined {
  const sizes = inputs.map(({ shape }) => shape?.[0]).filter((size) => typeof size === "number");
  return sizes.length > 0 && sizes.every((size) => size === sizes[0] && size > 0) ? sizes[0] : undefined;
}

export function noteOf(fixed: number | undefined): readonly string[] {
  if (fixed === undefined) return [];
  if (fixed === 1) return ["the model has a fixed batch of 1: rows are run one by one"];
  return [`the model has a fixed batch of ${fixed}: rows are run ${fixed} at a time, the last ones filled up with repeats`];
}

/** The tensor with its last row repeated, kept. */
export function filledUp(tf: TensorFlow, x: TfTensor, rows: number): TfTensor {
  const order = Int32Array.from({ length: rows }, (_, row) => Math.min(row, x.shape[0]! - 1));
  return tf.keep(tf.tidy(() => tf.gather(x, tf.tensor1d(order, "int32"))));
}

/** The tensor with rows of zeros behind its own. */
export function zeroed(tf: TensorFlow, x: TfTensor, rows: number): TfTensor {
  return tf.concat([x, tf.zeros([rows - x.shape[0]!, ...x.shape.slice(1)], x.dtype)], 0);
}

/** An objective for repeated rows too: what comes back for them is cut off. */
export function filledObjective(objective: GradientRequest["objective"], rows: number): GradientRequest["objective"] {
  if (!("index" in objective) || objective.index.length === 0 || objective.index.length >= rows) return objective;
  const missing = new Array<readonly number[]>(rows - objective.index.length).fill(objective.index.at(-1)!);
  return { value: objective.value, index: [...objective.index, ...missing] };
}

/** The first rows of a result of filled-up ones, which it takes over. */
export function cut(tf: TensorFlow, x: TfTensor, rows: number, fixed: number | undefined): TfTensor {
  if (fixed === undefined || rows >= fixed || x.shape[0] !== fixed) return x;
  const first = tf.keep(tf.tidy(() => tf.slice(x, new Array<number>(x.rank).fill(0), [rows, ...x.shape.slice(1)])));
  x.dispose();
  return first;
}
