import { InvalidArgumentError } from "@attr/core";

// Small readers of data that came from a file. Each takes where the value stands ("expected.x") and says what is wrong with it.

export type JsonObject = Readonly<Record<string, unknown>>;

export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`${where} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function readObject(value: unknown, where: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(where, "an object", value);
  return value as JsonObject; // what typeof leaves
}

export function readString(value: unknown, where: string): string {
  if (typeof value !== "string") throw wrong(where, "a string", value);
  return value;
}

export function readNumber(value: unknown, where: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrong(where, "a finite number", value);
  return value;
}

export function readInteger(value: unknown, where: string): number {
  if (!Number.isSafeInteger(value)) throw wrong(where, "an integer", value);
  return value as number; // what isSafeInteger leaves
}

export function readList<T>(value: unknown, where: string, item: (value: unknown, where: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw wrong(where, "a list", value);
  return value.map((entry, index) => item(entry, `${where}[${index}]`));
}

/** Reads every entry of an object. */
export function readEntries<T>(
  value: unknown,
  where: string,
  item: (value: unknown, where: string) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(readObject(value, where)).map(([key, entry]) => [key, item(entry, `${where}.${key}`)]),
  );
}

/** Reads a value that may be absent. */
export function readOptional<T>(value: unknown, where: string, read: (value: unknown, where: string) => T): T | undefined {
  return value === undefined ? undefined : read(value, where);
}

/** The error for a value that is not what its place asks for. */
export function wrong(where: string, wanted: string, got: unknown): InvalidArgumentError {
  const shown = got === undefined ? "nothing" : (JSON.stringify(got) ?? typeof got);
  return new InvalidArgumentError(`${where} must be ${wanted}, got ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}`);
}
