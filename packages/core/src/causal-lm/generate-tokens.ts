import { checkNumber, checkWhole } from "../check-number.ts";
import { AttributionError, InvalidArgumentError } from "../errors.ts";
import { seededRandom } from "../tensor/random.ts";
import type { HostData } from "../tensor/tensor.ts";
import type { GenerateOptions, Generation } from "./causal-lm.ts";
import type { Decoder } from "./decoder.ts";
import { logSumExp } from "./log-sum-exp.ts";
import { checkTokens } from "./scoring-requests.ts";
import { likeliestToken, sampleToken } from "./token-sampling.ts";

/** What the engine knows of its model besides how to call it. */
export interface GenerationLimits {
  readonly contextLength: number | undefined;
  readonly endTokens: readonly number[];
  /** Tokens one call may take. */
  readonly maxTokens: number;
}

/** Generates one token after the other; with a cache only the new token is computed at each step. */
export async function generateTokens(
  decoder: Decoder,
  prompt: readonly number[],
  options: GenerateOptions,
  limits: GenerationLimits,
): Promise<Generation> {
  const { maxNewTokens, stopTokens, random, ...sampling } = checkOptions(options, limits, decoder.vocabularySize);
  const start = checkTokens(prompt, "prompt", decoder.vocabularySize);
  if (start.length === 0)
    throw new InvalidArgumentError("prompt is empty: it needs at least one token (the BOS token, where there is no text)");
  const { contextLength = Number.POSITIVE_INFINITY } = limits;
  if (start.length > contextLength)
    throw new InvalidArgumentError(`prompt is ${start.length} tokens, the model's context holds ${contextLength}`);
  const text = new TokenList(start, start.length + Math.min(maxNewTokens, contextLength));
  const reader = new NextTokenReader(decoder, limits.maxTokens);
  const tokens: number[] = [];
  const logProbabilities: number[] = [];
  const end = (stopReason: Generation["stopReason"]): Generation => ({
    tokens,
    logProbabilities: Float64Array.from(logProbabilities),
    stopReason,
  });
  while (tokens.length < maxNewTokens && text.length < contextLength) {
    const logits = await reader.after(text.tokens, options);
    const normaliser = logSumExp(logits, 0, logits.length);
    if (Number.isNaN(normaliser))
      throw new AttributionError(
        `the model's logits after ${text.length} tokens hold NaN or infinity: no probability follows from them`,
      );
    const token = sampling.temperature === 0 ? likeliestToken(logits) : sampleToken(logits, sampling, random);
    options.onProgress?.({ done: tokens.length + 1, total: maxNewTokens, unit: "tokens" });
    if (stopTokens.has(token)) return end("stop-token");
    tokens.push(token);
    logProbabilities.push(logits[token]! - normaliser);
    text.push(token);
  }
  return end("length");
}

/** Tokens that grow one by one, as one array. */
class TokenList {
  #data: Int32Array;
  #length: number;

  constructor(start: Int32Array, room: number) {
    this.#data = new Int32Array(Math.min(room, 2 * start.length + 64));
    this.#data.set(start);
    this.#length = start.length;
  }

  get length(): number {
    return this.#length;
  }

  get tokens(): Int32Array {
    return this.#data.subarray(0, this.#length);
  }

  push(token: number): void {
    if (this.#length === this.#data.length) {
      const larger = new Int32Array(2 * this.#length + 64);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.#length++] = token;
  }
}

/** Reads the logits after a text that only grows. */
class NextTokenReader {
  readonly #decoder: Decoder;
  readonly #maxTokens: number;
  #past: readonly HostData[] | undefined;
  #read = 0;

  constructor(decoder: Decoder, maxTokens: number) {
    this.#decoder = decoder;
    this.#maxTokens = maxTokens;
  }

  async after(text: Int32Array, options: GenerateOptions): Promise<Float32Array | Float64Array> {
    const { vocabularySize, layout } = this.#decoder;
    const keep = layout.cache.length > 0;
    const longest = keep ? this.#maxTokens : text.length;
    let logits: Float32Array | Float64Array = new Float32Array(0);
    for (let from = this.#read; from < text.length; from = this.#read) {
      const tokens = text.subarray(from, from + longest);
      const result = await this.#decoder.run({
        rows: [{ tokens, start: from }],
        width: tokens.length,
        past: this.#past,
        pastLength: from,
        keep,
        signal: options.signal,
      });
      logits = result.logits.subarray((tokens.length - 1) * vocabularySize, tokens.length * vocabularySize);
      this.#read += tokens.length;
      if (keep) this.#past = result.present;
    }
    if (!keep) this.#read = 0;
    return logits;
  }
}

function checkOptions(options: GenerateOptions, limits: GenerationLimits, vocabularySize: number) {
  const { maxNewTokens = 25, temperature = 0, topK = 0, topP = 1, seed = 0 } = options;
  checkWhole("maxNewTokens", maxNewTokens, 0);
  checkNumber("temperature", temperature, 0);
  checkWhole("topK", topK, 0);
  if (!(topP > 0 && topP <= 1)) throw new InvalidArgumentError(`topP must be above 0 and at most 1, got ${topP}`);
  const stopTokens = new Set(
    options.stopTokens === undefined ? limits.endTokens : checkTokens(options.stopTokens, "stopTokens", vocabularySize),
  );
  return { maxNewTokens, temperature, topK, topP, stopTokens, random: seededRandom(seed) };
}
