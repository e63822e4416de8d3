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

/** Four units in the last place of a float32, relative to the number: networks round at every layer. */
const rounding = 4 * 2 ** -23;

/**
 * As tensors, or when ‖got − expected‖₂ is at most what rounding to float32 makes of the two outputs whose difference the delta is of: the
 * files' outputs are float32 where the expected numbers were computed in float64, and a delta is what is left where they cancel. All of our
 * own sums are of float64.
 */
export function compareDeltas(
  got: HostData,
  expected: HostData,
  rtol: number,
  ends: { readonly value: HostData; readonly baseValue: HostData } | undefined,
): Comparison {
  const relative = compareTensors(got, expected, rtol);
  if (relative.holds || ends === undefined || got.data.length !== expected.data.length) return relative;
  let difference = 0;
  let allowed = 0;
  for (let i = 0; i < expected.data.length; i++) {
    difference += (Number(got.data[i]) - Number(expected.data[i])) ** 2;
    const size = Math.abs(Number(ends.value.data[i])) + Math.abs(Number(ends.baseValue.data[i]));
    allowed += (rounding * size) ** 2;
  }
  const absolute = bounded(Math.sqrt(difference), Math.sqrt(allowed), "absolute ");
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
  return { holds, text: `${kind}${error.toExponential(1)} ${holds ? "<=" : "> "} ${shown(bound)}`.replace("> ", ">") };
}

/** A bound that was worked out has more digits than anybody reads. */
function shown(bound: number): string {
  return String(bound).length > 8 ? bound.toExponential(1) : String(bound);
}
