import { checkWhole } from "../check-number.ts";
import { assertModel } from "./assert-model.ts";
import { isDifferentiableModel } from "./capabilities.ts";
import { gradientInBatches } from "./gradient-batches.ts";
import type { Model } from "./model.ts";
import { runInBatches } from "./rows.ts";
import { derive, throughLayers, type ViewOf } from "./view.ts";

/**
 * The model with at most `rows` rows a call: what is larger is cut, run part by part and joined again. It changes how often the model is
 * called and how much memory a call takes, never a result.
 *
 * @throws InvalidArgumentError unless `rows` is a whole number from 1 up.
 */
export function limitBatch<M extends Model>(model: M, rows: number): ViewOf<M>;
export function limitBatch(model: Model, rows: number): Model {
  assertModel(model, "model");
  checkWhole("rows", rows, 1);
  return throughLayers(model, (inner) => {
    const limit = Math.min(rows, inner.maxBatchSize);
    return derive(inner, {
      maxBatchSize: limit,
      run: (request) => runInBatches(inner, request, limit),
      ...(isDifferentiableModel(inner) && { gradient: (request) => gradientInBatches(inner, request, limit) }),
    });
  });
}
