import type { HostData } from "@attr/core";

/** How a result differs from what was expected, and whether that is near enough. */
export interface Comparison {
  readonly holds: boolean;
  /** The difference with its bound, or the sentence that says why there is none. */
  readonly text: string;
}

/** Where every expected value is zero, the norm that the result may have. */
const zeroTolerance = 1e-6;

/** Holds when ‖got − expected‖₂ ≤ rtol · ‖expected‖₂, or ‖got‖₂ ≤ 1e-6 where the expected is all zero. */
export function compareTensors(got: HostData, expected: HostData, rtol: number): Comparison {
  if (got.shape.length !== expected.shape.length || got.shape.some((length, axis) => length !== expected.shape[axis]))
    return { holds: false, text: `has shape [${got.shape}], expected [${expected.shape}]` };
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const wanted = Number(expected.data[i]);
    const error = Number(got.data[i]) - wanted;
    difference += error * error;
    norm += wanted * wanted;
  }
  difference = Math.sqrt(difference);
  norm = Math.sqrt(norm);
  return norm === 0 ? bounded(difference, zeroTolerance, "absolute ") : bounded(difference / norm, rtol, "");
}

/**
 * As tensors, or when ‖got − expected‖₂ ≤ 1e-6: a delta is what is left of numbers that cancel, and where little is left in float64 all that
 * is left in float32 is rounding.
 */
export function compareDeltas(got: HostData, expected: HostData, rtol: number): Comparison {
  const relative = compareTensors(got, expected, rtol);
  if (relative.holds || got.data.length !== expected.data.length) return relative;
  let difference = 0;
  for (let i = 0; i < expected.data.length; i++) difference += (Number(got.data[i]) - Number(expected.data[i])) ** 2;
  const absolute = bounded(Math.sqrt(difference), zeroTolerance, "absolute ");
  return absolute.holds ? absolute : relative;
}

/** Holds when max|got − expected| ≤ 2e-5 · max(1e-3, max|expected|). */
export function compareElements(got: ArrayLike<number | bigint>, expected: Float64Array): Comparison {
  if (got.length !== expected.length) return { holds: false, text: `has ${got.length} numbers, expected ${expected.length}` };
  let error = 0;
  let largest = 1e-3;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(Number(got[i]) - expected[i]!);
    error = Math.max(error, difference); // a NaN stays
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return bounded(error / largest, 2e-5, "");
}

/** Holds when two lists of labels are the same. */
export function compareLabels(got: readonly string[], expected: readonly string[]): Comparison {
  const holds = got.length === expected.length && got.every((label, index) => label === expected[index]);
  return { holds, text: holds ? "as expected" : `are ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}` };
}

function bounded(error: number, bound: number, kind: string): Comparison {
  const holds = error <= bound; // false for NaN
  return { holds, text: `${kind}${error.toExponential(1)} ${holds ? "<=" : "> "} ${bound}`.replace("> ", ">") };
}
