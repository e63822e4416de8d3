import { InvalidArgumentError } from "../errors.ts";
import { numbersOf } from "../tensor/dtype.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { formatShape, sameShape, sizeOf } from "../tensor/shape.ts";
import type { HostData, Shape } from "../tensor/tensor.ts";

/** Weighted sums of gradient rows, one sum a unit (an explained number of an example), in float64. */
export class UnitSums {
  readonly units: number;
  #inner: Shape | undefined;
  #data = new Float64Array(0);

  constructor(units: number) {
    this.units = units;
  }

  /** Shape of one unit's sum, without the batch. */
  get inner(): Shape {
    return this.#inner ?? [];
  }

  /** `[units, ...inner]`, row-major. */
  get data(): Float64Array {
    return this.#data;
  }

  /** Elements of one unit's sum. */
  get elements(): number {
    return this.#data.length / this.units;
  }

  /** Makes room for rows like these. @throws InvalidArgumentError where they are no rows, or others than before. */
  admit(name: string, rows: HostData, count: number): void {
    const { shape } = rows;
    if (shape[0] !== count)
      throw new InvalidArgumentError(
        `"${name}" has shape ${formatShape(shape)} for ${count} rows: it has not one row an example, so nothing can be attributed to it`,
      );
    if (this.#inner === undefined) this.open(shape.slice(1));
    else if (!sameShape(this.#inner, shape.slice(1)))
      throw new InvalidArgumentError(
        `"${name}" has shape ${formatShape(shape)}, but its rows had shape ${formatShape(this.#inner)} before`,
      );
  }

  /** Makes room for sums of this shape. */
  open(inner: Shape): void {
    this.#inner = inner;
    this.#data = new Float64Array(this.units * sizeOf(inner));
  }

  /** Adds a row, times a weight, to the sum of a unit. */
  add(unit: number, rows: HostData, row: number, weight: number): void {
    const from = numbersOf(rows.data);
    const { elements } = this;
    const to = this.#data;
    const start = row * elements;
    const target = unit * elements;
    for (let i = 0; i < elements; i++) to[target + i]! += weight * from[start + i]!;
  }

  /** The sums as attributions: `[examples, ...explained, ...inner]`. */
  tensor(examples: number, explained: Shape): HostTensor {
    return new HostTensor(this.#data, [examples, ...explained, ...this.inner], "float64");
  }
}
