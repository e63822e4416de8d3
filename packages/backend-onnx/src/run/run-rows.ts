import { type HostData, type Shape, UnsupportedError } from "@attr/core";
import { fromFileElements } from "../runtime/elements.ts";
import type { RuntimeTensor } from "../runtime/runtime.ts";
import { type Call, join, joinParts, type RowsFetch } from "./join-rows.ts";
import type { RowPlan } from "./rows.ts";

/** Which of a feed's rows belong to a row. */
export interface RowsOfFeed {
  /** It has no rows: every run takes it as it is. */
  readonly whole?: boolean | undefined;
  /** Rows of it, next to each other, that belong to every row. @defaultValue 1 */
  readonly stack?: number | undefined;
}

/** A feed as the file wants it, all rows of it. */
export interface RowsFeed extends RowsOfFeed {
  readonly name: string;
  readonly elements: ArrayBufferView & { readonly length: number };
  readonly typeName: string;
  /** Of the feed: the first axis is the rows. */
  readonly shape: Shape;
  /** False: the file's value is one row without this axis. */
  readonly rowAxis: boolean;
  /** The file takes one row of it for a whole run. */
  readonly perRun: boolean;
}

/** How many of so many rows go into one call of the runtime. */
export type RowsPerCall = (rows: number) => number;

/** One call of the runtime. */
export type RunOnce = (feeds: Readonly<Record<string, RuntimeTensor>>) => Promise<ReadonlyMap<string, RuntimeTensor | undefined>>;

export type MakeTensor = (type: string, data: ArrayBufferView, dims: readonly number[]) => RuntimeTensor;

/** Runs `rows` rows in as many calls as the plan and `rowsPerCall` need, and puts the fetched values together again. */
export async function runRows(
  plan: RowPlan,
  rows: number,
  feeds: readonly RowsFeed[],
  fetches: readonly RowsFetch[],
  makeTensor: MakeTensor,
  runOnce: RunOnce,
  rowsPerCall: RowsPerCall = (all) => all,
): Promise<ReadonlyMap<string, HostData>> {
  const run = (calls: readonly Call[]): Promise<readonly HostData[][]> =>
    runCalls(plan, calls, feeds, fetches, makeTensor, runOnce);
  const calls = cut(plan, rows, feeds);
  if (plan.mode === "together") {
    const unsure = fetches.some(({ isOutput, hasRows, stack }) => !(isOutput || hasRows || stack !== undefined));
    const parts = calls.flatMap((call) => cutFurther(call, rowsPerCall, unsure));
    if (parts.length > calls.length) {
      const pieces = await run(parts);
      const joined = fetches.map((fetch, i) =>
        calls.length > 1 ? join(plan, fetch, pieces[i]!, parts) : joinParts(plan, fetch, pieces[i]!, parts),
      );
      if (joined.every((value) => value !== undefined))
        return new Map(fetches.map((fetch, i) => [fetch.name, asStack(joined[i]!, fetch, rows)]));
      // Something comes out of all rows together: then all rows it has to be.
    }
  }
  const pieces = await run(calls);
  return new Map(fetches.map((fetch, i) => [fetch.name, asStack(join(plan, fetch, pieces[i]!, calls), fetch, rows)]));
}

/** For each fetch what came out of each call. */
async function runCalls(
  plan: RowPlan,
  calls: readonly Call[],
  feeds: readonly RowsFeed[],
  fetches: readonly RowsFetch[],
  makeTensor: MakeTensor,
  runOnce: RunOnce,
): Promise<readonly HostData[][]> {
  const pieces = fetches.map((): HostData[] => []);
  for (const { start, end } of calls) {
    const size = plan.mode === "fixed" ? plan.rowsPerRun : end - start;
    const tensors = Object.fromEntries(feeds.map((feed) => [feed.name, rowsOf(feed, start, end, size, makeTensor)]));
    const results = await runOnce(tensors);
    for (const [i, fetch] of fetches.entries()) {
      const piece = asRows(await read(fetch.name, results.get(fetch.name)), fetch, size);
      pieces[i]!.push(
        size > end - start && (fetch.isOutput || piece.shape[0] === size)
          ? withoutPadding(fetch.name, piece, size, end - start)
          : piece,
      );
    }
  }
  return pieces;
}

/** The rows of each call. */
function cut(plan: RowPlan, rows: number, feeds: readonly RowsFeed[]): readonly Call[] {
  const calls: Call[] = [];
  if (plan.mode === "together") {
    const shared = feeds.filter((feed) => feed.perRun);
    let start = 0;
    for (let row = 1; row <= rows; row++)
      if (row === rows || shared.some((feed) => !sameRow(feed, row - 1, row))) {
        calls.push({ start, end: row });
        start = row;
      }
    return calls;
  }
  for (let start = 0; start < rows; start += plan.rowsPerRun) calls.push({ start, end: Math.min(rows, start + plan.rowsPerRun) });
  return calls;
}

/**
 * Rows that could share a call, in calls of about equal size that are small enough. Where it is `unsure` which values have rows, not all
 * calls are of one size: what grows with the rows is told from what does not.
 */
function cutFurther(call: Call, rowsPerCall: RowsPerCall, unsure: boolean): readonly Call[] {
  const rows = call.end - call.start;
  const most = rowsPerCall(rows);
  if (most >= rows) return [call];
  const count = Math.ceil(rows / most);
  const size = Math.floor(rows / count);
  const sizes = Array.from({ length: count }, (_, i) => (i < rows % count ? size + 1 : size));
  if (unsure && rows % count === 0) {
    if (rows === 2) return [call];
    if (size === 1) sizes.splice(0, 2, 2);
    else sizes.splice(-1, 1, size - 1, 1);
  }
  let { start } = call;
  return sizes.map((length) => {
    const part = { start, end: start + length };
    start += length;
    return part;
  });
}

function sameRow(feed: RowsFeed, a: number, b: number): boolean {
  const { buffer, byteOffset, byteLength } = feed.elements;
  const rowBytes = byteLength / feed.shape[0]!;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  for (let i = 0; i < rowBytes; i++) if (bytes[a * rowBytes + i] !== bytes[b * rowBytes + i]) return false;
  return true;
}

/** A view of rows `start` to `end`; only padding to `size` rows copies. */
function rowsOf(feed: RowsFeed, start: number, end: number, size: number, makeTensor: MakeTensor): RuntimeTensor {
  if (feed.whole === true) return makeTensor(feed.typeName, feed.elements, feed.shape);
  const [, ...rest] = feed.shape;
  const { elements, stack = 1 } = feed;
  const perRow = (elements.length / feed.shape[0]!) * stack;
  // Every element array that is fed is a typed array; ArrayBufferView does not say so.
  const array = elements as unknown as Float32Array;
  const last = feed.perRun || !feed.rowAxis ? start + 1 : end;
  const view = array.subarray(start * perRow, last * perRow);
  if (!feed.rowAxis) return makeTensor(feed.typeName, view, rest);
  if (feed.perRun || size === end - start) return makeTensor(feed.typeName, view, [(last - start) * stack, ...rest]);
  const padded = new (array.constructor as new (length: number) => Float32Array)(size * perRow);
  padded.set(view);
  const lastRow = view.subarray((end - start - 1) * perRow);
  for (let row = end - start; row < size; row++) padded.set(lastRow, row * perRow);
  return makeTensor(feed.typeName, padded, [size * stack, ...rest]);
}

/** What is known to have several rows for each of `size` rows, as one row each. */
function asRows(piece: HostData, { stack }: RowsFetch, size: number): HostData {
  if (stack === undefined || piece.shape[0] !== size * stack) return piece;
  return { ...piece, shape: [size, stack, ...piece.shape.slice(1)] };
}

/** The inverse of {@link asRows}, of all rows. */
function asStack(value: HostData, { stack }: RowsFetch, rows: number): HostData {
  if (stack === undefined || value.shape[0] !== rows || value.shape[1] !== stack) return value;
  return { ...value, shape: [rows * stack, ...value.shape.slice(2)] };
}

async function read(name: string, tensor: RuntimeTensor | undefined): Promise<HostData> {
  if (tensor === undefined || tensor.dims === undefined)
    throw new UnsupportedError(`"${name}" is no tensor (a sequence, map or optional) and cannot be fetched`);
  const data = tensor.getData === undefined ? tensor.data : await tensor.getData();
  return { ...fromFileElements(data, tensor.type, `"${name}"`), shape: [...tensor.dims] };
}

function withoutPadding(name: string, piece: HostData, size: number, kept: number): HostData {
  if (piece.shape[0] !== size)
    throw new UnsupportedError(
      `"${name}" has shape [${piece.shape.join(", ")}] for a fixed batch of ${size}: it does not have one row each, so ${kept} rows of it cannot be told from the padding`,
    );
  const perRow = piece.data.length / size;
  return { data: piece.data.subarray(0, kept * perRow), dtype: piece.dtype, shape: [kept, ...piece.shape.slice(1)] };
}
