import { TokenizationError } from "@attr/core";

/** An object of parsed JSON whose fields are not known yet. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How a value is named in an error: short, and never the whole of a large file. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "an object";
  if (typeof value === "function") return "a function";
  if (typeof value === "string") return value.length > 40 ? `"${value.slice(0, 40)}…"` : `"${value}"`;
  return String(value);
}

/** Where in which file a value stands: `tokenizer.json: normalizer.normalizers[1]`. */
export class JsonPlace {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  at(key: string | number): JsonPlace {
    if (typeof key === "number") return new JsonPlace(`${this.#text}[${key}]`);
    return new JsonPlace(this.#text.endsWith(":") ? `${this.#text} ${key}` : `${this.#text}.${key}`);
  }

  error(problem: string): TokenizationError {
    return new TokenizationError(`${this.#text.replace(/:$/, "")} ${problem}`);
  }

  record(value: unknown): JsonRecord {
    if (!isRecord(value)) throw this.error(`must be an object, got ${describeValue(value)}`);
    return value;
  }

  list(value: unknown): readonly unknown[] {
    if (!Array.isArray(value)) throw this.error(`must be a list, got ${describeValue(value)}`);
    return value;
  }

  text(value: unknown): string {
    if (typeof value !== "string") throw this.error(`must be text, got ${describeValue(value)}`);
    return value;
  }

  integer(value: unknown): number {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
      throw this.error(`must be a whole number from 0, got ${describeValue(value)}`);
    }
    return value;
  }

  /** A field that may be absent or null. */
  optionalText(value: unknown): string | undefined {
    return value === undefined || value === null ? undefined : this.text(value);
  }

  flag(value: unknown, fallback: boolean): boolean {
    if (value === undefined || value === null) return fallback;
    if (typeof value !== "boolean") throw this.error(`must be true or false, got ${describeValue(value)}`);
    return value;
  }
}
