import type { Target } from "@attr/core";
import fc from "fast-check";

/**
 * Targets into an output of this shape (without the batch axis) for so many examples, in every form there is: one index, one entry an example,
 * a path for all, or none.
 */
export function targets(output: readonly number[], examples: number): fc.Arbitrary<Target> {
  const path = fc.tuple(...output.map((length) => fc.integer({ min: 0, max: length - 1 })));
  const paths = fc.array(path, { minLength: examples, maxLength: examples });
  const always: fc.Arbitrary<Target>[] = [fc.constant(undefined), path.map((one) => ({ path: one })), paths];
  const [length] = output;
  if (output.length !== 1 || length === undefined) return fc.oneof(...always);
  const index = fc.integer({ min: 0, max: length - 1 });
  return fc.oneof(...always, index, fc.array(index, { minLength: examples, maxLength: examples }));
}
