import type { AbortSignalLike, BitMatrix, CausalLm, ContinuationScore, Game } from "@attr/core";
import type { InterpretableInput } from "../inputs/interpretable-input.ts";
import type { PromptEncoder } from "./prompt-encoder.ts";

/** What `LLMAttribution` and `MultipleChoice` ask of a prompt: one score a continuation. */
export interface PromptGameOptions {
  readonly input: InterpretableInput;
  readonly model: CausalLm;
  readonly encoder: PromptEncoder;
  /** What is scored after every prompt, at least one token each. */
  readonly continuations: readonly (readonly number[])[];
  /** What the scores of a prompt, one a continuation, are worth. */
  readonly outputs: (scores: readonly ContinuationScore[]) => Float64Array;
}

/** The coalitions of a prompt's features that are turned into prompts and scored together. */
const coalitionsAtATime = 256;

/**
 * The game of a prompt: players are its features, a coalition is worth what the model gives the answer after the prompt that is left. Every
 * distinct prompt is scored once: coalitions that leave the same prompt share its score.
 */
export class PromptGame implements Game {
  readonly players: number;
  readonly batchSize: number = coalitionsAtATime;
  readonly #options: PromptGameOptions;
  readonly #longest: number;
  readonly #worths = new Map<string, Float64Array>();
  readonly #fullKey: string;
  #fullScores: readonly ContinuationScore[] | undefined;

  constructor(options: PromptGameOptions) {
    this.#options = options;
    this.players = options.input.players;
    this.#longest = Math.max(...options.continuations.map((ids) => ids.length));
    this.#fullKey = this.#prompt(undefined).key;
  }

  /** Distinct prompts scored so far. */
  get prompts(): number {
    return this.#worths.size;
  }

  /** The scores after the whole prompt, one a continuation: from an earlier evaluation where there was one. */
  async full(signal?: AbortSignalLike): Promise<{ readonly scores: readonly ContinuationScore[]; readonly worth: Float64Array }> {
    if (this.#fullScores === undefined) await this.#score([this.#prompt(undefined)], signal).next();
    return { scores: this.#fullScores!, worth: this.#worths.get(this.#fullKey)! };
  }

  async *value(coalitions: BitMatrix, signal?: AbortSignalLike): AsyncGenerator<Float64Array, void, void> {
    for (let start = 0; start < coalitions.rows; start += coalitionsAtATime) {
      const rows = Math.min(coalitionsAtATime, coalitions.rows - start);
      const prompts = Array.from({ length: rows }, (_, row) => this.#prompt((player) => coalitions.get(start + row, player)));
      const missing = new Map<string, EncodedPrompt>();
      for (const prompt of prompts) if (!this.#worths.has(prompt.key)) missing.set(prompt.key, prompt);
      const scoring = this.#score([...missing.values()], signal);
      for (const { key } of prompts) {
        // Prompts are scored in the order in which they are first needed.
        while (!this.#worths.has(key)) if ((await scoring.next()).done === true) break;
        yield this.#worths.get(key)!;
      }
    }
  }

  #prompt(present: ((player: number) => boolean) | undefined): EncodedPrompt {
    const { input, encoder } = this.#options;
    const ids = encoder.encode(input.prompt(present));
    encoder.checkLength(ids.length, this.#longest);
    return { ids, key: keyOf(ids) };
  }

  async *#score(prompts: readonly EncodedPrompt[], signal: AbortSignalLike | undefined): AsyncGenerator<void, void, void> {
    if (prompts.length === 0) return;
    const { model, continuations, outputs } = this.#options;
    const requests = prompts.flatMap(({ ids }) => continuations.map((continuation) => ({ prefix: ids, continuation })));
    let scores: ContinuationScore[] = [];
    let done = 0;
    for await (const score of model.score(requests, { signal })) {
      scores.push(score);
      if (scores.length < continuations.length) continue;
      const { key } = prompts[done++]!;
      this.#worths.set(key, outputs(scores));
      if (key === this.#fullKey) this.#fullScores = scores;
      scores = [];
      yield;
    }
  }
}

interface EncodedPrompt {
  readonly ids: readonly number[];
  readonly key: string;
}

/** A short string that is equal for equal ids and only for them: one code unit an id, two from 32768 on. */
function keyOf(ids: readonly number[]): string {
  let key = "";
  for (const id of ids) key += id < 0x8000 ? String.fromCharCode(id) : String.fromCharCode(0x8000 | (id >>> 15), id & 0x7fff);
  return key;
}
