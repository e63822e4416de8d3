import type { DataOf, DType } from "@attr/core";

const makers: { readonly [D in DType]: (length: number) => DataOf[D] } = {
  float32: (length) => new Float32Array(length),
  float64: (length) => new Float64Array(length),
  int32: (length) => new Int32Array(length),
  int64: (length) => new BigInt64Array(length),
  uint8: (length) => new Uint8Array(length),
  bool: (length) => new Uint8Array(length),
};

/** All element types. */
export const allDtypes: readonly DType[] = ["float32", "float64", "int32", "int64", "uint8", "bool"];

export function isFloat(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** A zeroed array for `length` elements. */
export function allocate<D extends DType>(dtype: D, length: number): DataOf[D] {
  return makers[dtype](length);
}
