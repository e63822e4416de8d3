import { formatShape, InvalidArgumentError, type Objective, sameShape, sizeOf } from "@attr/core";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";

/**
 * What is sent back from the value of an objective: its cotangent, or a one in every row.
 *
 * @param open gives the tensor behind a cotangent.
 * @throws InvalidArgumentError naming the index path or cotangent that does not fit the value.
 */
export function seedOf(
  tf: TensorFlow,
  objective: Objective,
  value: TfTensor,
  rows: number,
  open: (cotangent: { readonly shape: readonly number[] }) => TfTensor,
): TfTensor {
  if (value.dtype !== "float32")
    throw new InvalidArgumentError(`"${objective.value}" holds ${value.dtype}, which has no gradient: name a value of floats`);
  if ("cotangent" in objective) {
    const cotangent = open(objective.cotangent);
    if (!sameShape(cotangent.shape, value.shape))
      throw new InvalidArgumentError(
        `objective.cotangent has shape ${formatShape(cotangent.shape)}, but "${objective.value}" has ${formatShape(value.shape)}`,
      );
    return tf.cast(cotangent, "float32");
  }
  const { index: paths } = objective;
  const inner = value.shape.slice(1);
  if (value.shape[0] !== rows)
    throw new InvalidArgumentError(
      `"${objective.value}" has shape ${formatShape(value.shape)}, so its first axis is not the ${rows} rows: give a cotangent`,
    );
  if (paths.length !== rows)
    throw new InvalidArgumentError(`objective.index has ${paths.length} entries for ${rows} rows: it has one index path a row`);
  const width = sizeOf(inner);
  const ones = new Float32Array(rows * width);
  paths.forEach((path, row) => {
    ones[row * width + positionOf(path, row, objective.value, value.shape)] = 1;
  });
  return tf.tensor(ones, value.shape, "float32");
}

function positionOf(path: readonly number[], row: number, name: string, shape: readonly number[]): number {
  const inner = shape.slice(1);
  const subject = `objective.index[${row}] [${path.join(", ")}]`;
  if (path.length === 0 && sizeOf(inner) === 1) return 0;
  if (path.length !== inner.length)
    throw new InvalidArgumentError(
      `${subject} has ${path.length} indices, but "${name}" ${formatShape(shape)} has ${inner.length} axes besides the rows`,
    );
  let position = 0;
  path.forEach((index, axis) => {
    const length = inner[axis]!;
    if (!Number.isInteger(index) || index < 0 || index >= length)
      throw new InvalidArgumentError(`${subject} is outside axis ${axis + 1} of "${name}" (length ${length})`);
    position = position * length + index;
  });
  return position;
}
