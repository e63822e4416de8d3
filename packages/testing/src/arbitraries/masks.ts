import { HostTensor } from "@attr/core";
import fc from "fast-check";
import { sizeOf } from "../naive/naive-tensor.ts";

/**
 * Feature masks for inputs of these shapes (without the batch axis), one row for all examples: ids that repeat within an input and across
 * inputs, in any order and with gaps; some inputs may have none.
 */
export function featureMasks(
  shapes: Readonly<Record<string, readonly number[]>>,
): fc.Arbitrary<Readonly<Record<string, HostTensor>>> {
  const masks = Object.entries(shapes).map(([name, shape]) => {
    const length = sizeOf(shape);
    const ids = fc.array(fc.integer({ min: 0, max: 3 * length }), { minLength: length, maxLength: length });
    return ids.map((list) => [name, new HostTensor(Int32Array.from(list), [1, ...shape], "int32")] as const);
  });
  return fc
    .tuple(fc.tuple(...masks), fc.array(fc.boolean(), { minLength: masks.length, maxLength: masks.length }))
    .map(([all, has]) => Object.fromEntries(all.filter((_, i) => has[i])));
}
