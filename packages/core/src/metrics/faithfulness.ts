import { checkWhole } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { BitMatrix } from "../game/bit-matrix.ts";
import { CoalitionCache } from "../game/coalition-cache.ts";
import { evaluateDistinct } from "../game/evaluate.ts";
import type { EstimatorOptions } from "../game/game.ts";
import { seededRandom } from "../tensor/random.ts";
import type { RankedGame } from "./ranked-game.ts";

/** What `deletionCurve`, `insertionCurve`, `comprehensiveness` and `sufficiency` take besides what they measure. */
export interface FaithfulnessOptions extends EstimatorOptions {
  /**
   * Random orders of the features that are measured alike. A score tells little by itself: hold it against theirs.
   *
   * @defaultValue 0
   */
  readonly randomOrders?: number | undefined;
  /** Starts the stream of random numbers. @defaultValue 0 */
  readonly seed?: number | undefined;
}

/** How an output falls or rises as features go or come in the order of an explanation: plain data. */
export interface Faithfulness {
  readonly metric: "deletion" | "insertion" | "comprehensiveness" | "sufficiency";
  /** Name of the method whose order it is, where it is known. */
  readonly method?: string | undefined;
  /** How many features there are; of examples with different numbers, the most. */
  readonly features: number;
  /** Shares of the features that are taken away (deletion, comprehensiveness) or kept (insertion, sufficiency), rising. */
  readonly shares: readonly number[];
  /** `[example][share]`: the output, or for comprehensiveness and sufficiency how far it has fallen. */
  readonly values: readonly (readonly number[])[];
  /** `[example]`: the area under the curve, which is its mean height, or the mean of the values. */
  readonly score: readonly number[];
  /** The same of random orders, where they were asked for. */
  readonly random?: RandomOrders | undefined;
  /** What it cost beyond what the ranked game knew already; calls and rows where there is a model. */
  readonly evaluations: { readonly coalitions: number; readonly calls?: number; readonly rows?: number };
}

/** Means over random orders, with standard errors (absent of a single order). */
export interface RandomOrders {
  readonly orders: number;
  readonly values: readonly (readonly number[])[];
  readonly score: readonly number[];
  /** `[example]`: the share of the random orders whose score is worse than the explanation's; one that is equal counts half. */
  readonly winRate: readonly number[];
  readonly standardErrors?: readonly (readonly number[])[] | undefined;
  readonly scoreStandardErrors?: readonly number[] | undefined;
}

/** What is measured, along an order. */
export interface Walk {
  readonly metric: Faithfulness["metric"];
  /** How many features are taken away, or kept, at each point. */
  readonly counts: readonly number[];
  /** What is told of the outputs at the points, `full` being the output with every feature. */
  value(output: number, full: number): number;
  score(values: readonly number[], shares: readonly number[]): number;
}

/** Measures along the order of a ranked game, and along random ones. */
export async function measure(ranked: RankedGame, walk: Walk, options: FaithfulnessOptions): Promise<Faithfulness> {
  const { game, order, output, method } = ranked;
  const { metric, counts } = walk;
  const { randomOrders = 0, seed = 0 } = options;
  checkWhole("randomOrders", randomOrders, 0);
  const random = seededRandom(seed);
  const features = order.length;
  const keeps = metric === "insertion" || metric === "sufficiency";
  const orders = [order];
  // Of a random order the last are kept, where the first are taken away of it: the two walks meet the same coalitions.
  for (let i = 0; i < randomOrders; i++) orders.push(random.permutation(features));
  const known = game.evaluated;
  const before = { ...ranked.cost?.() };
  const fill = (coalitions: BitMatrix, row: number, index: number): void => {
    if (index === 0) {
      coalitions.fillRow(row);
      return;
    }
    const at = Math.floor((index - 1) / counts.length);
    const count = counts[(index - 1) % counts.length]!;
    const kept = keeps ? count : features - count;
    for (let i = 0; i < kept; i++) coalitions.set(row, orders[at]![keeps && at === 0 ? i : features - 1 - i]!, true);
  };
  const worths: (readonly number[])[] = [];
  const total = 1 + orders.length * counts.length;
  for await (const worth of evaluateDistinct(game, new CoalitionCache(), { evaluated: 0 }, total, fill, options)) {
    if (output !== undefined && worth[output] === undefined)
      throw new InvalidArgumentError(`output ${output} is outside the ${worth.length} outputs of the game`);
    worths.push(output === undefined ? [...worth] : [worth[output]!]);
  }
  const [full = []] = worths;
  const shares = counts.map((count) => count / features);
  const curves = orders.map((_, at) =>
    full.map((whole, example) => counts.map((_count, i) => walk.value(worths[1 + at * counts.length + i]![example]!, whole))),
  );
  const scores = curves.map((curve) => curve.map((values) => walk.score(values, shares)));
  const after = ranked.cost?.();
  return {
    metric,
    ...(method !== undefined && { method }),
    features,
    shares,
    values: curves[0]!,
    score: scores[0]!,
    ...(randomOrders > 0 && { random: randomOrdersOf(curves.slice(1), scores, metric) }),
    evaluations: {
      coalitions: game.evaluated - known,
      ...(after && { calls: after.calls - (before.calls ?? 0), rows: after.rows - (before.rows ?? 0) }),
    },
  };
}

/** @param scores The explanation's, then those of the random orders. */
function randomOrdersOf(
  curves: readonly (readonly (readonly number[])[])[],
  [own, ...scores]: readonly (readonly number[])[],
  metric: Faithfulness["metric"],
): RandomOrders {
  const orders = scores.length;
  const better = metric === "insertion" || metric === "comprehensiveness" ? 1 : -1;
  const wins = (score: number, random: number): number => (Math.sign((score - random) * better) + 1) / 2;
  // From the first on, so that the mean of equal numbers is that number.
  const mean = (of: readonly number[]): number => of[0]! + of.reduce((sum, value) => sum + (value - of[0]!), 0) / orders;
  const error = (of: readonly number[]): number => {
    const middle = mean(of);
    return Math.sqrt(of.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (orders - 1) / orders);
  };
  const each = (tell: typeof mean): number[][] =>
    curves[0]!.map((points, example) => points.map((_, i) => tell(curves.map((curve) => curve[example]![i]!))));
  const eachScore = (tell: typeof mean): number[] => own!.map((_, example) => tell(scores.map((score) => score[example]!)));
  return {
    orders,
    values: each(mean),
    score: eachScore(mean),
    winRate: own!.map((score, example) => scores.reduce((sum, random) => sum + wins(score, random[example]!), 0) / orders),
    ...(orders > 1 && { standardErrors: each(error), scoreStandardErrors: eachScore(error) }),
  };
}
