import { type HostData, InvalidArgumentError, type Shape, type TensorData, UnsupportedError } from "@attr/core";
import type { RowPlan } from "./rows.ts";

/** A value that is fetched, and how the pieces of it that several calls give are one. */
export interface RowsFetch {
  readonly name: string;
  /** Undefined where the file does not say; then what comes back decides. */
  readonly rowAxis: boolean | undefined;
  /** Outputs must have rows; inner values may be shared by all rows. */
  readonly isOutput: boolean;
  /** True where the file says that it has one row each; else what comes back decides. */
  readonly hasRows: boolean;
  /** What all rows share comes out of each call: a value is the same in all of them, a gradient is the sum. */
  readonly shared: "same" | "sum";
  /** Rows that it is known to have for every row. @defaultValue 1, unless what comes back has more */
  readonly stack?: number | undefined;
}

/** The rows of one call of the runtime. */
export interface Call {
  readonly start: number;
  readonly end: number;
}

/** What came of each call, as one value of all rows. @throws UnsupportedError where it has not one row each. */
export function join(plan: RowPlan, fetch: RowsFetch, pieces: readonly HostData[], calls: readonly Call[]): HostData {
  const first = pieces[0]!;
  if (plan.mode === "one-by-one" || plan.mode === "no-axis") {
    const rowAxis = plan.mode === "one-by-one" && (fetch.rowAxis ?? true) && first.shape[0] === 1;
    return together(fetch.name, pieces, rowAxis ? first.shape.slice(1) : first.shape, calls);
  }
  const isRows = pieces.every(({ shape }, i) => shape[0] === calls[i]!.end - calls[i]!.start);
  if (isRows) return pieces.length === 1 ? first : together(fetch.name, pieces, first.shape.slice(1), calls);
  if (pieces.length === 1 && !fetch.isOutput) return first;
  const { start, end } = calls[0]!;
  if (pieces.length === 1 && end - start === 1 && first.shape.length === 0) return { ...first, shape: [1] };
  throw new UnsupportedError(
    `"${fetch.name}" has shape [${first.shape.join(", ")}] for ${end - start} rows, not one row each: load the file with { batch: "one-by-one" } (or "none" where its inputs have no batch axis)`,
  );
}

/**
 * Pieces of one value from several calls on parts of the rows that could have shared one. Undefined where they do not tell what all rows
 * together would have given.
 */
export function joinParts(
  plan: RowPlan,
  fetch: RowsFetch,
  pieces: readonly HostData[],
  calls: readonly Call[],
): HostData | undefined {
  const [first] = pieces as readonly [HostData]; // there are several calls
  const lengths = calls.map(({ start, end }) => end - start);
  const isRows = pieces.every(({ shape }, i) => shape[0] === lengths[i]);
  if (isRows || fetch.isOutput) return join(plan, fetch, pieces, calls);
  if (pieces.every(({ shape }) => shape.length === first.shape.length && endsWith(shape, first.shape))) {
    if (fetch.shared === "sum") return sumOf(pieces);
    return pieces.every(({ data }) => sameElements(data, first.data)) ? first : undefined;
  }
  const [size = 0, ...rest] = first.shape;
  const each = size / lengths[0]!;
  const isStack = pieces.every(({ shape }, i) => shape[0] === each * lengths[i]! && endsWith(shape.slice(1), rest));
  if (!isStack) return undefined;
  const { data, dtype } = together(
    fetch.name,
    pieces.map((piece, i) => ({ ...piece, shape: [lengths[i]!, each, ...rest] })),
    [each, ...rest],
    calls,
  );
  return { data, dtype, shape: [each * calls.at(-1)!.end, ...rest] };
}

/** Of gradients, which are floats. */
function sumOf(pieces: readonly HostData[]): HostData {
  const [first, ...others] = pieces as readonly [HostData, ...HostData[]]; // there are several calls
  const sum = first.data.slice() as Float32Array; // or of doubles
  for (const { data } of others) for (let i = 0; i < sum.length; i++) sum[i]! += data[i] as number;
  return { ...first, data: sum };
}

function sameElements(a: TensorData, b: TensorData): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return a.length === b.length;
}

/** Rows of several calls, one after the other. */
function together(name: string, pieces: readonly HostData[], rowShape: Shape, calls: readonly Call[]): HostData {
  const rows = calls[calls.length - 1]!.end;
  const perRow = rowShape.reduce((product, size) => product * size, 1);
  const first = pieces[0]!;
  const shape = [rows, ...rowShape];
  if (pieces.length === 1 && first.data.length === perRow * rows) return { data: first.data, dtype: first.dtype, shape };
  const data = emptyLike(first.data, rows * perRow);
  pieces.forEach((piece, i) => {
    const { start, end } = calls[i]!;
    if (piece.data.length !== (end - start) * perRow || !endsWith(piece.shape, rowShape))
      throw new InvalidArgumentError(
        `"${name}" has shape [${first.shape.join(", ")}] for row 0 and [${piece.shape.join(", ")}] for row ${start}: rows of different shapes make no tensor`,
      );
    copyInto(data, piece.data, start * perRow);
  });
  return { data, dtype: first.dtype, shape };
}

function endsWith(shape: Shape, end: Shape): boolean {
  const offset = shape.length - end.length;
  return offset >= 0 && end.every((size, i) => shape[offset + i] === size);
}

function emptyLike(data: TensorData, length: number): TensorData {
  return new (data.constructor as new (length: number) => TensorData)(length); // the constructor of a typed array
}

function copyInto(target: TensorData, source: TensorData, at: number): void {
  // Pieces of one value have one dtype.
  (target as Float32Array).set(source as Float32Array, at);
}
