import type { Model, NamedTensors } from "../model/model.ts";
import { sizeOf } from "../tensor/shape.ts";

/** Rows of a call where the model takes any number: at most 64, in at most 256 MiB of feeds. */
const freeRows = 64;
const freeBytes = 2 ** 28;
const bytesOf = { float32: 4, float64: 8, int32: 4, int64: 8, uint8: 1, bool: 1 } as const;

/** How many rows of these values are put into one call of the model. */
export function rowLimit(model: Model, values: NamedTensors): number {
  if (Number.isFinite(model.maxBatchSize)) return Math.max(1, Math.floor(model.maxBatchSize));
  let rowBytes = 1;
  for (const { shape, dtype } of Object.values(values)) rowBytes += sizeOf(shape.slice(1)) * bytesOf[dtype];
  return Math.max(1, Math.min(freeRows, Math.floor(freeBytes / rowBytes)));
}
