import { InvalidArgumentError } from "../errors.ts";
import type { Target } from "../model/target.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";
import { type TensorJson, tensorFromJson, tensorToJson } from "./tensor-json.ts";

/** What an attribution cost. */
export interface Evaluations {
  /** Calls of the model. */
  readonly calls: number;
  /** Rows those calls held. */
  readonly rows: number;
  /** How many of the calls went backward as well, for methods that take gradients. */
  readonly gradients?: number | undefined;
  /** Different sets of present features that were evaluated, for methods that switch features on and off. */
  readonly coalitions?: number | undefined;
}

/** What an {@link AttributionResult} is made of. */
export interface AttributionResultInit {
  readonly method: string;
  readonly attributions: Readonly<Record<string, HostTensor>>;
  readonly evaluations: Evaluations;
  readonly target?: Target | undefined;
  readonly standardErrors?: Readonly<Record<string, HostTensor>> | undefined;
  readonly value?: HostTensor | undefined;
  readonly baseValue?: HostTensor | undefined;
  readonly delta?: HostTensor | undefined;
  readonly coefficients?: HostTensor | undefined;
  readonly intercept?: HostTensor | undefined;
  readonly rSquared?: HostTensor | undefined;
  readonly warnings?: readonly string[] | undefined;
}

/**
 * What a method found, in the structure of what it was given: one tensor an input, of the input's shape (`[n, ...input]`), or
 * `[n, ...output, ...input]` where every element of the output is explained. Numbers of an example have shape `[n]`, or
 * `[n, ...output]`.
 */
export class AttributionResult {
  /** The method's name: "FeatureAblation". */
  readonly method: string;
  /** What every element of every input contributed, in the unit of the model's output. */
  readonly attributions: Readonly<Record<string, HostTensor>>;
  readonly evaluations: Evaluations;
  /** The target as it was asked for; absent where the whole output was explained. */
  readonly target: Target | undefined;
  /** Standard error of every attribution, of the sampling alone, in the same structure; absent where nothing was sampled. */
  readonly standardErrors: Readonly<Record<string, HostTensor>> | undefined;
  /** The model's output at the inputs, where it was evaluated. */
  readonly value: HostTensor | undefined;
  /** The model's output with all features absent, where it was evaluated. */
  readonly baseValue: HostTensor | undefined;
  /**
   * How far the attributions are from completeness: their sum, each feature counted once, less `value − baseValue` (Captum's
   * convergence delta), or less `value` for relevance, which has no base value; where these are known.
   */
  readonly delta: HostTensor | undefined;
  /** One number a feature (`[n, features]`), where the method fits a linear model or groups features. */
  readonly coefficients: HostTensor | undefined;
  /** The fitted linear model's value with all features absent. */
  readonly intercept: HostTensor | undefined;
  /** The share of the (weighted) variance that the fitted linear model explains; 1 is a perfect fit. */
  readonly rSquared: HostTensor | undefined;
  /** Sentences a user should read, from the method and from the model. */
  readonly warnings: readonly string[];

  constructor(init: AttributionResultInit) {
    this.method = init.method;
    this.attributions = init.attributions;
    this.evaluations = init.evaluations;
    this.target = init.target;
    this.standardErrors = init.standardErrors;
    this.value = init.value;
    this.baseValue = init.baseValue;
    this.delta = init.delta;
    this.coefficients = init.coefficients;
    this.intercept = init.intercept;
    this.rSquared = init.rSquared;
    this.warnings = init.warnings ?? [];
  }

  /** The result as plain data: see {@link AttributionResultJson}. `JSON.stringify(result)` uses it. */
  toJSON(): AttributionResultJson {
    const { standardErrors, value, baseValue, delta, coefficients, intercept, rSquared, target } = this;
    return {
      schema,
      method: this.method,
      attributions: tensorsToJson(this.attributions),
      evaluations: this.evaluations,
      warnings: this.warnings,
      ...(target !== undefined && { target }),
      ...(standardErrors && { standardErrors: tensorsToJson(standardErrors) }),
      ...(value && { value: tensorToJson(value) }),
      ...(baseValue && { baseValue: tensorToJson(baseValue) }),
      ...(delta && { delta: tensorToJson(delta) }),
      ...(coefficients && { coefficients: tensorToJson(coefficients) }),
      ...(intercept && { intercept: tensorToJson(intercept) }),
      ...(rSquared && { rSquared: tensorToJson(rSquared) }),
    };
  }

  /**
   * A result from what `toJSON` gave (an object, or its text), equal to the one it came from.
   *
   * @throws InvalidArgumentError for another schema or version, and for data that is not as the schema says.
   */
  static fromJSON(json: unknown): AttributionResult {
    const record = objectOf(typeof json === "string" ? parse(json) : json, "the result");
    if (record["schema"] !== schema)
      throw new InvalidArgumentError(
        `this is not a result of schema "${schema}", the one this version reads: schema is ${JSON.stringify(record["schema"]) ?? "missing"}`,
      );
    const optional = (name: string): HostTensor | undefined =>
      record[name] === undefined ? undefined : tensorFromJson(record[name], name);
    const evaluations = objectOf(record["evaluations"], "evaluations");
    const { warnings } = record;
    if (!Array.isArray(warnings) || !warnings.every((warning) => typeof warning === "string"))
      throw new InvalidArgumentError("warnings must be an array of strings");
    if (typeof record["method"] !== "string") throw new InvalidArgumentError("method must be a string");
    return new AttributionResult({
      method: record["method"],
      attributions: tensorsFromJson(record["attributions"], "attributions"),
      evaluations: {
        calls: countOf(evaluations, "calls"),
        rows: countOf(evaluations, "rows"),
        ...(evaluations["gradients"] !== undefined && { gradients: countOf(evaluations, "gradients") }),
        ...(evaluations["coalitions"] !== undefined && { coalitions: countOf(evaluations, "coalitions") }),
      },
      target: targetOf(record["target"]),
      standardErrors:
        record["standardErrors"] === undefined ? undefined : tensorsFromJson(record["standardErrors"], "standardErrors"),
      value: optional("value"),
      baseValue: optional("baseValue"),
      delta: optional("delta"),
      coefficients: optional("coefficients"),
      intercept: optional("intercept"),
      rSquared: optional("rSquared"),
      warnings,
    });
  }
}

const schema = "attr.result/1";

/**
 * An {@link AttributionResult} as plain data. Fields mean what they do there. A field that a later version adds comes with a new
 * number after the slash; this version reads number 1 alone.
 */
export interface AttributionResultJson {
  readonly schema: "attr.result/1";
  readonly method: string;
  readonly attributions: Readonly<Record<string, TensorJson>>;
  readonly evaluations: Evaluations;
  readonly warnings: readonly string[];
  readonly target?: Target | undefined;
  readonly standardErrors?: Readonly<Record<string, TensorJson>> | undefined;
  readonly value?: TensorJson | undefined;
  readonly baseValue?: TensorJson | undefined;
  readonly delta?: TensorJson | undefined;
  readonly coefficients?: TensorJson | undefined;
  readonly intercept?: TensorJson | undefined;
  readonly rSquared?: TensorJson | undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`the result is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidArgumentError(
      `${name} must be an object, got ${value === null ? "null" : Array.isArray(value) ? "an array" : typeof value}`,
    );
  return value as Readonly<Record<string, unknown>>; // any object can be read by name
}

function countOf(record: Readonly<Record<string, unknown>>, name: string): number {
  const value = record[name];
  if (typeof value !== "number" || !(value >= 0)) throw new InvalidArgumentError(`evaluations.${name} must be a number from 0`);
  return value;
}

function tensorsToJson(tensors: Readonly<Record<string, HostTensor>>): Record<string, TensorJson> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensorToJson(tensor)]));
}

function tensorsFromJson(value: unknown, field: string): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(objectOf(value, field)).map(([name, tensor]) => [
      name,
      tensorFromJson(tensor, `${field}[${JSON.stringify(name)}]`),
    ]),
  );
}

function targetOf(value: unknown): Target | undefined {
  if (value === undefined || typeof value === "number") return value;
  const isPath = (path: unknown): path is number[] => Array.isArray(path) && path.every((index) => typeof index === "number");
  if (Array.isArray(value) && value.every((entry): entry is number | number[] => typeof entry === "number" || isPath(entry)))
    return value;
  if (typeof value === "object" && value !== null && "path" in value && isPath(value.path)) return { path: value.path };
  throw new InvalidArgumentError("target must be a number, an array of numbers and paths, or { path }");
}
