import { InvalidArgumentError } from "@attr/core";

/** A number as JSON can hold it: those that are not finite by their names. */
export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

function toJsonNumber(value: number): JsonNumber {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

function toJsonNumbers(values: ArrayLike<number>): JsonNumber[] {
  return Array.from(values, toJsonNumber);
}

/** The fields of a result as JSON holds them. */
export type JsonOf<Fields> = { readonly [Name in keyof Fields]: JsonValueOf<Fields[Name], Name> };

type JsonValueOf<Value, Name> = Value extends Float64Array
  ? readonly JsonNumber[]
  : Value extends readonly Float64Array[]
    ? readonly (readonly JsonNumber[])[]
    : Value extends number
      ? // A count is finite.
        Name extends "evaluations"
        ? number
        : JsonNumber
      : Value;

/** Turns the fields of a result into what JSON holds; those that are undefined are left out. */
export function toJsonFields<Fields extends object>(fields: Fields): JsonOf<Fields> {
  const entries = Object.entries(fields).flatMap(([name, value]: [string, unknown]) =>
    value === undefined ? [] : [[name, toJsonValue(value)]],
  );
  // The same names, with values by the same rules.
  return Object.fromEntries(entries) as JsonOf<Fields>;
}

function toJsonValue(value: unknown): unknown {
  if (typeof value === "number") return toJsonNumber(value);
  if (value instanceof Float64Array) return toJsonNumbers(value);
  if (Array.isArray(value)) return value.map((entry: unknown) => (entry instanceof Float64Array ? toJsonNumbers(entry) : entry));
  return value;
}

/** Reads the fields of a saved result; what does not fit is refused with the field's name. */
export class JsonFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #schema: string;

  /** @param json The saved result, as text or parsed. */
  constructor(json: unknown, schema: string) {
    let parsed = json;
    if (typeof json === "string") {
      try {
        parsed = JSON.parse(json);
      } catch (error) {
        throw new InvalidArgumentError(`json is no JSON: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (!isRecord(parsed)) throw new InvalidArgumentError(`json must be an object saved by toJSON(), got ${kindOf(parsed)}`);
    if (parsed["schema"] !== schema)
      throw new InvalidArgumentError(
        `json must have the schema "${schema}", got ${parsed["schema"] === undefined ? "none" : JSON.stringify(parsed["schema"])}`,
      );
    this.#fields = parsed;
    this.#schema = schema;
  }

  #bad(name: string, wanted: string, got: unknown): InvalidArgumentError {
    return new InvalidArgumentError(`${name} of the saved result ("${this.#schema}") must be ${wanted}, got ${kindOf(got)}`);
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== "string") throw this.#bad(name, "a string", value);
    return value;
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const value = this.text(name);
    const found = choices.find((choice) => choice === value);
    if (found === undefined)
      throw new InvalidArgumentError(`${name} of the saved result must be one of ${choices.join(", ")}, got ${value}`);
    return found;
  }

  texts(name: string): string[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw this.#bad(name, "an array of strings", value);
    return value.map((entry: unknown, index) => {
      if (typeof entry !== "string") throw this.#bad(`${name}[${index}]`, "a string", entry);
      return entry;
    });
  }

  number(name: string): number {
    return this.#number(name, this.#fields[name]);
  }

  numbers(name: string, length?: number): Float64Array {
    return this.#numbers(name, this.#fields[name], length);
  }

  matrix(name: string, rows: number, columns: number): Float64Array[] {
    const value = this.#fields[name];
    if (!Array.isArray(value) || value.length !== rows) throw this.#bad(name, `an array of ${rows} rows`, value);
    return value.map((row: unknown, index) => this.#numbers(`${name}[${index}]`, row, columns));
  }

  records<Entry>(name: string, read: (record: Readonly<Record<string, unknown>>, index: number) => Entry): Entry[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw this.#bad(name, "an array of objects", value);
    return value.map((entry: unknown, index) => {
      if (!isRecord(entry)) throw this.#bad(`${name}[${index}]`, "an object", entry);
      return read(entry, index);
    });
  }

  record(name: string): Readonly<Record<string, unknown>> {
    const value = this.#fields[name];
    if (!isRecord(value)) throw this.#bad(name, "an object", value);
    return value;
  }

  /** What `read` makes of a field that may be left out. */
  optional<Value>(name: string, read: (name: string) => Value): Value | undefined {
    const value = this.#fields[name];
    return value === undefined || value === null ? undefined : read(name);
  }

  #number(name: string, value: unknown): number {
    if (typeof value === "number") return value;
    if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
    throw this.#bad(name, "a number", value);
  }

  #numbers(name: string, value: unknown, length: number | undefined): Float64Array {
    if (!Array.isArray(value) || (length !== undefined && value.length !== length))
      throw this.#bad(name, length === undefined ? "an array of numbers" : `an array of ${length} numbers`, value);
    return Float64Array.from(value, (entry: unknown, index) => this.#number(`${name}[${index}]`, entry));
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return value === undefined ? "nothing" : typeof value;
}
