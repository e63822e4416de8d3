import {
  assertCausalLm,
  type Estimate,
  type EstimatorOptions,
  type Explainable,
  type GameMethod,
  InvalidArgumentError,
  type RankedGame,
  type RankOptions,
  rankPlayers,
  type WorkOptions,
} from "@attr/core";
import { checkMethod } from "../attribution/check-method.ts";
import { noOptions } from "../attribution/no-options.ts";
import { checkInput } from "../inputs/check-input.ts";
import type { InterpretableInput } from "../inputs/interpretable-input.ts";
import { byFeature, byPlayer, piecesOf } from "../inputs/pieces.ts";
import { TextSegmentInput, type TextSegmentInputOptions } from "../inputs/text-segment-input.ts";
import { asTokenizer, type TokenizerLike } from "../tokenizer/as-tokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { CausalChoiceGame, type ChoiceNormalization } from "./causal-choice-game.ts";
import type { ChoiceFormat } from "./choice-format.ts";
import type { ChoiceGame } from "./choice-game.ts";
import { type ChoiceScore, choiceScores, explainedScores } from "./choice-score.ts";
import { EncoderChoiceGame, type EncoderInputs } from "./encoder-choice-game.ts";
import { MultipleChoiceResult } from "./multiple-choice-result.ts";

/** How a question is put to the model, how options are scored, and how the prompt is cut. */
export interface MultipleChoiceOptions {
  /** @defaultValue "log_prob" */
  readonly score?: ChoiceScore | undefined;
  /** How a prompt given as a string is cut into segments. @defaultValue words, an absent one removed */
  readonly segments?: TextSegmentInputOptions | undefined;
  /** How a causal model is asked. Encoders take prompt and option as a pair. @defaultValue the option follows the prompt */
  readonly format?: ChoiceFormat | undefined;
  /** How a causal model's scores of longer and shorter options are made comparable. @defaultValue "none" */
  readonly normalize?: ChoiceNormalization | undefined;
  /** Names of an encoder's inputs. @defaultValue input_ids, token_type_ids, attention_mask */
  readonly inputs?: EncoderInputs | undefined;
  /**
   * The most tokens an encoder reads of prompt and option together: `max_position_embeddings` of its `config.json`. A longer question is
   * refused before the model is asked. @defaultValue the length of its input where that is fixed, else none
   */
  readonly contextLength?: number | undefined;
}

/** A question: what is read, and the answers to choose from. */
export interface Question {
  /** The prompt cut into features, or a string (cut as the `segments` option says). */
  readonly prompt: InterpretableInput | string;
  /** At least two. */
  readonly options: readonly string[];
}

/**
 * Explains why a model chose one of several answers: how much each segment of the prompt adds to each option's score. A segment is taken
 * away in all options at once. Works with every perturbation method, and with both kinds of model: causal language models score every
 * option after the prompt; encoders with a multiple-choice head (`[n, options, length]` to `[n, options]`) read prompt and option as a pair.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { ShapleyValues } from "@attr/core";
 * import { loadTokenizer, MultipleChoice } from "@attr/llm";
 * import { talesChoice } from "@attr/models";
 *
 * const tokenizer = await loadTokenizer(talesChoice);
 * await using encoder = await OnnxModel.load(new URL("onnx/model.onnx", talesChoice));
 * const choice = new MultipleChoice(new ShapleyValues(encoder), tokenizer);
 * const result = await choice.attribute({ prompt: "Tom has a kite. Who has the kite?", options: ["Tom", "Sue"] });
 * console.log(result.contrast(0, 1).toAnsi()); // why Tom and not Sue
 * ```
 */
export class MultipleChoice<Options extends object = object> {
  readonly method: GameMethod<Explainable, Options>;
  readonly tokenizer: Tokenizer;
  readonly options: MultipleChoiceOptions;

  constructor(method: GameMethod<Explainable, Options>, tokenizer: TokenizerLike, options: MultipleChoiceOptions = {}) {
    checkMethod(method, "MultipleChoice");
    const { model } = method;
    if (isEncoder(model)) {
      for (const name of ["format", "normalize"] as const)
        if (options[name] !== undefined)
          throw new InvalidArgumentError(`${name} is for causal language models; an encoder reads prompt and option as a pair`);
    } else {
      assertCausalLm(model, `the model of ${method.name}`);
      for (const name of ["inputs", "contextLength"] as const)
        if (options[name] !== undefined)
          throw new InvalidArgumentError(`${name} is for encoders; a causal language model names its own`);
    }
    const { score = "log_prob", normalize = "none", contextLength } = options;
    if (contextLength !== undefined && !(Number.isSafeInteger(contextLength) && contextLength >= 1))
      throw new InvalidArgumentError(`contextLength must be a whole number of at least 1, got ${contextLength}`);
    if (!choiceScores.includes(score))
      throw new InvalidArgumentError(`score must be one of ${choiceScores.join(", ")}, got ${JSON.stringify(score)}`);
    if (normalize !== "none" && normalize !== "tokens" && normalize !== "characters")
      throw new InvalidArgumentError(`normalize must be "none", "tokens" or "characters", got ${JSON.stringify(normalize)}`);
    this.method = method;
    this.tokenizer = asTokenizer(tokenizer);
    this.options = options;
  }

  /**
   * Explains the score of every option by the segments of the prompt.
   *
   * @param options The method's own options (`samples`, `seed`, …), `signal` and `onProgress`.
   */
  async attribute(
    question: Question,
    options: WorkOptions & Omit<Options, keyof WorkOptions> = noOptions(),
  ): Promise<MultipleChoiceResult> {
    let last: (() => MultipleChoiceResult) | undefined;
    for await (const result of this.#results(question, options)) last = result;
    // Every estimator yields at least once.
    return last!();
  }

  /** Better and better results while the method works: sampled methods yield several, the last is what {@link attribute} gives. */
  async *stream(
    question: Question,
    options: WorkOptions & Omit<Options, keyof WorkOptions> = noOptions(),
  ): AsyncGenerator<MultipleChoiceResult, void, void> {
    for await (const result of this.#results(question, options)) yield result();
  }

  /**
   * The prompt's features in the order a result gives them for one option: what `deletionCurve`, `insertionCurve`, `comprehensiveness` and
   * `sufficiency` of `@attr/core` measure, over the game the result is of. The model is asked only then.
   *
   * @param question The question as it was attributed to.
   * @param options.option The option, by index. @defaultValue the one the model chose
   * @throws InvalidArgumentError where the result is of other options, or of other features than the prompt has.
   */
  rankFeatures(
    question: Question,
    result: MultipleChoiceResult,
    options: RankOptions & { readonly option?: number | undefined } = {},
  ): RankedGame {
    const answers = checkOptions(question);
    const { option = result.chosen, abs } = options;
    if (answers.join("\n") !== result.options.join("\n"))
      throw new InvalidArgumentError("the result is of other options than the question has");
    const attributions = result.attributions[option];
    if (attributions === undefined)
      throw new InvalidArgumentError(`option ${option} is outside the ${answers.length} options of the question`);
    const input = this.#prompt(question);
    const game = this.#game(input, answers);
    const scores = byPlayer(attributions, input, result.groups);
    return rankPlayers(game, scores, { output: option, abs, method: result.method, cost: () => game.cost() });
  }

  /** Results that are put together only when they are looked at. */
  async *#results(
    question: Question,
    options: WorkOptions & Omit<Options, keyof WorkOptions>,
  ): AsyncGenerator<() => MultipleChoiceResult, void, void> {
    const { signal } = options;
    signal?.throwIfAborted();
    const answers = checkOptions(question);
    const input = this.#prompt(question);
    const game = this.#game(input, answers);
    const before = game.cost();
    // The options of this call are the method's, and those of all estimators.
    const methodOptions = options as unknown as Options & EstimatorOptions;
    for await (const estimate of this.method.estimate(game, methodOptions)) {
      const raw = await game.fullScores(signal);
      const after = game.cost();
      const cost = {
        calls: after.calls - before.calls,
        rows: after.rows - before.rows,
        tokens: after.tokens - before.tokens,
        prompts: game.prompts,
      };
      yield () => this.#result(input, answers, estimate, raw, game, cost);
    }
  }

  #prompt({ prompt }: Question): InterpretableInput {
    return typeof prompt === "string" ? new TextSegmentInput(prompt, this.options.segments) : checkInput(prompt);
  }

  #game(input: InterpretableInput, options: readonly string[]): ChoiceGame {
    const { model } = this.method;
    const { tokenizer } = this;
    const { score = "log_prob", normalize = "none", format = {}, inputs = {}, contextLength } = this.options;
    return isEncoder(model)
      ? new EncoderChoiceGame({ model, tokenizer, input, options, inputs, contextLength, score })
      : new CausalChoiceGame({ model, tokenizer, input, options, format, normalize, score });
  }

  #result(
    input: InterpretableInput,
    options: readonly string[],
    estimate: Estimate,
    raw: Float64Array,
    game: ChoiceGame,
    cost: MultipleChoiceResult["cost"],
  ): MultipleChoiceResult {
    const { players } = estimate;
    const { score = "log_prob" } = this.options;
    const rows = (numbers: Float64Array): Float64Array[] =>
      options.map((_, option) => byFeature(numbers.subarray(option * players, (option + 1) * players), input.playerOf));
    return new MultipleChoiceResult({
      method: this.method.name,
      score,
      unit: score === "logit" && isEncoder(this.method.model) ? "logits" : "nats",
      options,
      segments: input.values,
      groups: input.playerOf,
      pieces: piecesOf(input),
      attributions: rows(estimate.values),
      standardErrors: estimate.standardErrors && rows(estimate.standardErrors),
      scores: explainedScores(raw, score),
      baseScores: estimate.empty,
      rawScores: raw,
      intercept: estimate.intercept,
      rSquared: estimate.rSquared,
      evaluations: estimate.coalitions,
      cost,
      warnings: [...estimate.warnings, ...game.warnings],
    });
  }
}

function isEncoder(model: Explainable): model is Exclude<Explainable, { readonly kind: "causal-lm" }> {
  return !("kind" in model) && "run" in model && "inputs" in model && "backend" in model;
}

function checkOptions(question: unknown): readonly string[] {
  if (typeof question !== "object" || question === null || !("options" in question) || !("prompt" in question))
    throw new InvalidArgumentError("attribute takes a question: { prompt, options }");
  const { options } = question;
  if (!Array.isArray(options) || options.length < 2)
    throw new InvalidArgumentError(
      `options must be at least two texts, got ${Array.isArray(options) ? options.length : typeof options}`,
    );
  return options.map((option: unknown, index) => {
    if (typeof option !== "string") throw new InvalidArgumentError(`options[${index}] must be a string, got ${typeof option}`);
    return option;
  });
}
