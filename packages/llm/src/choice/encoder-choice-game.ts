import {
  type AbortSignalLike,
  AttributionError,
  type BitMatrix,
  type DType,
  InvalidArgumentError,
  type Model,
  type Tensor,
} from "@attr/core";
import type { InterpretableInput } from "../inputs/interpretable-input.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ChoiceGame } from "./choice-game.ts";
import { type ChoiceScore, explainedScores } from "./choice-score.ts";

/** Names of an encoder's inputs, where they are not the usual ones. */
export interface EncoderInputs {
  /** @defaultValue "input_ids" */
  readonly ids?: string | undefined;
  /** @defaultValue "token_type_ids" */
  readonly typeIds?: string | undefined;
  /** @defaultValue "attention_mask" */
  readonly mask?: string | undefined;
}

export interface EncoderChoiceOptions {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly input: InterpretableInput;
  readonly options: readonly string[];
  readonly inputs: EncoderInputs;
  /** The most tokens of prompt and option together; undefined: as many as the model's input takes. */
  readonly contextLength: number | undefined;
  readonly score: ChoiceScore;
}

/** Coalitions one call holds where the model sets no limit. */
const coalitionsAtATime = 32;

/**
 * A question put to an encoder with a multiple-choice head: each option is a row, the prompt and the option as a pair, and a prompt's features
 * are taken away in all rows at once. The model takes `[n, options, length]` and gives `[n, options]`.
 */
export class EncoderChoiceGame implements ChoiceGame {
  readonly players: number;
  readonly batchSize: number;
  readonly #model: Model;
  readonly #tokenizer: Tokenizer;
  readonly #input: InterpretableInput;
  readonly #options: readonly string[];
  readonly #score: ChoiceScore;
  readonly #feeds: readonly { readonly name: string; readonly role: keyof EncodedRow | "mask"; readonly dtype: DType }[];
  readonly #length: number | undefined;
  readonly #longest: number;
  readonly #raw = new Map<string, Float64Array>();
  readonly #fullKey: string;
  #pairs: { readonly length: number; readonly rows: readonly EncodedRow[] } | undefined;
  #calls = 0;
  #rows = 0;
  #tokens = 0;

  constructor({ model, tokenizer, input, options, inputs, contextLength, score }: EncoderChoiceOptions) {
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#input = input;
    this.#options = options;
    this.#score = score;
    const roles = new Map<string, keyof EncodedRow | "mask">([
      [inputs.ids ?? "input_ids", "ids"],
      [inputs.typeIds ?? "token_type_ids", "typeIds"],
      [inputs.mask ?? "attention_mask", "mask"],
    ]);
    this.#feeds = model.inputs.map(({ name, dtype }) => {
      const role = roles.get(name);
      if (role === undefined)
        throw new InvalidArgumentError(
          `MultipleChoice does not know what to feed "${name}" (it knows ${[...roles.keys()].join(", ")}): bind it to a value with bind(model, { ${JSON.stringify(name)}: … }), or name the inputs with { inputs }`,
        );
      return { name, role, dtype: dtype ?? "int64" };
    });
    const ids = model.inputs.find(({ name }) => roles.get(name) === "ids");
    if (ids === undefined)
      throw new InvalidArgumentError(
        `the model has no input ${inputs.ids ?? "input_ids"}, only ${model.inputs.map(({ name }) => name).join(", ")}: name it with { inputs: { ids } }`,
      );
    const [, choices, length] = ids.shape ?? [];
    if (ids.shape !== undefined && ids.shape.length !== 3)
      throw new InvalidArgumentError(
        `"${ids.name}" must be [n, options, length] for a multiple-choice model, got ${ids.shape.length} axes`,
      );
    if (typeof choices === "number" && choices !== options.length)
      throw new InvalidArgumentError(`the model takes ${choices} options, got ${options.length}`);
    this.#length = typeof length === "number" ? length : undefined;
    this.#longest = Math.min(this.#length ?? Number.POSITIVE_INFINITY, contextLength ?? Number.POSITIVE_INFINITY);
    this.players = input.players;
    this.batchSize = Math.max(1, Math.min(coalitionsAtATime, Math.floor(model.maxBatchSize)));
    this.#fullKey = this.#encode(undefined).key;
  }

  get prompts(): number {
    return this.#raw.size;
  }

  get warnings(): readonly string[] {
    return this.#model.notes ?? [];
  }

  cost(): { readonly calls: number; readonly rows: number; readonly tokens: number } {
    return { calls: this.#calls, rows: this.#rows, tokens: this.#tokens };
  }

  async *value(coalitions: BitMatrix, signal?: AbortSignalLike): AsyncGenerator<Float64Array, void, void> {
    for (let start = 0; start < coalitions.rows; start += this.batchSize) {
      const rows = Math.min(this.batchSize, coalitions.rows - start);
      const questions = Array.from({ length: rows }, (_, row) => this.#encode((player) => coalitions.get(start + row, player)));
      await this.#run(questions, signal);
      for (const { key } of questions) yield explainedScores(this.#raw.get(key)!, this.#score);
    }
  }

  async fullScores(signal?: AbortSignalLike): Promise<Float64Array> {
    if (!this.#raw.has(this.#fullKey)) await this.#run([this.#encode(undefined)], signal);
    return this.#raw.get(this.#fullKey)!;
  }

  /** One row an option: the prompt with what is present of it, and the option. */
  #encode(present: ((player: number) => boolean) | undefined): EncodedQuestion {
    const prompt = this.#input.prompt(present);
    const rows = this.#options.map((option, index): EncodedRow => {
      if (prompt.kind === "text")
        return this.#tokenizer.encode(prompt.text, { pair: option, addSpecialTokens: prompt.addSpecialTokens ?? true });
      return this.#withPair(prompt.ids, index);
    });
    for (const { ids } of rows)
      if (ids.length > this.#longest)
        throw new InvalidArgumentError(`prompt and option are ${ids.length} tokens, the model takes ${this.#longest}`);
    return { rows, key: rows.map(({ ids, typeIds }) => `${ids.join(",")};${typeIds.join("")}`).join("|") };
  }

  /** A prompt of token ids in place of the first text of the pair: its own ids are how the pair begins. */
  #withPair(ids: readonly number[], option: number): EncodedRow {
    this.#pairs ??= this.#wholePairs();
    const { length, rows } = this.#pairs;
    const pair = rows[option]!;
    return {
      ids: [...ids, ...pair.ids.slice(length)],
      typeIds: [...ids.map((_, index) => pair.typeIds[index] ?? 0), ...pair.typeIds.slice(length)],
    };
  }

  /** The whole prompt with every option, and how many tokens of theirs are the prompt's. */
  #wholePairs(): { readonly length: number; readonly rows: readonly EncodedRow[] } {
    const whole = this.#input.prompt();
    const text = this.#input.layout?.text;
    if (whole.kind !== "ids" || text === undefined)
      throw new InvalidArgumentError("a prompt of token ids must know its text (layout) to be paired with the options");
    const rows = this.#options.map((option): EncodedRow => {
      const { ids, typeIds } = this.#tokenizer.encode(text, { pair: option });
      if (!whole.ids.every((id, index) => id === ids[index]))
        throw new InvalidArgumentError(
          "the tokenizer puts prompt and option together in another way than the prompt alone: use a text baseline for the prompt's segments",
        );
      return { ids, typeIds };
    });
    return { length: whole.ids.length, rows };
  }

  /** Scores the questions that are not known yet, in one call. */
  async #run(questions: readonly EncodedQuestion[], signal: AbortSignalLike | undefined): Promise<void> {
    const missing = [...new Map(questions.map((question) => [question.key, question])).values()].filter(
      ({ key }) => !this.#raw.has(key),
    );
    if (missing.length === 0) return;
    signal?.throwIfAborted();
    const choices = this.#options.length;
    const length =
      this.#length ??
      missing.reduce((most, { rows }) => rows.reduce((longest, { ids }) => Math.max(longest, ids.length), most), 1);
    const { backend, outputs } = this.#model;
    using _scope = backend.scope();
    const shape = [missing.length, choices, length];
    const feeds: Record<string, Tensor> = {};
    for (const { name, role, dtype } of this.#feeds) {
      const filler = role === "ids" ? (this.#tokenizer.padToken ?? 0) : 0;
      const values = new Float64Array(missing.length * choices * length).fill(filler);
      missing.forEach(({ rows }, question) => {
        rows.forEach((row, option) => {
          const start = (question * choices + option) * length;
          if (role === "mask") values.fill(1, start, start + row.ids.length);
          else values.set(row[role], start);
        });
      });
      feeds[name] = backend.fromData(inType(values, dtype, name), shape, dtype);
    }
    const output = outputs[0]!.name;
    const result = await this.#model.run({ feeds, fetches: [output], signal });
    const { data, shape: got } = await backend.read(result[output]!);
    if (data.length !== missing.length * choices || got[0] !== missing.length)
      throw new AttributionError(
        `"${output}" must be [n, options] = [${missing.length}, ${choices}] for a multiple-choice model, got [${got.join(", ")}]`,
      );
    missing.forEach(({ key }, question) => {
      this.#raw.set(
        key,
        Float64Array.from({ length: choices }, (_, option) => Number(data[question * choices + option]!)),
      );
    });
    this.#calls++;
    this.#rows += missing.length;
    this.#tokens += missing.length * choices * length;
  }
}

interface EncodedRow {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
}

interface EncodedQuestion {
  readonly rows: readonly EncodedRow[];
  readonly key: string;
}

function inType(values: Float64Array, dtype: DType, name: string): BigInt64Array | Int32Array | Float32Array | Float64Array {
  switch (dtype) {
    case "int64":
      return BigInt64Array.from(values, BigInt);
    case "int32":
      return Int32Array.from(values);
    case "float32":
      return Float32Array.from(values);
    case "float64":
      return values;
    default:
      throw new InvalidArgumentError(`"${name}" is ${dtype}: MultipleChoice feeds whole numbers and floats`);
  }
}
