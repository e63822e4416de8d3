import type { GraphBuilder } from "../graph-builder.ts";

/** The elements of `[examples, channels, …axes]` as one row of channels each: `[examples · …axes, channels]`. */
export function rowsOf(build: GraphBuilder, x: string, axes: number): string {
  const order = [0, ...[...Array(axes).keys()].map((axis) => axis + 2), 1];
  return build.reshape(build.transpose(x, order), build.concat([build.int64([-1]), build.sizeOf(x, 1)]));
}

/** Sums of rows by weights: `index` and `weights` are `[results, terms]`, the sums `[results, channels]`. */
export function weightedRows(build: GraphBuilder, rows: string, index: string, weights: string): string {
  const terms = build.op("Gather", [rows, index], { axis: 0 });
  return build.squeeze(build.op("MatMul", [build.unsqueeze(build.cast(weights, rows), [1]), terms]), [1]);
}

/** The whole numbers from 0 on, as many as the list of one says, as `int64`. */
export function countTo(build: GraphBuilder, length: string): string {
  return build.op("Range", [build.int64([0], []), build.squeeze(length, [0]), build.int64([1], [])]);
}
