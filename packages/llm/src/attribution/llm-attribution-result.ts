import { InvalidArgumentError } from "@attr/core";
import {
  type AnsiOptions,
  type DocumentRow,
  type HtmlOptions,
  type SvgOptions,
  type TextDocument,
  toAnsi,
  toHtml,
  toSvg,
} from "@attr/viz";
import type { Piece } from "../inputs/pieces.ts";
import { type AttrTarget, attrTargets, describeTarget } from "./attr-target.ts";
import { JsonFields, type JsonOf, toJsonFields } from "./json-fields.ts";
import { TextExplanation } from "./text-explanation.ts";

/** What an attribution cost. */
export interface LLMAttributionCost {
  /** Calls of the runtime, sequences (rows) and token positions computed; with a generated answer, its generation included. */
  readonly calls: number;
  readonly rows: number;
  readonly tokens: number;
  /** Distinct prompts that were scored. */
  readonly prompts: number;
}

/** The fields of an {@link LLMAttributionResult}; `[token]` runs over the answer's tokens, `[feature]` over the prompt's features. */
export interface LLMAttributionFields {
  /** The method's name: "FeatureAblation". */
  readonly method: string;
  readonly attrTarget: AttrTarget;
  /** What every feature is called, `[feature]`. */
  readonly inputTokens: readonly string[];
  /** The group of every feature: those of one group were switched together, and each carries the group's whole score. */
  readonly groups: readonly number[];
  /** The prompt as pictures show it. */
  readonly pieces: readonly Piece[];
  /** The text every answer token stands for, spaces included, `[token]`. */
  readonly outputTokens: readonly string[];
  readonly outputIds: readonly number[];
  /** The answer as text. */
  readonly outputText: string;
  /** How much each feature adds to the whole answer's number, `[feature]`. */
  readonly sequenceAttributions: Float64Array;
  /** How much each feature adds to each answer token's number, `[token][feature]`. */
  readonly tokenAttributions: readonly Float64Array[];
  /** Standard errors of the attributions, where the method is sampled: `[feature]` and `[token][feature]`. */
  readonly sequenceStandardErrors?: Float64Array | undefined;
  readonly tokenStandardErrors?: readonly Float64Array[] | undefined;
  /** Log-probability of every answer token after the whole prompt, in nats, `[token]`. */
  readonly logProbabilities: Float64Array;
  /** The explained number with the whole prompt: of the whole answer, and of every token. */
  readonly value: number;
  readonly tokenValues: Float64Array;
  /** The same with every feature absent, where the method evaluated that. */
  readonly baseValue?: number | undefined;
  readonly tokenBaseValues?: Float64Array | undefined;
  /** What a linear surrogate adds (Lime): one number for the whole answer, then one a token. */
  readonly intercept?: Float64Array | undefined;
  readonly rSquared?: Float64Array | undefined;
  /** Coalitions the method asked for, each counted once. */
  readonly evaluations: number;
  readonly cost: LLMAttributionCost;
  readonly warnings: readonly string[];
}

/** A saved {@link LLMAttributionResult}. Numbers that are not finite are the strings "NaN", "Infinity" and "-Infinity". */
export interface LLMAttributionJson extends JsonOf<LLMAttributionFields> {
  readonly schema: "attr.llm/1";
}

/** Which part of the answer a picture shows. */
export interface LLMDocumentOptions {
  /** The answer token whose scores colour the prompt, by index. @defaultValue the whole answer */
  readonly token?: number | undefined;
}

/** Which features of a prompt made a language model give an answer: the numbers, and the ways to see, save and load them. */
export class LLMAttributionResult implements LLMAttributionFields {
  readonly method: string;
  readonly attrTarget: AttrTarget;
  readonly inputTokens: readonly string[];
  readonly groups: readonly number[];
  readonly pieces: readonly Piece[];
  readonly outputTokens: readonly string[];
  readonly outputIds: readonly number[];
  readonly outputText: string;
  readonly sequenceAttributions: Float64Array;
  readonly tokenAttributions: readonly Float64Array[];
  readonly sequenceStandardErrors: Float64Array | undefined;
  readonly tokenStandardErrors: readonly Float64Array[] | undefined;
  readonly logProbabilities: Float64Array;
  readonly value: number;
  readonly tokenValues: Float64Array;
  readonly baseValue: number | undefined;
  readonly tokenBaseValues: Float64Array | undefined;
  readonly intercept: Float64Array | undefined;
  readonly rSquared: Float64Array | undefined;
  readonly evaluations: number;
  readonly cost: LLMAttributionCost;
  readonly warnings: readonly string[];
  readonly #fields: LLMAttributionFields;

  constructor(fields: LLMAttributionFields) {
    this.#fields = fields;
    this.method = fields.method;
    this.attrTarget = fields.attrTarget;
    this.inputTokens = fields.inputTokens;
    this.groups = fields.groups;
    this.pieces = fields.pieces;
    this.outputTokens = fields.outputTokens;
    this.outputIds = fields.outputIds;
    this.outputText = fields.outputText;
    this.sequenceAttributions = fields.sequenceAttributions;
    this.tokenAttributions = fields.tokenAttributions;
    this.sequenceStandardErrors = fields.sequenceStandardErrors;
    this.tokenStandardErrors = fields.tokenStandardErrors;
    this.logProbabilities = fields.logProbabilities;
    this.value = fields.value;
    this.tokenValues = fields.tokenValues;
    this.baseValue = fields.baseValue;
    this.tokenBaseValues = fields.tokenBaseValues;
    this.intercept = fields.intercept;
    this.rSquared = fields.rSquared;
    this.evaluations = fields.evaluations;
    this.cost = fields.cost;
    this.warnings = fields.warnings;
  }

  /** What a score is measured in: "nats", "probability" or "logits"; of `Saliency`, whose scores are slopes, per unit of the embedding. */
  get unit(): string {
    const { unit } = describeTarget(this.attrTarget);
    return this.method === "Saliency" ? `${unit} per unit of the embedding` : unit;
  }

  /**
   * The check sum: the sum of the whole answer's attributions (each group once) less `value - baseValue`. Zero up to rounding for methods
   * that are complete (Shapley values and their estimates); undefined where the baseline's value is not known.
   */
  get delta(): number | undefined {
    if (this.baseValue === undefined) return undefined;
    const seen = new Set<number>();
    let sum = 0;
    this.sequenceAttributions.forEach((score, feature) => {
      const group = this.groups[feature]!;
      if (!seen.has(group)) sum += score;
      seen.add(group);
    });
    return sum - (this.value - this.baseValue);
  }

  /** The result as a document that `@attr/viz` draws. */
  toDocument(options: LLMDocumentOptions = {}): TextDocument {
    const { noun } = describeTarget(this.attrTarget);
    const token = options.token;
    const rows = [
      {
        label: this.outputTokens.length === 1 ? this.outputTokens[0]! : "the whole answer",
        scores: [...this.sequenceAttributions],
        standardErrors: this.sequenceStandardErrors && [...this.sequenceStandardErrors],
        value: this.value,
        baseValue: this.baseValue,
        primary: token === undefined || this.outputTokens.length === 1,
      },
      // With one token the answer is the token, and one row says all.
      ...(this.outputTokens.length === 1 ? [] : this.outputTokens).map((label, index) => ({
        label,
        scores: [...this.tokenAttributions[index]!],
        standardErrors: this.tokenStandardErrors && [...this.tokenStandardErrors[index]!],
        value: this.tokenValues[index]!,
        baseValue: this.tokenBaseValues?.[index],
        primary: token === index,
      })),
    ];
    const answer = JSON.stringify(this.outputText);
    return {
      kind: "text",
      title: `Why the model answers ${answer}`,
      explained: `the ${noun} of ${answer}`,
      unit: this.unit,
      method: this.method,
      pieces: this.pieces,
      features: this.inputTokens,
      groups: this.groups,
      rowKind: "answer",
      rows,
      notes: this.warnings,
    };
  }

  /**
   * Why this answer and not another: the difference of the two answers' attributions, over the same prompt cut in the same way. Its sum is
   * the difference of the two sums.
   *
   * @param against The result for the other answer, by the same method with the same `attrTarget`.
   * @throws InvalidArgumentError where the two do not explain the same number over the same features.
   */
  contrast(against: LLMAttributionResult): TextExplanation {
    if (against.attrTarget !== this.attrTarget)
      throw new InvalidArgumentError(`against explains ${against.attrTarget}, and this result ${this.attrTarget}`);
    if (against.method !== this.method)
      throw new InvalidArgumentError(`against was made by ${against.method}, and this result by ${this.method}`);
    const same = (one: readonly unknown[], other: readonly unknown[]): boolean =>
      one.length === other.length && one.every((value, index) => value === other[index]);
    if (!same(against.inputTokens, this.inputTokens) || !same(against.groups, this.groups))
      throw new InvalidArgumentError("against must be over the same prompt, cut into the same features");
    const [one, other] = [JSON.stringify(this.outputText), JSON.stringify(against.outputText)];
    const attributions = this.sequenceAttributions.map((score, feature) => score - against.sequenceAttributions[feature]!);
    const value = this.value - against.value;
    const baseValue =
      this.baseValue === undefined || against.baseValue === undefined ? undefined : this.baseValue - against.baseValue;
    const { noun } = describeTarget(this.attrTarget);
    const whole = (result: LLMAttributionResult): DocumentRow => ({
      ...result.toDocument().rows[0]!,
      label: result.outputText,
      primary: false,
    });
    return new TextExplanation(attributions, value, baseValue, {
      ...this.toDocument(),
      title: `Why ${one} and not ${other}`,
      explained: `the ${noun} of ${one} less that of ${other}`,
      rows: [
        {
          label: `${this.outputText.trim()} and not ${against.outputText.trim()}`,
          scores: [...attributions],
          value,
          baseValue,
          primary: true,
        },
        whole(this),
        whole(against),
      ],
      notes: [...new Set([...this.warnings, ...against.warnings])],
    });
  }

  /** The prompt with its words coloured, the strongest features and the legend, as text for a terminal. */
  toAnsi(options: AnsiOptions & LLMDocumentOptions = {}): string {
    return toAnsi(this.toDocument(options), options);
  }

  /** One self-contained HTML file. */
  toHtml(options: HtmlOptions & LLMDocumentOptions = {}): string {
    return toHtml(this.toDocument(options), options);
  }

  /** A picture of the prompt, its features coloured by their scores. */
  toSvg(options: SvgOptions & LLMDocumentOptions = {}): string {
    return toSvg(this.toDocument(options), options);
  }

  /** The result as plain data, for `JSON.stringify`; {@link LLMAttributionResult.fromJSON} reads it back. */
  toJSON(): LLMAttributionJson {
    return { schema: "attr.llm/1", ...toJsonFields(this.#fields) };
  }

  /** A saved result, from its JSON text or what that parses to. @throws InvalidArgumentError where it is none. */
  static fromJSON(json: unknown): LLMAttributionResult {
    const fields = new JsonFields(json, "attr.llm/1");
    const inputTokens = fields.texts("inputTokens");
    const outputTokens = fields.texts("outputTokens");
    const [features, tokens] = [inputTokens.length, outputTokens.length];
    const numbers = (length: number) => (name: string) => fields.numbers(name, length);
    const matrix = (name: string) => fields.matrix(name, tokens, features);
    return new LLMAttributionResult({
      method: fields.text("method"),
      attrTarget: fields.oneOf("attrTarget", attrTargets),
      inputTokens,
      groups: [...fields.numbers("groups", features)],
      pieces: readPieces(fields),
      outputTokens,
      outputIds: [...fields.numbers("outputIds", tokens)],
      outputText: fields.text("outputText"),
      sequenceAttributions: fields.numbers("sequenceAttributions", features),
      tokenAttributions: matrix("tokenAttributions"),
      sequenceStandardErrors: fields.optional("sequenceStandardErrors", numbers(features)),
      tokenStandardErrors: fields.optional("tokenStandardErrors", matrix),
      logProbabilities: fields.numbers("logProbabilities", tokens),
      value: fields.number("value"),
      tokenValues: fields.numbers("tokenValues", tokens),
      baseValue: fields.optional("baseValue", (name) => fields.number(name)),
      tokenBaseValues: fields.optional("tokenBaseValues", numbers(tokens)),
      intercept: fields.optional("intercept", numbers(tokens + 1)),
      rSquared: fields.optional("rSquared", numbers(tokens + 1)),
      evaluations: fields.number("evaluations"),
      cost: readCost(fields),
      warnings: fields.texts("warnings"),
    });
  }
}

/** The pieces of a saved prompt. */
export function readPieces(fields: JsonFields): Piece[] {
  return fields.records("pieces", ({ text, feature }) => ({
    text: String(text),
    ...(typeof feature === "number" && { feature }),
  }));
}

/** The cost of a saved result. */
export function readCost(fields: JsonFields): LLMAttributionCost {
  const { calls, rows, tokens, prompts } = fields.record("cost");
  return { calls: Number(calls), rows: Number(rows), tokens: Number(tokens), prompts: Number(prompts) };
}
