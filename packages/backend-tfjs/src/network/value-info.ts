import type { DType, ValueInfo } from "@attr/core";

/** What is told of a value. Types that a tensor of ours cannot have are left out. */
export function valueInfo(name: string, dtype: string | undefined, shape: ValueInfo["shape"]): ValueInfo {
  const known: DType | undefined = dtype === "float32" || dtype === "int32" || dtype === "bool" ? dtype : undefined;
  return { name, ...(known && { dtype: known }), ...(shape && { shape }) };
}
