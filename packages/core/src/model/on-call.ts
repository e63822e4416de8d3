import { assertModel } from "./assert-model.ts";
import { isDifferentiableModel } from "./capabilities.ts";
import type { GradientRequest, GradientResult } from "./differentiable.ts";
import type { Model } from "./model.ts";
import { rowCount } from "./rows.ts";
import { derive, throughLayers, type ViewOf } from "./view.ts";

/** One call of a model that has come back. */
export interface ModelCall {
  readonly rows: number;
  readonly fetches: readonly string[];
  /** What a call that went backward as well differentiated by; absent where it only ran. */
  readonly wrt?: readonly string[] | undefined;
}

/** The model with a listener that is told of every call once it has come back: to count calls and rows, or to show progress. */
export function onCall<M extends Model>(model: M, listener: (call: ModelCall) => void): ViewOf<M>;
export function onCall(model: Model, listener: (call: ModelCall) => void): Model {
  assertModel(model, "model");
  return throughLayers(model, (inner) =>
    derive(inner, {
      async run(request) {
        const result = await inner.run(request);
        listener({ rows: rowCount(request), fetches: request.fetches });
        return result;
      },
      ...(isDifferentiableModel(inner) && {
        async gradient(request: GradientRequest): Promise<GradientResult> {
          const result = await inner.gradient(request);
          listener({ rows: rowCount(request), fetches: request.fetches ?? [], wrt: request.wrt });
          return result;
        },
      }),
    }),
  );
}
