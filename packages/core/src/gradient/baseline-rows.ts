import { InvalidArgumentError } from "../errors.ts";
import type { Baselines } from "../model/baselines.ts";
import type { ModelInputs } from "../model/inputs.ts";
import { sliceRows } from "../model/rows.ts";
import { isOpaqueTensor, toExactHostTensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";

/**
 * The single baselines of a distribution: row `j` of every tensor that has as many axes as what it stands for. What has one row, or is a
 * number, goes with all of them.
 *
 * @throws InvalidArgumentError where the tensors have different numbers of rows.
 */
export function baselineRows(resolved: ModelInputs, baselines: Baselines | undefined): readonly (Baselines | undefined)[] {
  if (typeof baselines !== "object" || baselines === null) return [baselines];
  const { inputs, values, model } = resolved;
  let rows = 1;
  let source = "";
  const given = Object.entries(baselines).map(([name, value]: [string, TensorLike]) => {
    const isOwn = isOpaqueTensor(value);
    const tensor: Tensor = isOwn ? (value as Tensor) : toExactHostTensor(value, `baseline "${name}"`);
    const like = values[name] ?? inputs[name];
    const count = like !== undefined && tensor.shape.length === like.shape.length ? (tensor.shape[0] ?? 1) : 1;
    if (count === 0) throw new InvalidArgumentError(`baseline "${name}" has no rows (shape ${formatShape(tensor.shape)})`);
    if (count > 1 && rows > 1 && count !== rows)
      throw new InvalidArgumentError(
        `baseline "${name}" has ${count} rows, but ${source} has ${rows}: a row of each is one baseline`,
      );
    if (count > rows) {
      rows = count;
      source = `"${name}"`;
    }
    return { name, tensor, count, backend: isOwn ? model.backend : hostBackend };
  });
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      given.map(({ name, tensor, count, backend }) => [name, count > 1 ? sliceRows(backend, tensor, row, row + 1) : tensor]),
    ),
  );
}
