import type { AbortSignalLike } from "../signal.ts";
import { isDifferentiableModel, isGraphModel } from "./capabilities.ts";
import type { DifferentiableGraphModel, DifferentiableModel } from "./differentiable.ts";
import type { GraphModel, Model, ResolvedInputs } from "./model.ts";

/** What a view changes of a model; the rest stays. */
export type ViewParts = Partial<Omit<DifferentiableGraphModel, "backend">>;

/** A view of a model can do what the model can: one of a graph model is a graph model, one of a differentiable model differentiable. */
export type ViewOf<M extends Model> = Model &
  (M extends GraphModel ? GraphModel : unknown) &
  (M extends DifferentiableModel ? DifferentiableModel : unknown);

/** A model with `parts` in place of what differs. Whoever changes what `run` does changes `gradient` alike. */
export function derive<M extends Model>(model: M, parts: ViewParts): ViewOf<M>;
export function derive(model: Model, parts: ViewParts): Model {
  const view: Model = {
    backend: model.backend,
    inputs: model.inputs,
    outputs: model.outputs,
    maxBatchSize: model.maxBatchSize,
    get notes() {
      return model.notes;
    },
    releasesFeeds: model.releasesFeeds,
    run: (request) => model.run(request),
  };
  const graph = isGraphModel(model)
    ? {
        value: (name: string) => model.value(name),
        values: model.values,
        required: (fed: readonly string[], fetches: readonly string[]) => model.required(fed, fetches),
      }
    : {};
  const differentiable: Partial<DifferentiableModel> = isDifferentiableModel(model)
    ? {
        differentiatesLogSoftmax: model.differentiatesLogSoftmax,
        gradient: (request) => model.gradient(request),
      }
    : {};
  return Object.defineProperties(view, Object.getOwnPropertyDescriptors({ ...graph, ...differentiable, ...parts }));
}

/** A function that makes a view; what it makes can do what the model can. */
export type View = (model: Model) => Model;

/** Layer views, and how to make each again of a view of the model below it. */
const layerViews = new WeakMap<Model, (through: View) => Model>();

/** Marks `view` as one that attributes to a layer; `remake` makes it again with another view in between. */
export function markLayerView(view: Model, remake: (through: View) => Model): void {
  layerViews.set(view, remake);
}

/**
 * Applies a view to a model that may attribute to a layer. A view of a layer view is the layer view of the view
 * (`onCall(fromLayer(m, l))` is `fromLayer(onCall(m), l)`), so that the call that computes the layer goes through it as well. Other
 * models that resolve their inputs have the view applied to the model they resolve to.
 */
export function throughLayers(model: Model, view: View): Model {
  const remake = layerViews.get(model);
  if (remake !== undefined) return remake((below) => throughLayers(below, view));
  const result = view(model);
  if (model.resolve === undefined) return result;
  return derive(result, {
    async resolve(inputs, signal?: AbortSignalLike): Promise<ResolvedInputs> {
      const resolved = await model.resolve!(inputs, signal);
      return { values: resolved.values, model: view(resolved.model), at: (other) => resolved.at(other) };
    },
  });
}
