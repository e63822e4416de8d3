import { InvalidArgumentError } from "./errors.ts";

/** @throws InvalidArgumentError for what is no whole number from `least` up. */
export function checkWhole(name: string, value: unknown, least: number): void {
  if (!Number.isInteger(value) || Number(value) < least)
    throw new InvalidArgumentError(`${name} must be a whole number from ${least} up, got ${String(value)}`);
}

/** @throws InvalidArgumentError for what is no finite number from `least` up. */
export function checkNumber(name: string, value: unknown, least: number): void {
  if (!Number.isFinite(value) || Number(value) < least)
    throw new InvalidArgumentError(`${name} must be a number from ${least} up, got ${String(value)}`);
}
