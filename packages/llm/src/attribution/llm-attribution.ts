import {
  assertCausalLm,
  type CausalLm,
  type Estimate,
  type EstimatorOptions,
  type GameMethod,
  InvalidArgumentError,
  type RankedGame,
  type RankOptions,
  rankPlayers,
  type WorkOptions,
} from "@attr/core";
import { checkInput } from "../inputs/check-input.ts";
import type { InterpretableInput } from "../inputs/interpretable-input.ts";
import { byFeature, byPlayer, piecesOf } from "../inputs/pieces.ts";
import { TextSegmentInput } from "../inputs/text-segment-input.ts";
import type { TokenReference } from "../inputs/token-ids.ts";
import { asTokenizer, type TokenizerLike } from "../tokenizer/as-tokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { type Answer, type GenerationOptions, resolveAnswer } from "./answer.ts";
import { type AttrTarget, attrTargets, outputsOf } from "./attr-target.ts";
import { checkMethod } from "./check-method.ts";
import { LLMAttributionResult } from "./llm-attribution-result.ts";
import { noOptions } from "./no-options.ts";
import { PromptEncoder } from "./prompt-encoder.ts";
import { PromptGame } from "./prompt-game.ts";

/** What is explained of an answer. */
export interface LLMAttributionOptions {
  /** @defaultValue "log_prob" */
  readonly attrTarget?: AttrTarget | undefined;
}

export interface LLMAttributeOptions extends WorkOptions {
  /**
   * The answer to explain: a text (encoded by itself, without what the tokenizer adds around texts, and put after the prompt) or token ids.
   *
   * @defaultValue what the model itself generates after the prompt
   */
  readonly target?: string | readonly number[] | undefined;
  /** Tokens left out of the answer, by id or spelling. @defaultValue none */
  readonly skipTokens?: readonly TokenReference[] | undefined;
  /** How the answer is generated, where no target is given. @defaultValue the likeliest token each time, 25 tokens at most */
  readonly generation?: GenerationOptions | undefined;
}

/**
 * Explains what a language model answers: how much each feature of a prompt adds to the answer's log-probability (or probability, or
 * logits), for the answer as a whole and for each of its tokens. Works with every perturbation method: the method decides which features
 * are switched off together, this class turns that into prompts and scores the answer after each distinct prompt once.
 *
 * With `log_prob` the scores of the tokens add up to the score of the whole answer, for every method that is linear in what it explains
 * (all but Lime with the lasso).
 *
 * @example
 * ```ts
 * import { OnnxCausalLm } from "@attr/backend-onnx";
 * import { FeatureAblation } from "@attr/core";
 * import { LLMAttribution, loadTokenizer } from "@attr/llm";
 * import { talesLm } from "@attr/models";
 *
 * const tokenizer = await loadTokenizer(talesLm);
 * await using lm = await OnnxCausalLm.load(talesLm);
 * const llm = new LLMAttribution(new FeatureAblation(lm), tokenizer);
 * const result = await llm.attribute("Tom has a kite. Who has the kite?", { target: " Tom" });
 * console.log(result.toAnsi());
 * ```
 *
 * @throws InvalidArgumentError where the method is not made over a language model, and for a tokenizer of another model.
 */
export class LLMAttribution<Options extends object = object> {
  readonly method: GameMethod<CausalLm, Options>;
  readonly tokenizer: Tokenizer;
  readonly attrTarget: AttrTarget;

  constructor(method: GameMethod<CausalLm, Options>, tokenizer: TokenizerLike, options: LLMAttributionOptions = {}) {
    checkMethod(method, "LLMAttribution");
    assertCausalLm(method.model, `the model of ${method.name}`);
    this.method = method;
    this.tokenizer = asTokenizer(tokenizer);
    this.attrTarget = options.attrTarget ?? "log_prob";
    if (!attrTargets.includes(this.attrTarget))
      throw new InvalidArgumentError(
        `attrTarget must be one of ${attrTargets.join(", ")}, got ${JSON.stringify(this.attrTarget)}`,
      );
  }

  /**
   * Explains an answer to the prompt: the given one, or what the model itself generates.
   *
   * @param input The prompt cut into features; a string is cut into words, and an absent word is removed (`new TextSegmentInput(text)`).
   * @param options What to explain, and the method's own options (`samples`, `seed`, …).
   */
  async attribute(
    input: InterpretableInput | string,
    options: LLMAttributeOptions & Omit<Options, keyof LLMAttributeOptions> = noOptions(),
  ): Promise<LLMAttributionResult> {
    let last: (() => LLMAttributionResult) | undefined;
    for await (const result of this.#results(input, options)) last = result;
    // Every estimator yields at least once.
    return last!();
  }

  /** Better and better results while the method works: sampled methods yield several, the last is what {@link attribute} gives. */
  async *stream(
    input: InterpretableInput | string,
    options: LLMAttributeOptions & Omit<Options, keyof LLMAttributeOptions> = noOptions(),
  ): AsyncGenerator<LLMAttributionResult, void, void> {
    for await (const result of this.#results(input, options)) yield result();
  }

  /**
   * The features of a prompt in the order a result gives them: what `deletionCurve`, `insertionCurve`, `comprehensiveness` and `sufficiency`
   * of `@attr/core` measure, over the game the result is of. The model is asked only then.
   *
   * @param input The prompt as it was attributed to: the same string, or the same input.
   * @throws InvalidArgumentError where the result is of other features than the input has.
   */
  rankFeatures(input: InterpretableInput | string, result: LLMAttributionResult, options: RankOptions = {}): RankedGame {
    const prompt = asPrompt(input);
    const { model } = this.method;
    const game = new PromptGame({
      input: prompt,
      model,
      encoder: new PromptEncoder(this.tokenizer, model),
      continuations: [result.outputIds],
      outputs: ([score]) => outputsOf(score!, result.attrTarget),
    });
    const scores = byPlayer(result.sequenceAttributions, prompt, result.groups);
    return rankPlayers(game, scores, { ...options, method: result.method, cost: () => model.cost });
  }

  /** Results that are put together only when they are looked at. */
  async *#results(
    input: InterpretableInput | string,
    options: LLMAttributeOptions & Omit<Options, keyof LLMAttributeOptions>,
  ): AsyncGenerator<() => LLMAttributionResult, void, void> {
    const { target, skipTokens = [], generation, ...rest } = options;
    const { signal } = options;
    signal?.throwIfAborted();
    const { model } = this.method;
    const before = model.cost;
    const prompt = asPrompt(input);
    const encoder = new PromptEncoder(this.tokenizer, model);
    const answer = await resolveAnswer({
      input: prompt,
      model,
      tokenizer: this.tokenizer,
      encoder,
      target,
      skipTokens,
      generation,
      signal,
    });
    const game = new PromptGame({
      input: prompt,
      model,
      encoder,
      continuations: [answer.ids],
      outputs: ([score]) => outputsOf(score!, this.attrTarget),
    });
    // What is left when this class has taken its own options are the method's, and those of all estimators.
    const methodOptions = rest as unknown as Options & EstimatorOptions;
    for await (const estimate of this.method.estimate(game, methodOptions)) {
      const { scores, worth } = await game.full(signal);
      const after = model.cost;
      const cost = {
        calls: after.calls - before.calls,
        rows: after.rows - before.rows,
        tokens: after.tokens - before.tokens,
        prompts: game.prompts,
      };
      const { logProbabilities } = scores[0]!;
      yield () => this.#result(prompt, answer, estimate, worth, logProbabilities, encoder.warnings, cost);
    }
  }

  #result(
    input: InterpretableInput,
    answer: Answer,
    estimate: Estimate,
    full: Float64Array,
    logProbabilities: Float64Array,
    warnings: readonly string[],
    cost: LLMAttributionResult["cost"],
  ): LLMAttributionResult {
    const { players, empty } = estimate;
    const rows = (numbers: Float64Array): Float64Array[] =>
      Array.from({ length: answer.ids.length + 1 }, (_, row) =>
        byFeature(numbers.subarray(row * players, (row + 1) * players), input.playerOf),
      );
    const [sequence, ...tokens] = rows(estimate.values);
    const [sequenceErrors, ...tokenErrors] = estimate.standardErrors ? rows(estimate.standardErrors) : [];
    return new LLMAttributionResult({
      method: this.method.name,
      attrTarget: this.attrTarget,
      inputTokens: input.values,
      groups: input.playerOf,
      pieces: piecesOf(input),
      outputTokens: answer.labels,
      outputIds: answer.ids,
      outputText: answer.text,
      sequenceAttributions: sequence!,
      tokenAttributions: tokens,
      sequenceStandardErrors: sequenceErrors,
      tokenStandardErrors: sequenceErrors && tokenErrors,
      logProbabilities,
      value: full[0]!,
      tokenValues: full.slice(1),
      baseValue: empty?.[0],
      tokenBaseValues: empty?.slice(1),
      intercept: estimate.intercept,
      rSquared: estimate.rSquared,
      evaluations: estimate.coalitions,
      cost,
      warnings: [...estimate.warnings, ...answer.warnings, ...warnings, ...this.#numberWarnings(logProbabilities)],
    });
  }

  #numberWarnings(logProbabilities: Float64Array): string[] {
    return logProbabilities.every((number) => Number.isFinite(number))
      ? []
      : ["the model gives a token of the answer the probability 0: scores of log-probabilities are then infinite or NaN"];
  }
}

function asPrompt(input: InterpretableInput | string): InterpretableInput {
  return typeof input === "string" ? new TextSegmentInput(input) : checkInput(input);
}
