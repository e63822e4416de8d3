import { numbersOf } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { HostValues } from "./host-values.ts";

/**
 * Values that have several rows for every row of the batch, those of a row next to each other: `[count, rows, ...]`. Undefined where
 * their rows cannot be shared out evenly.
 */
export function stacksOf(values: HostValues, names: readonly string[], count: number): HostValues | undefined {
  const stacks: Record<string, HostValues[string]> = { ...values };
  for (const name of names) {
    const { data, shape, dtype } = values[name]!;
    const [rows, ...inner] = shape;
    if (rows === count) continue;
    if (count === 1) stacks[name] = { data, shape: [1, ...shape], dtype };
    else if (rows === undefined || rows % count !== 0) return undefined;
    else stacks[name] = { data, shape: [count, rows / count, ...inner], dtype };
  }
  return stacks;
}

/**
 * Whether a row's stacks are what the row has when it is run alone: then its rows lie next to each other. All zeros tell nothing.
 *
 * @param alone `[1, rows, ...]`
 */
export function isStackOf(stacks: HostValues, row: number, alone: HostValues, names: readonly string[]): boolean {
  let tells = false;
  for (const name of names) {
    const [all, one] = [stacks[name]!, alone[name]!];
    const size = sizeOf(all.shape.slice(1));
    if (size !== sizeOf(one.shape) || all.shape.slice(1).join() !== one.shape.slice(1).join()) return false;
    const [a, b] = [numbersOf(all.data), numbersOf(one.data)];
    let most = 0;
    for (let i = 0; i < size; i++) most = Math.max(most, Math.abs(b[i]!));
    for (let i = 0; i < size; i++) if (!(Math.abs(a[row * size + i]! - b[i]!) <= 1e-4 * most)) return false;
    if (most > 0) tells = true;
  }
  return tells;
}
