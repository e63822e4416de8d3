import { type HostData, hostBackend, type NamedTensors, type RunRequest } from "@attr/core";
import { extract } from "../graph/extract.ts";
import { checkShapes, countRows, feedsWithRows, stackHeights } from "./check-feeds.ts";
import type { ForwardRoutes } from "./forward-routes.ts";
import type { RowsFetch } from "./join-rows.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { feedsOfInputs, type PreparedFeed, prepareFeed, readFeeds } from "./prepare-feeds.ts";
import { byCodeUnits } from "./route.ts";
import { hasRowAxis } from "./rows.ts";
import { type RunOnce, runRows } from "./run-rows.ts";

/** Runs a model forward: what `OnnxModel.run` does. */
export async function runForward(loaded: LoadedModel, routes: ForwardRoutes, request: RunRequest): Promise<NamedTensors> {
  request.signal?.throwIfAborted();
  const { index, values, plan } = loaded;
  const fed = readFeeds(loaded, request.feeds);
  for (const name of request.fetches) {
    values.check(name);
    values.checkTensor(name, "fetched");
  }
  if (fed.size === 0) extract(index, new Map(), request.fetches, values.types); // names the inputs that are missing
  const withRows = feedsWithRows(fed, request);
  const rows = countRows(withRows, request.origin);
  const wanted = [...new Set(request.fetches)].filter((name) => !fed.has(name)).sort(byCodeUnits);
  checkShapes(fed, (name) => values.shape(name), plan, new Set(request.shared));
  const stacks = stackHeights(fed, rows, request.stacked);
  const feeds = [...fed].map(([name, data]) =>
    prepareFeed(loaded, name, data, { whole: request.shared?.includes(name), stack: stacks.get(name) }),
  );
  const results = wanted.length === 0 ? new Map<string, HostData>() : await compute(loaded, routes, feeds, wanted, rows, request);
  return Object.fromEntries(
    request.fetches.map((name) => {
      const result = results.get(name);
      if (result === undefined) return [name, request.feeds[name]!];
      return [name, hostBackend.fromData(result.data, result.shape, result.dtype)];
    }),
  );
}

function compute(
  { values, plan, pool, runtime, budget }: LoadedModel,
  routes: ForwardRoutes,
  feeds: readonly PreparedFeed[],
  wanted: readonly string[],
  rows: number,
  request: RunRequest,
): Promise<ReadonlyMap<string, HostData>> {
  const route = routes.find(feeds, wanted);
  const used = feedsOfInputs(feeds, route.inputOf);
  const fetches = wanted.map((name): RowsFetch => {
    const shape = values.shape(name);
    const rowAxis = shape === undefined ? undefined : hasRowAxis(plan, name, shape);
    return { name, rowAxis, isOutput: values.outputs.has(name), hasRows: values.hasRows(name), shared: "same" };
  });
  const outputs = wanted.map((name) => route.outputOf.get(name)!);
  const runOnce: RunOnce = async (tensors) => {
    const results = await pool.run(route.key, route.createSession, tensors, outputs, request.signal);
    return new Map(wanted.map((name) => [name, results[route.outputOf.get(name)!]]));
  };
  return runRows(plan, rows, used, fetches, runtime.createTensor, runOnce, budget.rowsPerCall(route.memory, used));
}
