import { InvalidArgumentError } from "@attr/core";

/** Elements of a row beyond which a size cannot be meant: 1 GiB of floats, more than TensorFlow.js can work with on any backend. */
export const mostElements: number = 2 ** 28;

/** The longest window, stride, dilation or repetition: each is gone through place by place. */
export const longestWindow: number = 2 ** 16;

/** Rows that a file can say every call has: calls with fewer are filled up to them. */
export const mostRows: number = 2 ** 16;

/** @throws InvalidArgumentError where a field holds a number, at any depth, that is no whole one from `least` to `most`. */
export function checkSizes(value: unknown, what: string, least: number, most: number): void {
  if (value === undefined || value === null || typeof value === "string") return;
  const numbers: readonly unknown[] = Array.isArray(value) ? value.flat(3) : [value];
  const isSize = (size: unknown): boolean =>
    size === null || (Number.isInteger(size) && (size as number) >= least && (size as number) <= most);
  if (!numbers.every(isSize))
    throw new InvalidArgumentError(
      `${what} must be whole numbers from ${least} to ${most}, got ${JSON.stringify(value)?.slice(0, 80)}`,
    );
}
