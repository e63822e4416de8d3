import { checkWhole } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";

/**
 * How alike two lists of numbers order the same things: Spearman's rank correlation, -1 to 1. Equal numbers share the mean of their ranks;
 * things of which either number is NaN are left out. NaN where fewer than two things are left, or all numbers of one list are equal: there is
 * no order to compare. It is unchanged by any strictly rising function of either list.
 *
 * To ask which features two methods call important, whichever way they push, compare magnitudes.
 *
 * @throws InvalidArgumentError where the lists are of different lengths.
 * @see Spearman, The Proof and Measurement of Association between Two Things (1904); as a measure of disagreement between explanations,
 *   Krishna et al., The Disagreement Problem in Explainable Machine Learning (2022).
 */
export function rankCorrelation(one: ArrayLike<number>, other: ArrayLike<number>): number {
  checkLengths(one, other);
  const kept: number[] = [];
  for (let i = 0; i < one.length; i++) if (!Number.isNaN(one[i]!) && !Number.isNaN(other[i]!)) kept.push(i);
  const [a, b] = [ranks(kept.map((i) => one[i]!)), ranks(kept.map((i) => other[i]!))];
  // Ranks with their mean taken off, so that the sums below are small and exact.
  const mean = (kept.length - 1) / 2;
  let [product, first, second] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - mean, b[i]! - mean];
    product += x * y;
    first += x * x;
    second += y * y;
  }
  return first === 0 || second === 0 ? Number.NaN : product / Math.sqrt(first * second);
}

/** How far two methods name the same strongest features. */
export interface TopAgreement {
  /** How many features were compared: those asked for, or as many as the longer of the two lists of strongest features has. */
  readonly of: number;
  /** Features that both have among their strongest: Krishna's feature agreement is `shared / of`. */
  readonly shared: number;
  /** Of these, those that push the same way by both: Krishna's sign agreement is `sameSign / of`. */
  readonly sameSign: number;
}

/**
 * How many of the `count` strongest features two lists of scores have in common, and how many of these with the same sign. A feature with a
 * score of 0 or NaN is never among the strongest, so `of` may be less than `count`; of equally strong features the first are taken.
 *
 * @throws InvalidArgumentError where the lists are of different lengths, or `count` is no whole number from 1.
 * @see Krishna et al., The Disagreement Problem in Explainable Machine Learning (2022).
 */
export function topAgreement(one: ArrayLike<number>, other: ArrayLike<number>, count: number): TopAgreement {
  checkLengths(one, other);
  checkWhole("count", count, 1);
  const [a, b] = [strongest(one, count), new Set(strongest(other, count))];
  const shared = a.filter((feature) => b.has(feature));
  const sameSign = shared.filter((feature) => Math.sign(one[feature]!) === Math.sign(other[feature]!));
  return { of: Math.max(a.length, b.size), shared: shared.length, sameSign: sameSign.length };
}

function checkLengths(one: ArrayLike<number>, other: ArrayLike<number>): void {
  if (one.length !== other.length)
    throw new InvalidArgumentError(`the two lists must be over the same features, got ${one.length} and ${other.length} numbers`);
}

/** The place of every number when they are sorted, from 0; equal ones share the mean of their places. */
function ranks(numbers: readonly number[]): Float64Array {
  const order = numbers.map((_, i) => i).sort((i, j) => compare(numbers[i]!, numbers[j]!));
  const places = new Float64Array(numbers.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && numbers[order[end]!] === numbers[order[start]!]) end++;
    for (let place = start; place < end; place++) places[order[place]!] = (start + end - 1) / 2;
    start = end;
  }
  return places;
}

/** Infinity less itself is NaN: equal numbers are asked for first. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function strongest(scores: ArrayLike<number>, count: number): number[] {
  const features: number[] = [];
  for (let i = 0; i < scores.length; i++) if (Math.abs(scores[i]!) > 0) features.push(i);
  return features.sort((i, j) => compare(Math.abs(scores[j]!), Math.abs(scores[i]!)) || i - j).slice(0, count);
}
