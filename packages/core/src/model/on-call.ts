import { assertModel } from "./assert-model.ts";
import type { GraphModel, Model } from "./model.ts";
import { rowCount } from "./rows.ts";
import { derive, throughLayers } from "./view.ts";

/** One call of a model that has come back. */
export interface ModelCall {
  readonly rows: number;
  readonly fetches: readonly string[];
}

/** The model with a listener that is told of every call once it has come back: to count calls and rows, or to show progress. */
export function onCall(model: GraphModel, listener: (call: ModelCall) => void): GraphModel;
export function onCall(model: Model, listener: (call: ModelCall) => void): Model;
export function onCall(model: Model, listener: (call: ModelCall) => void): Model {
  assertModel(model, "model");
  return throughLayers(model, (inner) =>
    derive(inner, {
      async run(request) {
        const result = await inner.run(request);
        listener({ rows: rowCount(request), fetches: request.fetches });
        return result;
      },
    }),
  );
}
