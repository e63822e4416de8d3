import type { Model, NamedTensors } from "../model/model.ts";
import { numbersOf } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { HostData, TensorData } from "../tensor/tensor.ts";

/** Tensors on the host by name. */
export type HostValues = Readonly<Record<string, HostData>>;

export async function readHostValues(model: Model, tensors: NamedTensors): Promise<HostValues> {
  const entries = Object.entries(tensors).map(async ([name, tensor]) => [name, await model.backend.read(tensor)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Copies one row; a tensor of one row gives it to all. */
export function copyRow(from: HostData, row: number, out: TensorData, offset: number): void {
  const elements = sizeOf(from.shape.slice(1));
  const start = from.shape[0] === 1 ? 0 : row * elements;
  // The two are of one dtype, so their arrays are of one class.
  (out as Float32Array).set((from.data as Float32Array).subarray(start, start + elements), offset);
}

/** Writes `b + alpha (x − b)` of one example. */
export function interpolateRow(x: HostData, b: HostData, example: number, alpha: number, out: TensorData, offset: number): void {
  const elements = sizeOf(x.shape.slice(1));
  const from = example * elements;
  const start = b.shape[0] === 1 ? 0 : from;
  const [end, begin, to] = [numbersOf(x.data), numbersOf(b.data), numbersOf(out)];
  for (let i = 0; i < elements; i++) {
    const base = begin[start + i]!;
    to[offset + i] = base + alpha * (end[from + i]! - base);
  }
}
