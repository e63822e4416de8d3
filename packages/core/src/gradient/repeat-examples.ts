import { isDifferentiableModel } from "../model/capabilities.ts";
import type { GradientRequest } from "../model/differentiable.ts";
import type { Model, RowOrigin, RunRequest } from "../model/model.ts";
import { originOf, type RowsRequest } from "../model/rows.ts";
import { derive, type ViewOf } from "../model/view.ts";

/** The model for several copies of its `examples`, one set after the other: what is bound to an example goes with every copy of it. */
export function repeatExamples<M extends Model>(model: M, examples: number): ViewOf<M> {
  const origin = (request: RowsRequest): RowOrigin => ({
    examples: originOf(request).examples.map((example) => example % examples),
    count: examples,
  });
  return derive(model, {
    run: (request: RunRequest) => model.run({ ...request, origin: origin(request) }),
    ...(isDifferentiableModel(model) && {
      gradient: (request: GradientRequest) => model.gradient({ ...request, origin: origin(request) }),
    }),
  });
}
