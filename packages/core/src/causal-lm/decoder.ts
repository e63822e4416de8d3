import { AttributionError, InvalidArgumentError } from "../errors.ts";
import type { Model, NamedTensors } from "../model/model.ts";
import type { HostData, Tensor } from "../tensor/tensor.ts";
import type { CausalLmCost } from "./causal-lm.ts";
import type { CheckedLayout } from "./causal-lm-layout.ts";
import { type DecoderCall, decoderFeeds } from "./decoder-feeds.ts";
import { cacheShape } from "./key-value-cache.ts";

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
    const outputs = await this.#model.run({
      feeds: decoderFeeds(backend, this.layout, call, width, this.#padToken),
      fetches,
      signal: call.signal,
    });
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
