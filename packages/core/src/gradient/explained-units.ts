import type { RowOrigin } from "../model/model.ts";
import type { TargetPlan } from "../model/target.ts";
import { numbersOf } from "../tensor/dtype.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";
import type { HostValues } from "./host-values.ts";
import type { UnitSums } from "./unit-sums.ts";

/**
 * What is explained, as numbers on the host. A unit is an explained number of an example, counted as the result lies in memory
 * (`example × explained + which`).
 */
export class ExplainedUnits {
  /** What is attributed to. */
  readonly values: HostValues;
  /** Every baseline of a distribution; where there is one for every example, that alone. */
  readonly distribution: readonly HostValues[];
  /** What a path starts from; one row, or one an example. Of a distribution the first. */
  readonly baselines: HostValues;
  readonly examples: number;
  readonly plan: TargetPlan;
  /** How many there are. */
  readonly count: number;

  constructor(init: {
    readonly values: HostValues;
    readonly distribution: readonly HostValues[];
    readonly examples: number;
    readonly plan: TargetPlan;
  }) {
    this.values = init.values;
    this.distribution = init.distribution;
    this.baselines = init.distribution[0]!;
    this.examples = init.examples;
    this.plan = init.plan;
    this.count = init.examples * init.plan.outputs;
  }

  exampleOf(unit: number): number {
    return Math.floor(unit / this.plan.outputs);
  }

  /** The rows of a pass with so many points a unit: those of a unit are neighbours. */
  rows(points: number): Int32Array {
    const units = new Int32Array(this.count * points);
    for (let row = 0; row < units.length; row++) units[row] = Math.floor(row / points);
    return units;
  }

  origin(units: Int32Array): RowOrigin {
    return { examples: units.map((unit) => this.exampleOf(unit)), count: this.examples };
  }

  /** Sums as attributions, in the shape of what is attributed to. */
  tensors(sums: Readonly<Record<string, UnitSums>>): Record<string, HostTensor> {
    return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum.tensor(this.examples, this.plan.shape)]));
  }

  /** Every unit's elements of `sums`, times `x − b` of its example. */
  timesDifference(sums: Readonly<Record<string, UnitSums>>): void {
    for (const [name, sum] of Object.entries(sums)) {
      const x = numbersOf(this.values[name]!.data);
      const base = this.baselines[name]!;
      const b = numbersOf(base.data);
      const { data, elements } = sum;
      for (let unit = 0; unit < this.count; unit++) {
        const from = this.exampleOf(unit) * elements;
        const start = base.shape[0] === 1 ? 0 : from;
        const to = unit * elements;
        for (let i = 0; i < elements; i++) data[to + i]! *= x[from + i]! - b[start + i]!;
      }
    }
  }

  /** A unit's gradients along the whole way from its baselines to its values: their products with `x − b`, summed up. */
  along(unit: number, gradients: Readonly<Record<string, Float64Array>>): number {
    let sum = 0;
    for (const [name, gradient] of Object.entries(gradients)) {
      const base = this.baselines[name]!;
      const [x, b] = [numbersOf(this.values[name]!.data), numbersOf(base.data)];
      const from = this.exampleOf(unit) * gradient.length;
      const start = base.shape[0] === 1 ? 0 : from;
      for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * (x[from + i]! - b[start + i]!);
    }
    return sum;
  }

  /** What the attributions of every unit sum up to, less `value − baseValue`. */
  gap(
    attributions: Readonly<Record<string, HostTensor>>,
    value: Float64Array,
    baseValue: Float64Array | undefined,
  ): Float64Array {
    const gap = new Float64Array(this.count);
    for (const { data } of Object.values(attributions)) {
      const numbers = numbersOf(data);
      const elements = numbers.length / this.count;
      for (let unit = 0; unit < this.count; unit++) {
        let sum = 0;
        for (let i = unit * elements; i < (unit + 1) * elements; i++) sum += numbers[i]!;
        gap[unit]! += sum;
      }
    }
    for (let unit = 0; unit < this.count; unit++) gap[unit]! -= value[unit]! - (baseValue?.[unit] ?? 0);
    return gap;
  }
}
