import { type HostData, InvalidArgumentError, type Objective } from "@attr/core";
import type { FileShape } from "../../graph/value-type.ts";
import { hostDataOf } from "../../run/check-feeds.ts";
import type { SeedKind } from "./seed.ts";

/** An objective as the gradient graph takes it. */
export interface PreparedObjective {
  readonly seed: SeedKind;
  /** What the graph's seed input is fed with, one row a row; undefined where it has none. */
  readonly feed: HostData | undefined;
}

/** What is known of the value that an objective is about. */
export interface ObjectiveValue {
  /** Of one row: without the axis of the rows. */
  readonly rowShape: FileShape;
  /** The file's value has the rows as its first axis. */
  readonly rowAxis: boolean;
}

/**
 * Holds an objective against its value.
 *
 * @throws InvalidArgumentError naming the index path or cotangent that does not fit.
 */
export function prepareObjective(
  objective: Objective,
  rows: number,
  value: ObjectiveValue,
  relevance: boolean,
): PreparedObjective {
  const { rowShape, rowAxis } = value;
  const logSoftmax = softmaxAxis(objective, value);
  if ("cotangent" in objective) {
    const feed = hostDataOf("objective.cotangent", objective.cotangent);
    const [count, ...rest] = feed.shape;
    const fits =
      rowShape === undefined || (rest.length === rowShape.length && rest.every((size, i) => agrees(size, rowShape[i]!)));
    if (count !== rows || !fits)
      throw new InvalidArgumentError(
        `objective.cotangent has shape [${feed.shape.join(", ")}], but "${objective.value}" has [${shown(rows, rowShape)}]`,
      );
    return { seed: { kind: "cotangent", relevance, logSoftmax }, feed };
  }
  const paths = objective.index;
  if (paths.length !== rows)
    throw new InvalidArgumentError(`objective.index has ${paths.length} entries for ${rows} rows: it has one index path a row`);
  const axes = paths[0]?.length ?? 0;
  for (const [row, path] of paths.entries()) checkPath(path, row, axes, objective.value, rowShape, rows);
  const seed: SeedKind = { kind: "index", axes, rows: rowAxis, relevance, logSoftmax };
  if (axes === 0) return { seed, feed: undefined };
  const data = BigInt64Array.from(paths.flat(), BigInt);
  return { seed, feed: { data, shape: [rows, axes], dtype: "int64" } };
}

/** The axis of the file's value along which it is made log-probabilities. */
function softmaxAxis({ logSoftmax: axis, value: name }: Objective, { rowShape, rowAxis }: ObjectiveValue): number | undefined {
  if (axis === undefined) return undefined;
  const rank = rowShape === undefined ? undefined : rowShape.length + 1;
  const isAxis = rank === undefined ? axis !== 0 : axis < 0 ? axis + rank > 0 : axis > 0 && axis < rank;
  if (!Number.isInteger(axis) || !isAxis)
    throw new InvalidArgumentError(
      `objective.logSoftmax ${axis} is no axis of "${name}"${rank === undefined ? "" : ` (${rank} axes)`} to normalise over; the first one is the batch`,
    );
  return axis > 0 && !rowAxis ? axis - 1 : axis;
}

function checkPath(path: readonly number[], row: number, axes: number, name: string, rowShape: FileShape, rows: number): void {
  const subject = `objective.index[${row}] [${path.join(", ")}]`;
  if (path.length !== axes)
    throw new InvalidArgumentError(`${subject} has ${path.length} indices, but that of row 0 has ${axes}`);
  for (const index of path)
    if (!Number.isInteger(index) || index < 0)
      throw new InvalidArgumentError(`${subject} is no index into "${name}": indices are whole numbers from 0 on`);
  if (rowShape === undefined) return;
  const single = rowShape.every((size) => typeof size !== "number" || size === 1);
  if (axes === 0 ? !single : axes !== rowShape.length)
    throw new InvalidArgumentError(
      `${subject} has ${axes} indices, but "${name}" [${shown(rows, rowShape)}] has ${rowShape.length} axes besides the rows`,
    );
  path.forEach((index, i) => {
    const size = rowShape[i];
    if (typeof size === "number" && index >= size)
      throw new InvalidArgumentError(`${subject} is outside axis ${i + 1} of "${name}" (length ${size})`);
  });
}

function agrees(size: number, stated: number | string | null): boolean {
  return typeof stated !== "number" || stated === size;
}

function shown(rows: number, rowShape: FileShape): string {
  return [rows, ...(rowShape ?? ["…"]).map((size) => size ?? "?")].join(", ");
}
