import { AttributionError, InvalidArgumentError } from "../errors.ts";
import type { Model, NamedTensors } from "../model/model.ts";
import type { AbortSignalLike } from "../signal.ts";
import type { DType, HostData, Tensor, TensorBackend } from "../tensor/tensor.ts";
import type { CausalLmCost } from "./causal-lm.ts";
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

export interface DecoderResult {
  /** `[rows, width, vocabulary]`, row-major. */
  readonly logits: Float32Array | Float64Array;
  /** Keys and values of all tokens so far, one an entry of the layout's cache; empty where they were not wanted. */
  readonly present: readonly HostData[];
}

/** Calls the model: makes its inputs of tokens, checks what it gives, and counts what that costs. */
export class Decoder {
  readonly layout: CheckedLayout;
  readonly vocabularySize: number;
  readonly #model: Model;
  readonly #padToken: number;
  #cost: CausalLmCost = { calls: 0, rows: 0, tokens: 0 };

  constructor(model: Model, layout: CheckedLayout, vocabularySize: number, padToken: number) {
    this.layout = layout;
    this.vocabularySize = vocabularySize;
    this.#model = model;
    this.#padToken = padToken;
  }

  get cost(): CausalLmCost {
    return this.#cost;
  }

  async run(call: DecoderCall): Promise<DecoderResult> {
    call.signal?.throwIfAborted();
    const { backend } = this.#model;
    const width = this.layout.fixedLength ?? call.width;
    const fetches = [this.layout.logits];
    if (call.keep) for (const entry of this.layout.cache) fetches.push(entry.present);
    using _scope = backend.scope();
    const outputs = await this.#model.run({ feeds: this.#feeds(call, width), fetches, signal: call.signal });
    const { calls, rows, tokens } = this.#cost;
    this.#cost = { calls: calls + 1, rows: rows + call.rows.length, tokens: tokens + call.rows.length * width };
    const logits = await this.#readLogits(outputs, call.rows.length, width);
    const present: HostData[] = [];
    if (call.keep) {
      for (const entry of this.layout.cache) {
        const read = await backend.read(fetched(outputs, entry.present));
        expectShape(entry.present, read.shape, cacheShape(entry, call.rows.length, call.pastLength + width));
        present.push(read);
      }
    }
    return { logits, present };
  }

  #feeds(call: DecoderCall, width: number): NamedTensors {
    const { layout } = this;
    const { backend } = this.#model;
    const rows = call.rows.length;
    const total = call.pastLength + width;
    const feeds: Record<string, Tensor> = {};
    const feed = (name: string, values: Int32Array, shape: readonly number[]): void => {
      feeds[name] = fromIntegers(backend, values, shape, layout.dtypes.get(name)!);
    };
    const ids = new Int32Array(rows * width).fill(this.#padToken);
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
    if (layout.useCacheBranch !== undefined) feed(layout.useCacheBranch, Int32Array.of(call.pastLength > 0 ? 1 : 0), [1]);
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

  async #readLogits(outputs: NamedTensors, rows: number, width: number): Promise<Float32Array | Float64Array> {
    const { data, shape } = await this.#model.backend.read(fetched(outputs, this.layout.logits));
    expectShape(this.layout.logits, shape, [rows, width, this.vocabularySize]);
    if (data instanceof Float32Array || data instanceof Float64Array) return data;
    throw new InvalidArgumentError(`output "${this.layout.logits}" must hold floats`);
  }
}

function fetched(outputs: NamedTensors, name: string): Tensor {
  const tensor = outputs[name];
  if (tensor === undefined) throw new AttributionError(`the model gave no value for "${name}"`);
  return tensor;
}

function expectShape(name: string, got: readonly number[], expected: readonly number[]): void {
  if (got.length === expected.length && got.every((size, axis) => size === expected[axis])) return;
  throw new InvalidArgumentError(
    `output "${name}" has shape [${got.join(", ")}], expected [${expected.join(", ")}]: a causal language model gives a row for every token`,
  );
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
