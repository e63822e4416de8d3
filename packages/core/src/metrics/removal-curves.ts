import { checkWhole } from "../check-number.ts";
import { type Faithfulness, type FaithfulnessOptions, measure } from "./faithfulness.ts";
import type { RankedGame } from "./ranked-game.ts";

export interface RemovalCurveOptions extends FaithfulnessOptions {
  /** Steps of about as many features each. @defaultValue 20, or one a feature where there are fewer */
  readonly steps?: number | undefined;
}

/**
 * The output as features are taken away, those that are said to raise it most first, from all present to none. The faster it falls, the
 * smaller the area under it, the better the order. `steps + 1` coalitions, and `steps − 1` more a random order.
 *
 * Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", 2018.
 *
 * @throws InvalidArgumentError for options out of range.
 */
export async function deletionCurve(ranked: RankedGame, options: RemovalCurveOptions = {}): Promise<Faithfulness> {
  return await curve("deletion", ranked, options);
}

/**
 * The output as features come in, those that are said to raise it most first, from none present to all. The faster it rises, the larger
 * the area under it, the better the order. With the same steps and seed as a {@link deletionCurve} its random orders cost nothing more.
 *
 * @throws InvalidArgumentError for options out of range.
 */
export async function insertionCurve(ranked: RankedGame, options: RemovalCurveOptions = {}): Promise<Faithfulness> {
  return await curve("insertion", ranked, options);
}

async function curve(metric: "deletion" | "insertion", ranked: RankedGame, options: RemovalCurveOptions): Promise<Faithfulness> {
  const features = ranked.order.length;
  const { steps = 20 } = options;
  checkWhole("steps", steps, 1);
  const count = Math.min(steps, features);
  const gone = Array.from({ length: count + 1 }, (_, step) => Math.round((step * features) / count));
  // What is kept at a point of one curve is taken away at a point of the other.
  const counts = metric === "deletion" ? gone : gone.map((number) => features - number).reverse();
  return await measure(ranked, { metric, counts, value: (output) => output, score: areaUnder }, options);
}

/** By trapezoids; shares run from 0 to 1. */
function areaUnder(values: readonly number[], shares: readonly number[]): number {
  let area = 0;
  for (let i = 1; i < shares.length; i++) area += ((shares[i]! - shares[i - 1]!) * (values[i]! + values[i - 1]!)) / 2;
  return area;
}
