import { type GradientRequest, type GradientResult, hostBackend, type NamedTensors } from "@attr/core";
import { checkGradientRequest } from "../gradient/check-request.ts";
import { type PreparedObjective, prepareObjective } from "../gradient/objective/objective.ts";
import { toFileElements } from "../runtime/elements.ts";
import { checkShapes, countRows, feedsWithRows, stackHeights } from "./check-feeds.ts";
import type { GradientRoute, GradientRoutes } from "./gradient-routes.ts";
import type { RowsFetch } from "./join-rows.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { feedsOfInputs, prepareFeed, prepareReferences, readFeeds } from "./prepare-feeds.ts";
import { byCodeUnits } from "./route.ts";
import { hasRowAxis, type RowPlan } from "./rows.ts";
import { type RowsFeed, type RowsOfFeed, runRows } from "./run-rows.ts";

/** Runs a model forward and back: what `OnnxModel.gradient` does. */
export async function runGradient(
  loaded: LoadedModel,
  routes: GradientRoutes,
  request: GradientRequest,
): Promise<GradientResult> {
  request.signal?.throwIfAborted();
  checkGradientRequest(request);
  const { values } = loaded;
  const { objective, rules } = request;
  const fetches = request.fetches ?? [];
  const wrt = [...new Set(request.wrt)];
  const fed = readFeeds(loaded, request.feeds);
  for (const name of [...wrt, objective.value, ...fetches]) values.check(name);
  for (const name of [...wrt, objective.value]) values.checkFloats(name);
  const withRows = feedsWithRows(fed, request);
  const rows = countRows(withRows, request.origin);
  checkShapes(fed, (name) => values.shape(name), loaded.plan, new Set(request.shared));
  const plan = planOf(loaded.plan, wrt);
  const valueShape = values.shape(objective.value);
  const rowAxis = hasRowAxis(plan, objective.value, valueShape);
  const prepared = prepareObjective(
    objective,
    rows,
    { rowShape: rowAxis ? valueShape?.slice(1) : valueShape, rowAxis },
    rules?.kind === "lrp",
  );
  const stacks = stackHeights(fed, rows, request.stacked);
  const rowsOf = (name: string): RowsOfFeed => ({ whole: request.shared?.includes(name), stack: stacks.get(name) });
  const feeds = [...fed].map(([name, data]) => prepareFeed(loaded, name, data, rowsOf(name)));
  const wanted = [...new Set(fetches)].filter((name) => !fed.has(name)).sort(byCodeUnits);
  const references = rules?.kind === "deepLift" ? prepareReferences(loaded, rules.reference, fed, rowsOf) : [];
  const route = routes.find(feeds, references, {
    of: objective.value,
    seed: prepared.seed,
    wrt,
    rules,
    values: wanted,
  });

  const used = [
    ...feedsOfInputs(feeds, route.inputOf),
    ...feedsOfInputs(references, route.referenceOf),
    ...seedFeed(prepared, route, plan.mode !== "no-axis" && rowAxis),
  ];
  const rowsFetch = (name: string): RowsFetch => {
    const shape = values.shape(name);
    const rowAxisOf = shape === undefined ? undefined : hasRowAxis(plan, name, shape);
    const isOutput = withRows.has(name) || values.outputs.has(name);
    return { name, rowAxis: rowAxisOf, isOutput, hasRows: values.hasRows(name), shared: "same", stack: stacks.get(name) };
  };
  // A value may be fetched beside its gradient: what comes out is told apart by its place.
  const asked = [
    ...wrt.map((name) => ({ ...rowsFetch(name), shared: "sum" as const, output: route.gradientOf.get(name)! })),
    ...wanted.map((name) => ({ ...rowsFetch(name), output: route.outputOf.get(name)! })),
  ].map((one, i) => ({ ...one, key: String(i) }));
  const outputs = asked.map(({ output }) => output);
  const results = await runRows(
    plan,
    rows,
    used,
    asked.map(({ key, ...fetch }) => ({ ...fetch, name: key })),
    loaded.runtime.createTensor,
    async (tensors) => {
      const run = await loaded.pool.run(route.key, route.createSession, tensors, outputs, request.signal);
      return new Map(asked.map(({ key, output }) => [key, run[output]]));
    },
    loaded.budget.rowsPerCall(route.memory, used),
  );
  const tensorOf = (key: string): NamedTensors[string] => {
    const { data, shape, dtype } = results.get(key)!; // one for each that was asked
    return hostBackend.fromData(data, shape, dtype);
  };
  const computed = new Map(asked.slice(wrt.length).map(({ name, key }) => [name, tensorOf(key)]));
  return {
    gradients: Object.fromEntries(asked.slice(0, wrt.length).map(({ name, key }) => [name, tensorOf(key)])),
    values: Object.fromEntries(fetches.map((name) => [name, computed.get(name) ?? request.feeds[name]!])),
  };
}

/** What all rows of a run share has the gradient of all of them: to tell the rows apart each is run alone. */
function planOf(given: RowPlan, wrt: readonly string[]): RowPlan {
  const isShared = given.mode === "together" && wrt.some((name) => given.perRun.has(name));
  return isShared ? { ...given, mode: "one-by-one", rowsPerRun: 1 } : given;
}

/** The objective's indices or cotangent, where the route takes them. */
function seedFeed(prepared: PreparedObjective, { seed }: GradientRoute, rowAxis: boolean): readonly RowsFeed[] {
  if (prepared.feed === undefined || seed === undefined) return [];
  const { name, element } = seed;
  return [
    {
      name,
      // Every dtype's elements lie in a typed array.
      elements: toFileElements(prepared.feed.data, prepared.feed.dtype, element, "the objective") as Float32Array,
      typeName: element.carrier === undefined ? element.name : element.dtype!, // floats and int64 have a dtype
      shape: prepared.feed.shape,
      rowAxis,
      perRun: false,
    },
  ];
}
