import { type AbortSignalLike, type BitMatrix, type CausalLm, type ContinuationScore, InvalidArgumentError } from "@attr/core";
import { PromptEncoder } from "../attribution/prompt-encoder.ts";
import { PromptGame } from "../attribution/prompt-game.ts";
import type { InterpretableInput, Prompt } from "../inputs/interpretable-input.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { type ChoiceFormat, formatChoice } from "./choice-format.ts";
import type { ChoiceGame } from "./choice-game.ts";
import { type ChoiceScore, explainedScores } from "./choice-score.ts";

/**
 * How the log-probability of a longer option is made comparable with that of a shorter one: not at all, divided by its tokens, or by the
 * characters (code points) of its text.
 */
export type ChoiceNormalization = "none" | "tokens" | "characters";

export interface CausalChoiceOptions {
  readonly model: CausalLm;
  readonly tokenizer: Tokenizer;
  readonly input: InterpretableInput;
  readonly options: readonly string[];
  readonly format: ChoiceFormat;
  readonly normalize: ChoiceNormalization;
  readonly score: ChoiceScore;
}

/** A question put to a causal model: every option is scored as what follows the prompt, all of them after the same prompts. */
export class CausalChoiceGame implements ChoiceGame {
  readonly players: number;
  readonly batchSize: number;
  readonly #game: PromptGame;
  readonly #encoder: PromptEncoder;
  readonly #model: CausalLm;
  readonly #raw: (scores: readonly ContinuationScore[]) => Float64Array;

  constructor({ model, tokenizer, input, options, format, normalize, score }: CausalChoiceOptions) {
    const prompt = input.prompt();
    const text = prompt.kind === "text" ? prompt.text : input.layout?.text;
    const { between, answers } = formatChoice(format, options, text);
    const asked = between === "" ? input : followedBy(input, between, tokenizer);
    this.#encoder = new PromptEncoder(tokenizer, model);
    const continuations = answers.map((answer, index) => {
      const ids = answerTokens(answer, asked.prompt(), tokenizer);
      if (ids.length === 0)
        throw new InvalidArgumentError(`options[${index}] ${JSON.stringify(options[index])} has no token to score`);
      this.#encoder.checkIds(ids, `option ${JSON.stringify(options[index])}`);
      return ids;
    });
    const lengths = continuations.map((ids, index) =>
      normalize === "tokens" ? ids.length : normalize === "characters" ? Math.max(1, Array.from(options[index]!).length) : 1,
    );
    this.#raw = (scores) =>
      Float64Array.from(
        scores,
        ({ logProbabilities }, index) => logProbabilities.reduce((sum, value) => sum + value, 0) / lengths[index]!,
      );
    this.#game = new PromptGame({
      input: asked,
      model,
      encoder: this.#encoder,
      continuations,
      outputs: (scores) => explainedScores(this.#raw(scores), score),
    });
    this.players = this.#game.players;
    this.batchSize = this.#game.batchSize;
    this.#model = model;
  }

  get prompts(): number {
    return this.#game.prompts;
  }

  get warnings(): readonly string[] {
    return this.#encoder.warnings;
  }

  value(coalitions: BitMatrix, signal?: AbortSignalLike): AsyncGenerator<Float64Array, void, void> {
    return this.#game.value(coalitions, signal);
  }

  async fullScores(signal?: AbortSignalLike): Promise<Float64Array> {
    return this.#raw((await this.#game.full(signal)).scores);
  }

  cost(): CausalLm["cost"] {
    const { calls, rows, tokens } = this.#model.cost;
    return { calls, rows, tokens };
  }
}

/** An input with text that always stays after its prompt. */
function followedBy(input: InterpretableInput, text: string, tokenizer: Tokenizer): InterpretableInput {
  const { ids } = tokenizer.encode(text, { addSpecialTokens: false });
  return {
    values: input.values,
    players: input.players,
    playerOf: input.playerOf,
    prompt(present): Prompt {
      const prompt = input.prompt(present);
      return prompt.kind === "text" ? { ...prompt, text: prompt.text + text } : { kind: "ids", ids: [...prompt.ids, ...ids] };
    },
  };
}

/**
 * The tokens of an answer as they follow the whole prompt when both are read together; read by itself where the two do not part cleanly or
 * the prompt is token ids.
 */
function answerTokens(answer: string, prompt: Prompt, tokenizer: Tokenizer): readonly number[] {
  if (prompt.kind === "text") {
    const options = { addSpecialTokens: prompt.addSpecialTokens ?? true };
    const before = tokenizer.encode(prompt.text, options).ids;
    const together = tokenizer.encode(prompt.text + answer, options).ids;
    if (together.length > before.length && before.every((id, index) => id === together[index]))
      return together.slice(before.length);
  }
  return tokenizer.encode(answer, { addSpecialTokens: false }).ids;
}
