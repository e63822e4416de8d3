import { InvalidArgumentError } from "@attr/core";

/** @throws InvalidArgumentError where it is no list of numbers, by its name. */
export function checkNumbers(list: readonly number[] | undefined, name: string): void {
  if (list === undefined) return;
  const given: unknown = list;
  if (!Array.isArray(given) && !ArrayBuffer.isView(given)) throw new InvalidArgumentError(`${name} must be a list of numbers`);
  for (let i = 0; i < list.length; i++)
    if (typeof list[i] !== "number") throw new InvalidArgumentError(`${name}[${i}] must be a number, got ${kindOf(list[i])}`);
}

/** @throws InvalidArgumentError where it is no list of strings, by its name. */
export function checkStrings(list: readonly string[], name: string): void {
  const given: unknown = list;
  if (!Array.isArray(given)) throw new InvalidArgumentError(`${name} must be a list of strings`);
  list.forEach((entry, index) => {
    checkString(entry, `${name}[${index}]`);
  });
}

export function checkString(value: string, name: string): void {
  if (typeof value !== "string") throw new InvalidArgumentError(`${name} must be a string, got ${kindOf(value)}`);
}

/** @throws InvalidArgumentError where it is neither absent nor a number. */
export function checkNumber(value: number | undefined, name: string): void {
  if (value !== undefined && typeof value !== "number")
    throw new InvalidArgumentError(`${name} must be a number, got ${kindOf(value)}`);
}

/** @throws InvalidArgumentError where it is no list of records. */
export function checkRecords(list: readonly object[], name: string): void {
  const given: unknown = list;
  if (!Array.isArray(given)) throw new InvalidArgumentError(`${name} must be a list`);
  list.forEach((entry, index) => {
    if (typeof entry !== "object" || entry === null)
      throw new InvalidArgumentError(`${name}[${index}] must be an object, got ${kindOf(entry)}`);
  });
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}
