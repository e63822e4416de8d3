import { type GradientRules, InvalidArgumentError, type Shape } from "@attr/core";
import type { SeedKind } from "../gradient/objective/seed.ts";
import { checkShapes, countRows, feedsWithRows, type Shaped } from "../run/check-feeds.ts";
import type { ForwardRoutes } from "../run/forward-routes.ts";
import type { GradientRoutes } from "../run/gradient-routes.ts";
import type { LoadedModel } from "../run/loaded-model.ts";
import { describeFeed, feedsOfInputs, type PreparedFeed } from "../run/prepare-feeds.ts";
import { byCodeUnits } from "../run/route.ts";
import { hasRowAxis } from "../run/rows.ts";
import type { RowsFeed } from "../run/run-rows.ts";
import { sizesOf } from "./memory-budget.ts";
import type { RouteMemory } from "./route-memory.ts";

/** A run, or a gradient, whose memory is asked for. */
export interface MemoryQuestion {
  /** Sizes of what is fed, rows included: tensors, or `{ shape }` alone. */
  readonly feeds: Readonly<Record<string, Shaped>>;
  /** Feeds without a batch axis, as in a run. @defaultValue none */
  readonly shared?: readonly string[] | undefined;
  /** The values fetched. @defaultValue the first output; beside a gradient none */
  readonly fetches?: readonly string[] | undefined;
  /** Absent: the run goes forward only. */
  readonly gradient?:
    | {
        /** The value differentiated. @defaultValue the first output */
        readonly of?: string | undefined;
        /** The values to differentiate by. */
        readonly wrt: readonly string[];
        /** As in a gradient. @defaultValue none */
        readonly rules?: GradientRules | undefined;
      }
    | undefined;
}

/**
 * What a run is expected to take beside the weights, in bytes: the values that are needed at a time, and half as much again for what the
 * runtime's allocator does not use of its memory. Within a factor of 2 of what a process grows by; the runtime keeps it for the next run.
 */
export interface MemoryPrediction {
  /** The most that one call with all rows of the feeds would hold at a time; of a file that takes its rows in other calls, one such call. */
  readonly bytes: number;
  /** What each row adds to that. */
  readonly bytesPerRow: number;
  /** Rows of these feeds that the model puts into one call of the runtime. */
  readonly rowsPerCall: number;
  /** The value during whose computation the most is held; undefined where that is before the first or after the last. */
  readonly at: string | undefined;
}

export function predictMemory(
  loaded: LoadedModel,
  forward: ForwardRoutes,
  gradients: GradientRoutes,
  question: MemoryQuestion,
): MemoryPrediction {
  const { values, plan, budget } = loaded;
  const fed = new Map(Object.entries(question.feeds));
  for (const [name, { shape }] of fed) {
    values.check(name);
    if (!(Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0)))
      throw new InvalidArgumentError(`feeds.${name}.shape must be a list of sizes, got ${JSON.stringify(shape)}`);
  }
  const withRows = feedsWithRows(fed, question);
  const rows = countRows(withRows);
  checkShapes(fed, (name) => values.shape(name), plan, new Set(question.shared));
  const feeds = [...fed].map(([name, { shape }]): PreparedFeed => {
    const described = describeFeed(
      loaded,
      name,
      { shape, dtype: values.type(name)?.element.dtype ?? "float32" },
      { whole: !withRows.has(name) },
    );
    return { ...described, elements: new Float32Array(0) }; // nobody reads them
  });
  const { memory, used } = asked(loaded, forward, gradients, feeds, question);
  const inputs = sizesOf(used);
  if (plan.mode !== "together") {
    const { bytes, at } = memory.peak(inputs(plan.rowsPerRun));
    return { bytes, bytesPerRow: bytes / plan.rowsPerRun, rowsPerCall: plan.rowsPerRun, at };
  }
  const { bytes, at } = memory.peak(inputs(rows));
  const others = rows === 1 ? 2 : 1;
  return {
    bytes,
    bytesPerRow: (bytes - memory.peak(inputs(others)).bytes) / (rows - others),
    rowsPerCall: budget.within(memory, used, rows).rows,
    at,
  };
}

/** The part of the graph that is asked for, and what goes into it. */
function asked(
  loaded: LoadedModel,
  forward: ForwardRoutes,
  gradients: GradientRoutes,
  feeds: readonly PreparedFeed[],
  { fetches, gradient }: MemoryQuestion,
): { readonly memory: RouteMemory; readonly used: readonly RowsFeed[] } {
  const { values, plan } = loaded;
  const first = [...values.outputs].slice(0, 1);
  const given = new Set(feeds.map(({ name }) => name));
  const wanted = [...new Set(fetches ?? (gradient === undefined ? first : []))].filter((name) => !given.has(name));
  for (const name of wanted) values.check(name);
  if (gradient === undefined) {
    const { memory, inputOf } = forward.find(feeds, wanted.sort(byCodeUnits));
    return { memory, used: feedsOfInputs(feeds, inputOf) };
  }
  const { of = first[0]!, rules } = gradient; // every model has an output
  for (const name of [of, ...gradient.wrt]) {
    values.check(name);
    values.checkFloats(name);
  }
  const shape = values.shape(of);
  const rowAxis = hasRowAxis(plan, of, shape);
  const axes = Math.max(0, (shape?.length ?? 1) - (rowAxis ? 1 : 0));
  const seed: SeedKind = { kind: "index", axes, rows: rowAxis, relevance: rules?.kind === "lrp" };
  const references = rules?.kind === "deepLift" ? feeds.filter(({ name }) => Object.hasOwn(rules.reference, name)) : [];
  const route = gradients.find(feeds, references, {
    of,
    seed,
    wrt: [...new Set(gradient.wrt)],
    rules,
    values: wanted.sort(byCodeUnits),
  });
  const used = [...feedsOfInputs(feeds, route.inputOf), ...feedsOfInputs(references, route.referenceOf)];
  if (route.seed === undefined) return { memory: route.memory, used };
  const index: Shape = rowAxis ? [1, axes] : [axes];
  const seedFeed = { name: route.seed.name, elements: new BigInt64Array(0), typeName: "int64", rowAxis, perRun: false };
  return { memory: route.memory, used: [...used, { ...seedFeed, shape: index, whole: !rowAxis }] };
}
