import { InvalidArgumentError } from "@attr/core";
import type { AnsiOptions, DocumentRow, HtmlOptions, SvgOptions, TextDocument } from "@attr/viz";
import { JsonFields, type JsonOf, toJsonFields } from "../attribution/json-fields.ts";
import { type LLMAttributionCost, readCost, readPieces } from "../attribution/llm-attribution-result.ts";
import { TextExplanation } from "../attribution/text-explanation.ts";
import type { Piece } from "../inputs/pieces.ts";
import { type ChoiceScore, choiceScores, logSoftmax } from "./choice-score.ts";

/** The fields of a {@link MultipleChoiceResult}; `[option]` runs over the options, `[segment]` over the prompt's features. */
export interface MultipleChoiceFields {
  /** The method's name: "ShapleyValues". */
  readonly method: string;
  readonly score: ChoiceScore;
  /** What a score is measured in: "nats" or "logits". */
  readonly unit: string;
  readonly options: readonly string[];
  /** What every feature of the prompt is called, `[segment]`. */
  readonly segments: readonly string[];
  /** The group of every segment: those of one group were switched together, and each carries the group's whole score. */
  readonly groups: readonly number[];
  /** The prompt as pictures show it. */
  readonly pieces: readonly Piece[];
  /** How much each segment adds to each option's score, `[option][segment]`. */
  readonly attributions: readonly Float64Array[];
  /** Standard errors of the attributions, where the method is sampled. */
  readonly standardErrors?: readonly Float64Array[] | undefined;
  /** The explained score of every option with the whole prompt, `[option]`. */
  readonly scores: Float64Array;
  /** The same with every segment absent, where the method evaluated that. */
  readonly baseScores?: Float64Array | undefined;
  /**
   * What the model itself gives every option: an encoder's logit; a causal model's log-probability of the option, divided by its length where
   * that was asked for.
   */
  readonly rawScores: Float64Array;
  /** What a linear surrogate adds (Lime), one number an option. */
  readonly intercept?: Float64Array | undefined;
  readonly rSquared?: Float64Array | undefined;
  /** Coalitions the method asked for, each counted once. */
  readonly evaluations: number;
  /** For an encoder a row is a whole question, options included. */
  readonly cost: LLMAttributionCost;
  readonly warnings: readonly string[];
}

/** A saved {@link MultipleChoiceResult}. Numbers that are not finite are the strings "NaN", "Infinity" and "-Infinity". */
export interface MultipleChoiceJson extends JsonOf<MultipleChoiceFields> {
  readonly schema: "attr.choice/1";
}

/**
 * Which segments of a prompt made a model choose as it did: a number for every option and segment. Documents always say which option they
 * explain; `explain` and `contrast` pick another.
 */
export class MultipleChoiceResult implements MultipleChoiceFields {
  readonly method: string;
  readonly score: ChoiceScore;
  readonly unit: string;
  readonly options: readonly string[];
  readonly segments: readonly string[];
  readonly groups: readonly number[];
  readonly pieces: readonly Piece[];
  readonly attributions: readonly Float64Array[];
  readonly standardErrors: readonly Float64Array[] | undefined;
  readonly scores: Float64Array;
  readonly baseScores: Float64Array | undefined;
  readonly rawScores: Float64Array;
  readonly intercept: Float64Array | undefined;
  readonly rSquared: Float64Array | undefined;
  readonly evaluations: number;
  readonly cost: LLMAttributionCost;
  readonly warnings: readonly string[];
  /** How likely every option is among the options: the softmax of the raw scores, `[option]`. */
  readonly probabilities: Float64Array;
  /** The index of the likeliest option; the first of equal ones. */
  readonly chosen: number;
  readonly #fields: MultipleChoiceFields;

  constructor(fields: MultipleChoiceFields) {
    this.#fields = fields;
    this.method = fields.method;
    this.score = fields.score;
    this.unit = fields.unit;
    this.options = fields.options;
    this.segments = fields.segments;
    this.groups = fields.groups;
    this.pieces = fields.pieces;
    this.attributions = fields.attributions;
    this.standardErrors = fields.standardErrors;
    this.scores = fields.scores;
    this.baseScores = fields.baseScores;
    this.rawScores = fields.rawScores;
    this.intercept = fields.intercept;
    this.rSquared = fields.rSquared;
    this.evaluations = fields.evaluations;
    this.cost = fields.cost;
    this.warnings = fields.warnings;
    this.probabilities = logSoftmax(this.rawScores).map(Math.exp);
    let chosen = 0;
    this.rawScores.forEach((raw, option) => {
      if (raw > this.rawScores[chosen]!) chosen = option;
    });
    this.chosen = chosen;
  }

  /**
   * For every option, the sum of its attributions (each group once) less the difference between its score and its base score. Zero up to
   * rounding for complete methods; undefined where the base scores are not known.
   */
  get delta(): Float64Array | undefined {
    const { baseScores } = this;
    if (baseScores === undefined) return undefined;
    return Float64Array.from(this.options, (_, option) => {
      const seen = new Set<number>();
      let sum = 0;
      this.attributions[option]!.forEach((score, segment) => {
        if (!seen.has(this.groups[segment]!)) sum += score;
        seen.add(this.groups[segment]!);
      });
      return sum - (this.scores[option]! - baseScores[option]!);
    });
  }

  /** What speaks for and against an option, by its index. @throws InvalidArgumentError for an index outside the options. */
  explain(option: number): TextExplanation {
    this.#check(option, "option");
    const name = JSON.stringify(this.options[option]);
    const chosen = JSON.stringify(this.options[this.chosen]);
    const title =
      option === this.chosen ? `Why the model chooses ${name}` : `What speaks for ${name} (the model chooses ${chosen})`;
    const rows = this.options.map((_, index) => this.#row(index, index === option));
    return new TextExplanation(
      this.attributions[option]!,
      this.scores[option]!,
      this.baseScores?.[option],
      this.#document(title, `the ${this.#noun()} of option ${name}`, rows),
    );
  }

  /** Why one option and not another: the difference of their attributions. @throws InvalidArgumentError for indices outside the options. */
  contrast(option: number, against: number): TextExplanation {
    this.#check(option, "option");
    this.#check(against, "against");
    const [one, other] = [JSON.stringify(this.options[option]), JSON.stringify(this.options[against])];
    const attributions = this.attributions[option]!.map((score, segment) => score - this.attributions[against]![segment]!);
    const value = this.scores[option]! - this.scores[against]!;
    const baseValue = this.baseScores && this.baseScores[option]! - this.baseScores[against]!;
    const row: DocumentRow = {
      label: `${this.options[option]} and not ${this.options[against]}`,
      scores: [...attributions],
      value,
      baseValue,
      primary: true,
    };
    const explained = `the ${this.#noun()} of option ${one} less that of option ${other}`;
    const rows = [row, this.#row(option, false), ...(option === against ? [] : [this.#row(against, false)])];
    return new TextExplanation(attributions, value, baseValue, this.#document(`Why ${one} and not ${other}`, explained, rows));
  }

  /** The explanation of the chosen option, with the rows of all options. */
  toDocument(): TextDocument {
    return this.explain(this.chosen).toDocument();
  }

  /** The table of options and segments as text for a terminal. */
  toAnsi(options: AnsiOptions = {}): string {
    return this.explain(this.chosen).toAnsi(options);
  }

  /** The table as one HTML file that needs nothing else. */
  toHtml(options: HtmlOptions = {}): string {
    return this.explain(this.chosen).toHtml(options);
  }

  /** The table as a picture. */
  toSvg(options: SvgOptions = {}): string {
    return this.explain(this.chosen).toSvg(options);
  }

  /** The result as plain data, for `JSON.stringify`; {@link MultipleChoiceResult.fromJSON} reads it back. */
  toJSON(): MultipleChoiceJson {
    return { schema: "attr.choice/1", ...toJsonFields(this.#fields) };
  }

  /** A saved result, from its JSON text or what that parses to. @throws InvalidArgumentError where it is none. */
  static fromJSON(json: unknown): MultipleChoiceResult {
    const fields = new JsonFields(json, "attr.choice/1");
    const options = fields.texts("options");
    const segments = fields.texts("segments");
    const perOption = (name: string) => fields.numbers(name, options.length);
    const matrix = (name: string) => fields.matrix(name, options.length, segments.length);
    return new MultipleChoiceResult({
      method: fields.text("method"),
      score: fields.oneOf("score", choiceScores),
      unit: fields.text("unit"),
      options,
      segments,
      groups: [...fields.numbers("groups", segments.length)],
      pieces: readPieces(fields),
      attributions: matrix("attributions"),
      standardErrors: fields.optional("standardErrors", matrix),
      scores: perOption("scores"),
      baseScores: fields.optional("baseScores", perOption),
      rawScores: perOption("rawScores"),
      intercept: fields.optional("intercept", perOption),
      rSquared: fields.optional("rSquared", perOption),
      evaluations: fields.number("evaluations"),
      cost: readCost(fields),
      warnings: fields.texts("warnings"),
    });
  }

  #check(option: number, name: string): void {
    if (!Number.isInteger(option) || option < 0 || option >= this.options.length)
      throw new InvalidArgumentError(
        `${name} ${option} is outside the ${this.options.length} options (0 to ${this.options.length - 1})`,
      );
  }

  #noun(): string {
    return this.score === "log_prob" ? "log-probability" : "score";
  }

  #row(option: number, primary: boolean): DocumentRow {
    return {
      label: option === this.chosen ? `${this.options[option]} (chosen)` : this.options[option]!,
      scores: [...this.attributions[option]!],
      standardErrors: this.standardErrors && [...this.standardErrors[option]!],
      value: this.scores[option]!,
      baseValue: this.baseScores?.[option],
      primary,
    };
  }

  #document(title: string, explained: string, rows: readonly DocumentRow[]): TextDocument {
    return {
      kind: "text",
      title,
      explained,
      unit: this.unit,
      method: this.method,
      pieces: this.pieces,
      features: this.segments,
      groups: this.groups,
      rowKind: "option",
      rows,
      notes: this.warnings,
    };
  }
}
