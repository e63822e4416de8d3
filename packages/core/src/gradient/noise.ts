import { checkNumber } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";
import { listNames } from "../model/names.ts";
import { numbersOf } from "../tensor/dtype.ts";
import type { Random } from "../tensor/random.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { TensorData } from "../tensor/tensor.ts";
import type { HostValues } from "./host-values.ts";

/** A standard deviation, for every input or by input name (names that are left out get no noise). */
export type Stdev = number | Readonly<Record<string, number>>;

/** @throws InvalidArgumentError for an unknown name, and for what is no number from 0 up. */
export function readStdev(stdev: Stdev, names: readonly string[]): (name: string) => number {
  if (typeof stdev === "object" && stdev !== null) {
    for (const name of Object.keys(stdev))
      if (!names.includes(name))
        throw new InvalidArgumentError(`stdev "${name}" is unknown; what is attributed to is ${listNames(names)}`);
    for (const [name, value] of Object.entries(stdev)) checkNumber(`stdev of "${name}"`, value, 0);
    return (name) => (Object.hasOwn(stdev, name) ? stdev[name]! : 0);
  }
  checkNumber("stdev", stdev, 0);
  return () => stdev;
}

/**
 * Adds the noise of a draw to a row. A draw's noise depends on the seed, the draw and the input's name alone, so it is the same for every
 * example; it is made anew when another draw is asked for.
 */
export function noise(
  random: Random,
  stdev: (name: string) => number,
  values: HostValues,
): (name: string, draw: number, out: TensorData, offset: number) => void {
  const made = new Map<string, { readonly draw: number; readonly data: Float64Array }>();
  return (name, draw, out, offset) => {
    const deviation = stdev(name);
    if (deviation === 0) return;
    let last = made.get(name);
    if (last?.draw !== draw) {
      const own = random.fork(`noise ${draw} ${name}`);
      const data = new Float64Array(sizeOf(values[name]!.shape.slice(1)));
      for (let i = 0; i < data.length; i++) data[i] = own.normal();
      last = { draw, data };
      made.set(name, last);
    }
    const to = numbersOf(out);
    for (let i = 0; i < last.data.length; i++) to[offset + i]! += deviation * last.data[i]!;
  };
}
