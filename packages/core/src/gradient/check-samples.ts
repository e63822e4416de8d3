import { InvalidArgumentError } from "../errors.ts";

/** @throws InvalidArgumentError for what is no number of samples. */
export function checkSamples(samples: number): void {
  if (!Number.isInteger(samples) || samples < 1)
    throw new InvalidArgumentError(`samples must be a whole number from 1 up, got ${String(samples)}`);
}
