import { checkWhole } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { WorkOptions } from "../signal.ts";
import type { CausalLm, CausalLmCost, Continuation, ContinuationScore, GenerateOptions, Generation } from "./causal-lm.ts";
import { type CausalLmLayout, type CheckedLayout, checkLayout } from "./causal-lm-layout.ts";
import { Decoder } from "./decoder.ts";
import { generateTokens } from "./generate-tokens.ts";
import { cacheBytesPerToken } from "./key-value-cache.ts";
import { scoreContinuations } from "./score-continuations.ts";
import { type PlanLimits, planScoring } from "./scoring-plan.ts";
import { scoringRequests } from "./scoring-requests.ts";

/** What the inputs and outputs of a model mean where it is a language model, and what its texts may be. */
export interface ModelCausalLmOptions {
  /** @defaultValue the last axis of the logits, where the model says it */
  readonly vocabularySize?: number | undefined;
  /** Tokens a text may hold. @defaultValue the length the model's inputs are fixed to; else no limit */
  readonly contextLength?: number | undefined;
  /** Ids that end a text. @defaultValue none */
  readonly endTokens?: readonly number[] | undefined;
  /** The id that stands where a row has no token; it has no effect on any result. @defaultValue 0 */
  readonly padToken?: number | undefined;
  /** Rows a call may hold; the model's own limit holds too. @defaultValue 64 */
  readonly maxBatchSize?: number | undefined;
  /** Token positions a call may compute, padding included; a single row may exceed it where there is no cache. @defaultValue 4096 */
  readonly maxTokens?: number | undefined;
  /** Bytes the logits of a call may take: with a large vocabulary calls hold fewer tokens. @defaultValue 256 MiB */
  readonly logitsMemory?: number | undefined;
  /** Bytes of keys and values a call may hold, and as many may be kept for later calls. @defaultValue 512 MiB */
  readonly cacheMemory?: number | undefined;
  /** Whether tokens that texts share are computed once where that pays; needs a cache. @defaultValue true */
  readonly sharePrefixes?: boolean | undefined;
  /** What a call costs by itself, in tokens: how many more it may compute, padding included, to save one. @defaultValue 16 */
  readonly callOverhead?: number | undefined;
}

/** Going on from fewer tokens than this saves less than copying and calling costs. */
const minimumShared = 4;

/**
 * A causal language model made of a model whose output is logits `[n, t, vocabulary]`. The whole continuation is scored in one pass,
 * rows are batched with little padding, and with a cache tokens that texts share are computed once. A text's scores do not depend on what
 * it is scored with, beyond rounding. Disposing it leaves the model to its owner.
 *
 * @throws InvalidArgumentError where the layout does not fit the model
 */
export function modelCausalLm(model: Model, layout: CausalLmLayout, options: ModelCausalLmOptions = {}): CausalLm {
  return new ModelCausalLm(model, checkLayout(model, layout), options);
}

class ModelCausalLm implements CausalLm {
  readonly kind = "causal-lm";
  readonly vocabularySize: number;
  readonly contextLength: number | undefined;
  readonly endTokens: readonly number[];
  readonly #decoder: Decoder;
  readonly #limits: PlanLimits;
  #disposed: boolean = false;

  constructor(model: Model, layout: CheckedLayout, options: ModelCausalLmOptions) {
    const vocabularySize = options.vocabularySize ?? layout.vocabularySize;
    if (vocabularySize === undefined)
      throw new InvalidArgumentError(`vocabularySize is needed: the model does not say the last axis of "${layout.logits}"`);
    this.vocabularySize = count("vocabularySize", vocabularySize);
    const contextLength = options.contextLength === undefined ? undefined : count("contextLength", options.contextLength);
    this.contextLength =
      layout.fixedLength === undefined ? contextLength : Math.min(layout.fixedLength, contextLength ?? layout.fixedLength);
    this.endTokens = [...(options.endTokens ?? [])];
    const wrong = this.endTokens.find((token) => !Number.isInteger(token) || token < 0);
    if (wrong !== undefined)
      throw new InvalidArgumentError(`endTokens must hold token ids, whole numbers from 0 on, got ${String(wrong)}`);
    const { padToken = 0 } = options;
    if (!Number.isInteger(padToken) || padToken < 0 || padToken >= this.vocabularySize)
      throw new InvalidArgumentError(`padToken ${padToken} is outside the vocabulary (0 to ${this.vocabularySize - 1})`);
    this.#decoder = new Decoder(model, layout, this.vocabularySize, padToken);
    this.#limits = planLimits(model, layout, options, this.vocabularySize, this.contextLength);
  }

  get cost(): CausalLmCost {
    return this.#decoder.cost;
  }

  async *score(continuations: readonly Continuation[], options: WorkOptions = {}): AsyncGenerator<ContinuationScore, void, void> {
    this.#assertUsable();
    const requests = scoringRequests(continuations, this);
    options.signal?.throwIfAborted();
    const plan = planScoring(
      requests.map((request) => request.sequence),
      this.#limits,
    );
    yield* scoreContinuations(this.#decoder, requests, plan, options);
  }

  async generate(prompt: readonly number[], options: GenerateOptions = {}): Promise<Generation> {
    this.#assertUsable();
    const { contextLength, endTokens } = this;
    return await generateTokens(this.#decoder, prompt, options, { contextLength, endTokens, maxTokens: this.#limits.maxTokens });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    return Promise.resolve();
  }

  #assertUsable(): void {
    if (this.#disposed) throw new InvalidArgumentError("this language model was disposed: load it again to use it");
  }
}

function planLimits(
  model: Model,
  layout: CheckedLayout,
  options: ModelCausalLmOptions,
  vocabularySize: number,
  contextLength: number | undefined,
): PlanLimits {
  const { maxBatchSize = 64, maxTokens = 4096, logitsMemory = 2 ** 28, cacheMemory = 2 ** 29 } = options;
  const { sharePrefixes = true, callOverhead = 16 } = options;
  if (!(callOverhead >= 0 && callOverhead < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError(`callOverhead must be a number of tokens from 0 on, got ${callOverhead}`);
  const cached = layout.cache.length > 0;
  const float64 = layout.cache.some((entry) => layout.dtypes.get(entry.past) === "float64");
  const bytesPerToken = cacheBytesPerToken(layout.cache, float64 ? 8 : 4);
  const tokensOfLogits = Math.max(1, Math.floor(count("logitsMemory", logitsMemory) / (4 * vocabularySize)));
  return {
    cached,
    sharing: cached && sharePrefixes,
    mixedPasts: layout.attentionMask !== undefined && layout.positionIds !== undefined,
    minimumShared,
    callOverhead,
    maxRows: Math.min(count("maxBatchSize", maxBatchSize), model.maxBatchSize),
    maxTokens: Math.min(count("maxTokens", maxTokens), tokensOfLogits),
    maxStoredTokens: cached
      ? Math.max(1, Math.floor(count("cacheMemory", cacheMemory) / bytesPerToken))
      : Number.POSITIVE_INFINITY,
    contextLength,
    fixedWidth: layout.fixedLength,
  };
}

function count(name: string, value: number): number {
  checkWhole(name, value, 1);
  return value;
}
