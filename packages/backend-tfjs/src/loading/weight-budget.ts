import { formatShape, InvalidArgumentError, sizeOf } from "@attr/core";
import type { WeightSpec } from "./manifest.ts";

/** The part of TensorFlow.js's class of layers through which all weights are made. */
interface LayerPrototype {
  addWeight(name: string, shape: readonly (number | null)[], ...rest: readonly unknown[]): unknown;
}

/**
 * Sees to it that layers make no more weights than there are in the files: a layer of a thousand million units would take all memory
 * before its weights are looked for. Gives what takes the limit away.
 *
 * @param file names the file in messages.
 */
export function limitWeights(prototype: object, weights: readonly WeightSpec[], file: string): () => void {
  const layer = prototype as LayerPrototype; // protected by type only
  const { addWeight } = layer;
  let left = weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  layer.addWeight = function (this: { readonly name?: unknown }, name, shape, ...rest) {
    const size =
      Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length! >= 0)
        ? sizeOf(shape as number[])
        : Number.NaN;
    if (Number.isNaN(size))
      throw new InvalidArgumentError(
        `${file}: layer "${String(this.name)}" makes a weight "${name}" of the shape ${JSON.stringify(shape)}`,
      );
    left -= size;
    if (left < 0)
      throw new InvalidArgumentError(
        `${file}: layer "${String(this.name)}" has a weight "${name}" ${formatShape(shape)}, which is more than the weights that weightsManifest lists`,
      );
    return addWeight.call(this, name, shape, ...rest);
  };
  return () => {
    layer.addWeight = addWeight;
  };
}
