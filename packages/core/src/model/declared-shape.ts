import { InvalidArgumentError } from "../errors.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ValueInfo } from "./model.ts";

/**
 * Holds a tensor to the rank and the fixed axes a model declares for it, where it does.
 *
 * @param what names the tensor in messages.
 * @throws InvalidArgumentError naming the axis and what the model takes.
 */
export function checkDeclaredShape(info: ValueInfo | undefined, { shape }: Tensor, what: string): void {
  if (info?.shape === undefined) return;
  const declared = `the model takes ${formatShape(info.shape)}`;
  if (shape.length !== info.shape.length)
    throw new InvalidArgumentError(
      `${what} has rank ${shape.length} (shape ${formatShape(shape)}), but ${declared}` +
        (shape.length === info.shape.length - 1 ? "; the first axis is the batch, also for one example" : ""),
    );
  // The first axis is the batch, which backends cut to what the model takes.
  for (let axis = 1; axis < shape.length; axis++)
    if (typeof info.shape[axis] === "number" && info.shape[axis] !== shape[axis])
      throw new InvalidArgumentError(
        `${what} has ${shape[axis]} along axis ${axis} (shape ${formatShape(shape)}), but ${declared}`,
      );
}
