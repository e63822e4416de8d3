import { type HostData, InvalidArgumentError, type NamedTensors, type RowOrigin, type RunRequest, type Shape } from "@attr/core";
import type { FileShape } from "../graph/value-type.ts";
import { hasRowAxis, type RowPlan } from "./rows.ts";

/** Anything that tells its sizes, as tensors do. */
export interface Shaped {
  readonly shape: Shape;
}

/** Reads a feed's elements; this model's tensors live on the host. */
export function hostDataOf(name: string, tensor: NamedTensors[string]): HostData {
  // A host tensor carries its data; looked for, not `instanceof`, so that two copies of core can work together.
  const host = tensor as Partial<HostData> | undefined;
  if (
    typeof host === "object" &&
    host !== null &&
    ArrayBuffer.isView(host.data) &&
    Array.isArray(host.shape) &&
    host.dtype !== undefined
  )
    return host as HostData;
  throw new InvalidArgumentError(`feed "${name}" must be a host tensor (make one with tensor(...) or hostBackend.from)`);
}

/** The feeds that have one row for every row: all but those a request says are shared by all rows, or have several for each. */
export function feedsWithRows<T>(
  feeds: ReadonlyMap<string, T>,
  { shared = [], stacked = [] }: Pick<RunRequest, "shared" | "stacked">,
): ReadonlyMap<string, T> {
  if (shared.length === 0 && stacked.length === 0) return feeds;
  return new Map([...feeds].filter(([name]) => !shared.includes(name) && !stacked.includes(name)));
}

/**
 * How many rows a stacked feed has for every row.
 *
 * @throws InvalidArgumentError where its rows cannot be shared out evenly.
 */
export function stackHeights(
  feeds: ReadonlyMap<string, Shaped>,
  rows: number,
  stacked: readonly string[] = [],
): ReadonlyMap<string, number> {
  return new Map(
    stacked.flatMap((name): [string, number][] => {
      const shape = feeds.get(name)?.shape;
      if (shape === undefined) return [];
      const height = (shape[0] ?? 0) / rows;
      if (!(Number.isInteger(height) && height > 0))
        throw new InvalidArgumentError(
          `feed "${name}" has shape [${shape.join(", ")}], whose rows cannot be shared out among ${rows}`,
        );
      return [[name, height]];
    }),
  );
}

/**
 * Rows that all feeds have.
 *
 * @param origin where the request says its rows come from, which counts them where all feeds are shared.
 * @throws InvalidArgumentError where they differ, or there are none.
 */
export function countRows(feeds: ReadonlyMap<string, Shaped>, origin?: RowOrigin): number {
  if (feeds.size === 0 && origin !== undefined) return origin.examples.length;
  let rows: number | undefined;
  let first = "";
  for (const [name, { shape }] of feeds) {
    const count = shape[0];
    if (count === undefined) throw new InvalidArgumentError(`feed "${name}" is a scalar: its first axis must be the batch`);
    if (rows === undefined) {
      rows = count;
      first = name;
    } else if (rows !== count)
      throw new InvalidArgumentError(`feed "${name}" has ${count} rows (axis 0), but feed "${first}" has ${rows}`);
  }
  if (rows === undefined) throw new InvalidArgumentError("feeds are empty: at least one value must be fed");
  if (rows === 0) throw new InvalidArgumentError(`feed "${first}" has no rows (axis 0 is 0)`);
  return rows;
}

/**
 * Holds the feeds' shapes against what the file states of them: rank, fixed sizes, and named sizes, which must be the same wherever
 * the name stands.
 *
 * @throws InvalidArgumentError naming the feed, the axis, the size wanted and the size got.
 */
export function checkShapes(
  feeds: ReadonlyMap<string, Shaped>,
  shapeOf: (name: string) => FileShape,
  plan: RowPlan,
  shared: ReadonlySet<string>,
): void {
  const sizes = new Map<string, { readonly size: number; readonly where: string }>();
  for (const [name, { shape }] of feeds) {
    const wanted = shapeOf(name);
    if (wanted === undefined) continue;
    const isShared = shared.has(name);
    const inRow = isShared || !hasRowAxis(plan, name, wanted) ? wanted : wanted.slice(1);
    const axes = isShared ? inRow : ["rows", ...inRow];
    if (shape.length !== axes.length)
      throw new InvalidArgumentError(
        `feed "${name}" must have ${axes.length} axes (${axes.map((size) => size ?? "?").join(", ")}), got ${shape.length} ([${shape.join(", ")}])`,
      );
    inRow.forEach((size, i) => {
      const axis = i + axes.length - inRow.length;
      const got = shape[axis]!;
      if (typeof size === "number" && size !== got)
        throw new InvalidArgumentError(`feed "${name}" must have ${size} at axis ${axis}, got ${got} ([${shape.join(", ")}])`);
      if (typeof size !== "string") return;
      const known = sizes.get(size);
      if (known === undefined) sizes.set(size, { size: got, where: `axis ${axis} of "${name}"` });
      else if (known.size !== got)
        throw new InvalidArgumentError(
          `feed "${name}" has ${got} at axis ${axis}, but the model's "${size}" is ${known.size} at ${known.where}: they must be the same`,
        );
    });
  }
}
