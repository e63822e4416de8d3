import { rowLimit } from "../game/row-limit.ts";
import { copyRow, type HostValues } from "../gradient/host-values.ts";
import { ExplainedRows } from "../model/explained-rows.ts";
import type { Model } from "../model/model.ts";
import type { Target } from "../model/target.ts";
import type { WorkOptions } from "../signal.ts";
import { allocate } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { DType, TensorData } from "../tensor/tensor.ts";
import { checkOneNumber } from "./explanation.ts";

/**
 * The explained number of every example at each of several sets of values, `[set][example]`: rows of neighbouring sets share calls. Sets
 * are made when their first row is needed, in order, and one is held at a time.
 *
 * @param values Tells names, shapes and dtypes, which are the same in all sets.
 */
export async function runSets(
  model: Model,
  target: Target,
  values: HostValues,
  sets: number,
  make: (set: number) => HostValues | Promise<HostValues>,
  { signal, onProgress }: WorkOptions,
): Promise<Float64Array> {
  const inputs = Object.entries(values).map(([name, { shape, dtype }]) => ({
    name,
    shape,
    dtype,
    width: sizeOf(shape.slice(1)),
  }));
  const examples = inputs[0]!.shape[0]!;
  const explained = new ExplainedRows(model, target, examples);
  const limit = rowLimit(model, values);
  const numbers = new Float64Array(sets * examples);
  let current = values;
  for (let begin = 0; begin < numbers.length; begin += limit) {
    signal?.throwIfAborted();
    const count = Math.min(limit, numbers.length - begin);
    const data = inputs.map(({ dtype, width }): TensorData => allocate<DType>(dtype, count * width));
    for (let row = 0; row < count; row++) {
      const example = (begin + row) % examples;
      if (example === 0) current = await make((begin + row) / examples);
      inputs.forEach(({ name, width }, i) => {
        copyRow(current[name]!, example, data[i]!, row * width);
      });
    }
    using _scope = model.backend.scope();
    const feeds = Object.fromEntries(
      inputs.map(({ name, shape, dtype }, i) => [name, model.backend.fromData(data[i]!, [count, ...shape.slice(1)], dtype)]),
    );
    const given = await explained.run(
      feeds,
      Int32Array.from({ length: count }, (_, row) => (begin + row) % examples),
      signal,
    );
    checkOneNumber((given.length / count) * examples, examples);
    numbers.set(given, begin);
    onProgress?.({ done: begin + count, total: numbers.length, unit: "rows" });
  }
  return numbers;
}
