import { InvalidArgumentError } from "../errors.ts";
import type { Model, ValueInfo } from "../model/model.ts";
import type { AbortSignalLike } from "../signal.ts";
import { allocate } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { DType, Tensor, TensorData } from "../tensor/tensor.ts";
import { copyRow, type HostValues } from "./host-values.ts";

export interface ExplainedOutput {
  readonly name: string;
  /** For all examples. */
  readonly shape: readonly number[];
}

/**
 * The output that is explained, with its shape; one row is run where the model does not say what it looks like.
 *
 * @throws InvalidArgumentError for a model without outputs.
 */
export async function explainedOutput(
  model: Model,
  values: HostValues,
  examples: number,
  signal: AbortSignalLike | undefined,
): Promise<ExplainedOutput> {
  const [output] = model.outputs;
  if (output === undefined) throw new InvalidArgumentError("the model has no outputs, so there is nothing to explain");
  const inner = declaredRow(output) ?? (await rowOf(model, output.name, values, examples, signal));
  return { name: output.name, shape: inner === undefined ? [] : [examples, ...inner] };
}

/** Shape of one row as the model declares it, where it is fixed. */
function declaredRow({ shape = [] }: ValueInfo): readonly number[] | undefined {
  const inner = shape.slice(1).filter((length) => typeof length === "number");
  return shape.length > 0 && inner.length === shape.length - 1 ? inner : undefined;
}

async function rowOf(
  model: Model,
  output: string,
  values: HostValues,
  examples: number,
  signal: AbortSignalLike | undefined,
): Promise<readonly number[] | undefined> {
  const feeds: Record<string, Tensor> = Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const data: TensorData = allocate<DType>(value.dtype, sizeOf(value.shape.slice(1)));
      copyRow(value, 0, data, 0);
      return [name, model.backend.fromData(data, [1, ...value.shape.slice(1)], value.dtype)];
    }),
  );
  const origin = { examples: Int32Array.of(0), count: examples };
  const { shape } = (await model.run({ feeds, fetches: [output], origin, signal }))[output]!;
  return shape.length === 0 ? undefined : shape.slice(1);
}
