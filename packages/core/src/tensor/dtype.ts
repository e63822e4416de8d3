import { AttributionError } from "../errors.ts";
import type { DataOf, DType, TensorData } from "./tensor.ts";

/** Arrays whose elements are JavaScript numbers: every dtype's but int64's. */
export type NumberData = Float32Array | Float64Array | Int32Array | Uint8Array;

/** What one element reads as on the host. */
export interface ElementOf {
  readonly float32: number;
  readonly float64: number;
  readonly int32: number;
  readonly int64: bigint;
  readonly uint8: number;
  readonly bool: boolean;
}

const makers: { readonly [D in DType]: (length: number) => DataOf[D] } = {
  float32: (length) => new Float32Array(length),
  float64: (length) => new Float64Array(length),
  int32: (length) => new Int32Array(length),
  int64: (length) => new BigInt64Array(length),
  uint8: (length) => new Uint8Array(length),
  bool: (length) => new Uint8Array(length),
};

const owners: { readonly [D in DType]: abstract new (...args: never[]) => DataOf[D] } = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** All element types. */
export const dtypes: readonly DType[] = ["float32", "float64", "int32", "int64", "uint8", "bool"];

export function isDType(value: unknown): value is DType {
  return typeof value === "string" && Object.hasOwn(makers, value);
}

export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** True where `data` is the kind of array that holds `dtype`. */
export function holds(dtype: DType, data: unknown): data is TensorData {
  return data instanceof owners[dtype];
}

/** A zeroed array for `length` elements. */
export function allocate<D extends DType>(dtype: D, length: number): DataOf[D] {
  try {
    return makers[dtype](length);
  } catch (cause) {
    throw new AttributionError(`there is no memory for ${length} elements of ${dtype}`, { cause });
  }
}

/** The numbers of any dtype but int64. */
export function numbersOf(data: TensorData): NumberData {
  // Callers have looked at the dtype; BigInt64Array is what they have ruled out.
  return data as NumberData;
}

/** The elements of an int64 tensor. */
export function bigintsOf(data: TensorData): BigInt64Array {
  // Callers have looked at the dtype.
  return data as BigInt64Array;
}

/** Elements as words to be moved about, without a look at what they mean: 1 or 4 bytes, two words to an element of 8. */
export function wordsOf(data: TensorData): Uint8Array | Int32Array {
  if (data instanceof Uint8Array) return data;
  return new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
}
