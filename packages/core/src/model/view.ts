import type { AbortSignalLike } from "../signal.ts";
import { isGraphModel } from "./capabilities.ts";
import type { GraphModel, Model, ResolvedInputs } from "./model.ts";

/** What a view changes of a model; the rest stays. */
export type ViewParts = Partial<Omit<GraphModel, "backend">>;

/** A model with `parts` in place of what differs. It keeps what the model can do: a view of a graph model is a graph model. */
export function derive(model: GraphModel, parts: ViewParts): GraphModel;
export function derive(model: Model, parts: ViewParts): Model;
export function derive(model: Model, parts: ViewParts): Model {
  const view: Model = {
    backend: model.backend,
    inputs: model.inputs,
    outputs: model.outputs,
    maxBatchSize: model.maxBatchSize,
    get notes() {
      return model.notes;
    },
    run: (request) => model.run(request),
  };
  const graph = isGraphModel(model)
    ? {
        value: (name: string) => model.value(name),
        values: model.values,
        required: (fed: readonly string[], fetches: readonly string[]) => model.required(fed, fetches),
      }
    : {};
  return Object.defineProperties(view, Object.getOwnPropertyDescriptors({ ...graph, ...parts }));
}

/** A function that makes a view; applied to a graph model it gives one. */
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
