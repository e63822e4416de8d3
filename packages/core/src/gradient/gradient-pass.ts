import type { Objective } from "../model/differentiable.ts";
import type { GradientRules } from "../model/gradient-rules.ts";
import type { TensorData } from "../tensor/tensor.ts";
import type { HostValues } from "./host-values.ts";

/** Writes what a row is fed into `out` from `offset` on. */
export type RowFeed = (name: string, row: number, out: TensorData, offset: number) => void;

/** Gradients of many rows: row `r` is of unit `units[r]`. */
export interface GradientPass {
  readonly units: Int32Array;
  readonly wrt: readonly string[];
  /** @defaultValue the values of the unit's example */
  readonly feed?: RowFeed | undefined;
  /** What a row is compared with, for rules that compare. */
  readonly reference?: RowFeed | undefined;
  readonly rules?: GradientRules | undefined;
  /** What is differentiated, for the rows of one call. @defaultValue the explained numbers of the output */
  readonly objective?: ((units: Int32Array) => Objective) | undefined;
  readonly fetches?: readonly string[] | undefined;
  /** Takes what a call gave. */
  each(call: GradientRows): void;
}

/** What one call gave: `count` rows, the first of which is row `begin` of the pass. */
export interface GradientRows {
  readonly begin: number;
  readonly count: number;
  readonly gradients: HostValues;
  readonly values: HostValues;
}
