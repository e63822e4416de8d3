import {
  type AttributionResult,
  type Baselines,
  type EmbeddingView,
  InvalidArgumentError,
  type Model,
  type TargetOptions,
  type TensorMethod,
  UnsupportedError,
  type WorkOptions,
} from "@attr/core";
import { piecesOf } from "../inputs/pieces.ts";
import { TextTokenInput } from "../inputs/text-token-input.ts";
import type { TokenReference } from "../inputs/token-ids.ts";
import { asTokenizer, type TokenizerLike } from "../tokenizer/as-tokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { type Answer, type GenerationOptions, resolveAnswer } from "./answer.ts";
import { LLMAttributionResult } from "./llm-attribution-result.ts";
import { noOptions } from "./no-options.ts";
import { PromptEncoder } from "./prompt-encoder.ts";

/** What the inputs of the model mean. */
export interface LLMGradientAttributionOptions {
  /** The model's input that holds the token ids. @defaultValue "input_ids" */
  readonly input?: string | undefined;
}

export interface LLMGradientAttributeOptions extends WorkOptions {
  /**
   * The answer to explain: a text (encoded by itself, without what the tokenizer adds around texts, and put after the prompt) or token ids.
   *
   * @defaultValue what the model itself generates after the prompt, where the method is made over `fromEmbedding`
   */
  readonly target?: string | readonly number[] | undefined;
  /** Tokens left out of the answer, by id or spelling. @defaultValue none */
  readonly skipTokens?: readonly TokenReference[] | undefined;
  /** How the answer is generated, where no target is given. @defaultValue the likeliest token each time, 25 tokens at most */
  readonly generation?: GenerationOptions | undefined;
}

/**
 * Explains a language model's answer with gradients at the token embedding: how much every token of a prompt adds to each token of the
 * answer, summed over the embedding's width. The method is made over `fromEmbedding(lm)`, which explains log-probabilities (or logits:
 * its `attrTarget`), or over a layer view of any decoder without caches, `[n, length]` ids to `[n, length, vocabulary]` logits; with
 * `logSoftmax` log-probabilities are explained, without it logits.
 *
 * All tokens of the answer are explained together, in the batches of the method: as many rows as its own for an example, times the
 * tokens of the answer. A method with baselines goes from the prompt with every feature's token replaced by the input's baseline; the
 * answer's own tokens stay as they are.
 *
 * @example
 * ```ts
 * import { OnnxCausalLm } from "@attr/backend-onnx";
 * import { fromEmbedding, IntegratedGradients } from "@attr/core";
 * import { LLMGradientAttribution, loadTokenizer } from "@attr/llm";
 * import { talesLm } from "@attr/models";
 *
 * const tokenizer = await loadTokenizer(talesLm);
 * await using lm = await OnnxCausalLm.load(talesLm);
 * const llm = new LLMGradientAttribution(new IntegratedGradients(fromEmbedding(lm)), tokenizer);
 * const result = await llm.attribute("Tom has a kite. Question: Who has the kite? Answer:", { target: " Tom", steps: 30 });
 * console.log(result.toAnsi());
 * ```
 *
 * @throws InvalidArgumentError where the method is not made over a layer view.
 */
export class LLMGradientAttribution<Options extends TargetOptions> {
  readonly method: TensorMethod<Model, Options>;
  readonly tokenizer: Tokenizer;
  readonly input: string;

  constructor(
    method: Pick<TensorMethod<Model, Options>, "name" | "model" | "attribute" | "baselineRows">,
    tokenizer: TokenizerLike,
    options: LLMGradientAttributionOptions = {},
  ) {
    if (typeof method?.attribute !== "function" || method.model?.resolve === undefined)
      throw new InvalidArgumentError(
        "method must be a gradient method made over the embeddings of a language model, as in " +
          "new LLMGradientAttribution(new IntegratedGradients(fromEmbedding(lm)), tokenizer)",
      );
    this.method = method;
    this.tokenizer = asTokenizer(tokenizer);
    const { inputs } = method.model;
    this.input = options.input ?? (isEmbeddingView(method.model) ? inputs[0]!.name : "input_ids");
    if (!inputs.some(({ name }) => name === this.input))
      throw new InvalidArgumentError(
        `the model has no input "${this.input}" for token ids, only ${inputs.map(({ name }) => `"${name}"`).join(", ")}: name it with { input }`,
      );
  }

  /**
   * Explains an answer to the prompt, the given one or what the model itself generates, by the prompt's tokens.
   *
   * @param input The prompt with its tokens as features; of a string every token is one (`new TextTokenInput(text, tokenizer)`).
   * @param options What to explain, and the method's own options (`steps`, `samples`, …).
   */
  async attribute(
    input: TextTokenInput | string,
    options: LLMGradientAttributeOptions & Omit<Options, keyof LLMGradientAttributeOptions | "baselines"> = noOptions(),
  ): Promise<LLMAttributionResult> {
    const { target, skipTokens = [], generation, ...rest } = options;
    const { signal } = options;
    signal?.throwIfAborted();
    const prompt = typeof input === "string" ? new TextTokenInput(input, this.tokenizer) : input;
    if (!(prompt instanceof TextTokenInput))
      throw new UnsupportedError("LLMGradientAttribution attributes to tokens: give a text or a TextTokenInput");
    const { model } = this.method;
    const lm = isEmbeddingView(model) ? model.lm : undefined;
    const vocabulary = model.outputs[0]?.shape?.at(-1);
    const encoder = new PromptEncoder(
      this.tokenizer,
      lm ?? { vocabularySize: typeof vocabulary === "number" ? vocabulary : this.tokenizer.vocabularySize, endTokens: [] },
    );
    encoder.checkIds(prompt.ids, "prompt");
    encoder.checkIds([prompt.baseline], "baseline");
    const answer = await resolveAnswer({
      input: prompt,
      model: lm,
      tokenizer: this.tokenizer,
      encoder,
      target,
      skipTokens,
      generation,
      signal,
    });
    encoder.checkLength(prompt.ids.length, answer.ids.length);
    // A token is told by the ones before it, so the last one of the answer need not be read.
    const after = answer.ids.slice(0, -1);
    const present = [...prompt.ids, ...after];
    const absent = [...present];
    for (const position of prompt.positions) absent[position] = prompt.baseline;
    const rows = <T>(row: T): T[] => answer.ids.map(() => row);
    const others = this.#otherInputs(present.length);
    const baselines: Baselines = { [this.input]: [absent], ...mapRows(others, (row) => [row]) };
    const methodOptions = {
      ...rest,
      // Every token of the answer is an example of its own: the same text, another place and token of the output.
      target: answer.ids.map((id, at) => [prompt.ids.length - 1 + at, id]),
      ...(this.method.baselineRows !== undefined && { baselines }),
    };
    const result = await this.method.attribute(
      { [this.input]: rows(present), ...mapRows(others, rows) },
      // What is left when this class has taken its own options are the method's.
      methodOptions as unknown as Options,
    );
    return this.#result(prompt, answer, result, present.length, encoder.warnings);
  }

  /** What decoders take beside the ids, for a text without padding. */
  #otherInputs(length: number): Readonly<Record<string, number[]>> {
    const others: Record<string, number[]> = {};
    for (const { name } of this.method.model.inputs) {
      if (name === this.input) continue;
      const make = known[name];
      if (make === undefined)
        throw new InvalidArgumentError(
          `the model takes "${name}", which LLMGradientAttribution does not know: make the method over fromEmbedding(lm), which feeds empty caches, or fix the input with bind`,
        );
      others[name] = Array.from({ length }, (_, position) => make(position));
    }
    return others;
  }

  #result(
    input: TextTokenInput,
    answer: Answer,
    result: AttributionResult,
    length: number,
    warnings: readonly string[],
  ): LLMAttributionResult {
    const tokens = answer.ids.length;
    const [attributions] = Object.values(result.attributions);
    const { data, shape } = attributions!;
    // A model that takes texts of one length only has places behind the text.
    const places = shape[1] ?? 0;
    if (shape[0] !== tokens || places < length)
      throw new InvalidArgumentError(
        `the layer has shape [${shape.join(", ")}] for ${tokens} texts of ${length} tokens: it must have a row for every token, as the embedding has`,
      );
    const width = data.length / (tokens * places);
    const tokenAttributions = answer.ids.map((_, token) =>
      Float64Array.from(input.positions, (position) => {
        const start = (token * places + position) * width;
        let sum = 0;
        for (let i = start; i < start + width; i++) sum += Number(data[i]);
        return sum;
      }),
    );
    const sequence = new Float64Array(input.positions.length);
    for (const row of tokenAttributions) for (let i = 0; i < row.length; i++) sequence[i]! += row[i]!;
    const isLogProbability = this.method.model.outputs[0]?.name.startsWith("log_softmax(") === true;
    const values =
      result.value === undefined ? new Float64Array(tokens).fill(Number.NaN) : Float64Array.from(result.value.data, Number);
    const baseValues = result.baseValue && Float64Array.from(result.baseValue.data, Number);
    const { calls, rows } = result.evaluations;
    return new LLMAttributionResult({
      method: result.method,
      attrTarget: isLogProbability ? "log_prob" : "logit",
      inputTokens: input.values,
      groups: input.playerOf,
      pieces: piecesOf(input),
      outputTokens: answer.labels,
      outputIds: answer.ids,
      outputText: answer.text,
      sequenceAttributions: sequence,
      tokenAttributions,
      logProbabilities: isLogProbability ? values : new Float64Array(tokens).fill(Number.NaN),
      value: total(values),
      tokenValues: values,
      baseValue: baseValues && total(baseValues),
      tokenBaseValues: baseValues,
      evaluations: rows,
      cost: { calls, rows, tokens: rows * length, prompts: 1 },
      warnings: [...result.warnings, ...answer.warnings, ...warnings],
    });
  }
}

function isEmbeddingView(model: Model): model is EmbeddingView {
  return "lm" in model;
}

/** Inputs of decoders whose values follow from a token's place. */
const known: Readonly<Record<string, (position: number) => number>> = {
  attention_mask: () => 1,
  position_ids: (position) => position,
  token_type_ids: () => 0,
};

function mapRows<T>(tensors: Readonly<Record<string, number[]>>, change: (row: number[]) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(tensors).map(([name, row]) => [name, change(row)]));
}

function total(numbers: Float64Array): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
