import type { NamedTensors } from "../model/model.ts";
import type { AbortSignalLike } from "../signal.ts";
import type { DType, HostData, Tensor, TensorBackend } from "../tensor/tensor.ts";
import type { CheckedLayout } from "./causal-lm-layout.ts";
import { cacheShape } from "./key-value-cache.ts";

/** New tokens of one row. */
export interface DecoderRow {
  readonly tokens: Int32Array;
  /** Tokens before them, which are in the cache. */
  readonly start: number;
}

export interface DecoderCall {
  readonly rows: readonly DecoderRow[];
  /** Places a row has for its new tokens; shorter rows are padded at the right. */
  readonly width: number;
  /** Keys and values, one an entry of the layout's cache, every row's at the right; absent where no row has any. */
  readonly past?: readonly HostData[] | undefined;
  /** Places a row has in `past`. */
  readonly pastLength: number;
  /** Whether the keys and values are wanted. */
  readonly keep: boolean;
  readonly signal?: AbortSignalLike | undefined;
}

/** The model's inputs for a call whose rows have `width` places for new tokens. */
export function decoderFeeds(
  backend: TensorBackend,
  layout: CheckedLayout,
  call: DecoderCall,
  width: number,
  padToken: number,
): NamedTensors {
  const rows = call.rows.length;
  const total = call.pastLength + width;
  const feeds: Record<string, Tensor> = {};
  const feed = (name: string, values: Int32Array, shape: readonly number[]): void => {
    feeds[name] = fromIntegers(backend, values, shape, layout.dtypes.get(name)!);
  };
  const ids = new Int32Array(rows * width).fill(padToken);
  for (const [row, { tokens }] of call.rows.entries()) ids.set(tokens, row * width);
  feed(layout.inputIds, ids, [rows, width]);
  if (layout.attentionMask !== undefined) {
    const mask = new Int32Array(rows * total);
    for (const [row, { tokens, start }] of call.rows.entries()) {
      const first = row * total + call.pastLength;
      mask.fill(1, first - start, first + tokens.length);
    }
    feed(layout.attentionMask, mask, [rows, total]);
  }
  if (layout.positionIds !== undefined) {
    const positions = new Int32Array(rows * width);
    for (const [row, { tokens, start }] of call.rows.entries()) {
      // Padding repeats the last token's place: a place past the context could lie outside the model's table.
      for (let i = 0; i < width; i++) positions[row * width + i] = start + Math.min(i, tokens.length - 1);
    }
    feed(layout.positionIds, positions, [rows, width]);
  }
  if (layout.tokenTypeIds !== undefined) feed(layout.tokenTypeIds, new Int32Array(rows * width), [rows, width]);
  if (layout.useCacheBranch !== undefined)
    feed(layout.useCacheBranch, new Int32Array(rows).fill(call.pastLength > 0 ? 1 : 0), [rows]);
  for (const [name, value] of Object.entries(layout.constants ?? {})) feed(name, new Int32Array(rows).fill(value), [rows]);
  for (const [index, entry] of layout.cache.entries()) {
    const dtype = layout.dtypes.get(entry.past)!;
    const past = call.past?.[index];
    feeds[entry.past] =
      past === undefined
        ? backend.fromData(dtype === "float64" ? new Float64Array(0) : new Float32Array(0), cacheShape(entry, rows, 0), dtype)
        : backend.fromData(past.data, past.shape, past.dtype);
  }
  return feeds;
}

function fromIntegers(backend: TensorBackend, values: Int32Array, shape: readonly number[], dtype: DType): Tensor {
  switch (dtype) {
    case "int64": {
      const data = new BigInt64Array(values.length);
      for (let i = 0; i < values.length; i++) data[i] = BigInt(values[i]!);
      return backend.fromData(data, shape, dtype);
    }
    case "int32":
      return backend.fromData(values, shape, dtype);
    case "float32":
      return backend.fromData(Float32Array.from(values), shape, dtype);
    case "float64":
      return backend.fromData(Float64Array.from(values), shape, dtype);
    case "uint8":
    case "bool":
      return backend.fromData(Uint8Array.from(values), shape, dtype);
  }
}
