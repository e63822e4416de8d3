import type { HostData } from "../tensor/tensor.ts";
import type { CheckedLayout } from "./causal-lm-layout.ts";
import { joinPasts, type KeptCache, keepRow } from "./key-value-cache.ts";
import type { PlannedCall, ScoringPlan } from "./scoring-plan.ts";

/** Keys and values that rows still to come go on from; each is dropped with the last of them. */
export class KeptCaches {
  readonly #plan: ScoringPlan;
  readonly #layout: CheckedLayout;
  readonly #kept = new Map<number, KeptCache>();
  /** How many rows still go on from every row. */
  readonly #waiting: Int32Array;

  constructor(plan: ScoringPlan, layout: CheckedLayout) {
    this.#plan = plan;
    this.#layout = layout;
    this.#waiting = new Int32Array(plan.rows.length);
    for (const { parent } of plan.rows) if (parent >= 0) this.#waiting[parent]!++;
  }

  /** How many rows' keys and values are held. */
  get size(): number {
    return this.#kept.size;
  }

  /** What the rows of a call go on from, one an entry of the layout's cache. */
  join(call: PlannedCall): HostData[] {
    const rows = call.rows.map((index) => {
      const { start, parent } = this.#plan.rows[index]!;
      return { start, kept: this.#kept.get(parent) };
    });
    return this.#layout.cache.map((entry, index) => {
      const dtype = this.#layout.dtypes.get(entry.past) === "float64" ? "float64" : "float32";
      return joinPasts(entry, index, rows, call.past, dtype);
    });
  }

  /** Takes what a call gave, where rows go on from it, and lets go of what no row goes on from any more. */
  update(call: PlannedCall, present: readonly HostData[]): void {
    const { rows, kept } = this.#plan;
    for (const [row, index] of call.rows.entries()) {
      const { start, parent } = rows[index]!;
      if (kept[index]! > 0) this.#kept.set(index, keepRow(this.#layout.cache, present, row, call.past - start, kept[index]!));
      if (parent >= 0 && --this.#waiting[parent]! === 0) this.#kept.delete(parent);
    }
  }
}
