import { InvalidArgumentError } from "@attr/core";
import type { Prompt } from "../inputs/interpretable-input.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** What the encoder has to know of the model. */
export interface PromptLimits {
  readonly vocabularySize: number;
  readonly contextLength?: number | undefined;
  readonly endTokens: readonly number[];
}

/** Turns prompts into the token ids a causal model is given, and holds them against what it can take. */
export class PromptEncoder {
  readonly #tokenizer: Tokenizer;
  readonly #limits: PromptLimits;
  readonly #warnings = new Set<string>();

  constructor(tokenizer: Tokenizer, limits: PromptLimits) {
    this.#tokenizer = tokenizer;
    this.#limits = limits;
  }

  /** What a user should know of the prompts encoded so far. */
  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** Token ids of a prompt, at least one. */
  encode(prompt: Prompt): readonly number[] {
    const { ids, special } =
      prompt.kind === "ids"
        ? { ids: prompt.ids, special: undefined }
        : this.#tokenizer.encode(prompt.text, { addSpecialTokens: prompt.addSpecialTokens ?? true });
    if (special !== undefined && special.length > 1 && special.at(-1) === true && special.includes(false))
      this.#warnings.add(
        `the tokenizer ends every prompt with ${JSON.stringify(this.#tokenizer.idToToken(ids.at(-1)!))}, and the answer is scored after it: take it out of the tokenizer's post-processor, or write the prompt with addSpecialTokens: false`,
      );
    this.checkIds(ids, "prompt");
    if (ids.length > 0) return ids;
    const start = this.#tokenizer.bosToken ?? this.#tokenizer.endToken ?? this.#limits.endTokens[0];
    if (start === undefined)
      throw new InvalidArgumentError(
        "a prompt with features taken away has no token left, and the tokenizer has no BOS token to start with: give the input a baseline",
      );
    this.#warnings.add(
      `a prompt with features taken away has no token left: ${JSON.stringify(this.#tokenizer.idToToken(start))} stands in for it`,
    );
    return [start];
  }

  /** Refuses ids the model has no row for. */
  checkIds(ids: readonly number[], what: string): void {
    const { vocabularySize } = this.#limits;
    for (const id of ids) {
      if (Number.isInteger(id) && id >= 0 && id < vocabularySize) continue;
      throw new InvalidArgumentError(
        `token ${id}${this.#spelling(id)} of the ${what} is outside the model's vocabulary of ${vocabularySize}: the tokenizer (${this.#tokenizer.vocabularySize} tokens) belongs to another model`,
      );
    }
  }

  /** Refuses a prompt and an answer that are longer than the model can read. */
  checkLength(promptTokens: number, answerTokens: number): void {
    const { contextLength } = this.#limits;
    if (contextLength === undefined || promptTokens + answerTokens <= contextLength) return;
    throw new InvalidArgumentError(
      `a prompt of ${promptTokens} tokens and an answer of ${answerTokens} are longer than the model's context of ${contextLength}`,
    );
  }

  #spelling(id: number): string {
    try {
      return ` (${JSON.stringify(this.#tokenizer.idToToken(id))})`;
    } catch {
      return "";
    }
  }
}
