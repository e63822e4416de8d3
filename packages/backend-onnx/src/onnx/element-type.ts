import type { DType } from "@attr/core";

/** An element type of the ONNX specification (TensorProto.DataType). */
export interface ElementType {
  readonly code: number;
  /** The runtime's name of it: "float32", "float16", "int64", "string". */
  readonly name: string;
  /** Bits an element takes in a file; 0 for strings. */
  readonly bits: number;
  /**
   * The core dtype its elements are handed over as: itself where core has it, else the narrowest that holds every value of it
   * (float16 as float32; int8, uint16 and int16 as int32; uint32 as int64; uint64 as int64, which holds it up to 2⁶³ − 1). Absent where
   * its elements are no numbers.
   */
  readonly dtype?: DType | undefined;
  /**
   * The code of the type that it is converted from and to inside the graph, because the runtimes' JavaScript interfaces do not carry it,
   * or not on every platform (float16 on Node 23 and later).
   */
  readonly carrier?: number | undefined;
}

/** Every element type a file can hold. */
export const elementTypes: readonly ElementType[] = [
  { code: 1, name: "float32", bits: 32, dtype: "float32" },
  { code: 2, name: "uint8", bits: 8, dtype: "uint8" },
  { code: 3, name: "int8", bits: 8, dtype: "int32" },
  { code: 4, name: "uint16", bits: 16, dtype: "int32" },
  { code: 5, name: "int16", bits: 16, dtype: "int32" },
  { code: 6, name: "int32", bits: 32, dtype: "int32" },
  { code: 7, name: "int64", bits: 64, dtype: "int64" },
  { code: 8, name: "string", bits: 0 },
  { code: 9, name: "bool", bits: 8, dtype: "bool" },
  { code: 10, name: "float16", bits: 16, dtype: "float32", carrier: 1 },
  { code: 11, name: "float64", bits: 64, dtype: "float64" },
  { code: 12, name: "uint32", bits: 32, dtype: "int64" },
  { code: 13, name: "uint64", bits: 64, dtype: "int64" },
  { code: 14, name: "complex64", bits: 64 },
  { code: 15, name: "complex128", bits: 128 },
  { code: 16, name: "bfloat16", bits: 16, dtype: "float32", carrier: 1 },
  { code: 17, name: "float8e4m3fn", bits: 8, dtype: "float32", carrier: 1 },
  { code: 18, name: "float8e4m3fnuz", bits: 8, dtype: "float32", carrier: 1 },
  { code: 19, name: "float8e5m2", bits: 8, dtype: "float32", carrier: 1 },
  { code: 20, name: "float8e5m2fnuz", bits: 8, dtype: "float32", carrier: 1 },
  { code: 21, name: "uint4", bits: 4, dtype: "int32", carrier: 6 },
  { code: 22, name: "int4", bits: 4, dtype: "int32", carrier: 6 },
  { code: 23, name: "float4e2m1", bits: 4 },
  { code: 24, name: "float8e8m0", bits: 8 },
  { code: 25, name: "uint2", bits: 2 },
  { code: 26, name: "int2", bits: 2 },
];

const byCode = new Map(elementTypes.map((type) => [type.code, type]));
const byName = new Map(elementTypes.map((type) => [type.name, type]));

/** The element type with a number of `TensorProto.DataType`, or `undefined` where it is unknown. */
export function elementTypeOf(code: number): ElementType | undefined {
  return byCode.get(code);
}

/** The element type with a name (`"float32"`), or `undefined` where ONNX has none. */
export function elementTypeNamed(name: string): ElementType | undefined {
  return byName.get(name);
}
