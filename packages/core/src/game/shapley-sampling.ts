import { checkWhole } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";
import { seededRandom } from "../tensor/random.ts";
import { CoalitionCache } from "./coalition-cache.ts";
import { evaluateDistinct } from "./evaluate.ts";
import { exactShapley } from "./exact-shapley.ts";
import type { Estimate, EstimatorOptions, Game } from "./game.ts";
import { PermutationMean } from "./permutation-mean.ts";
import { PermutationWalk } from "./permutation-walk.ts";

/** How many orders of the players {@link shapleySampling} walks through, and how they are drawn. */
export interface ShapleySamplingOptions extends EstimatorOptions {
  /** Permutations of the players to walk through, at most. @defaultValue 25 */
  readonly samples?: number | undefined;
  /** @defaultValue 0 */
  readonly seed?: number | undefined;
  /**
   * Follows every permutation by its reverse. A player that came early then comes late, so what depends on the order cancels: for
   * games of pairwise interactions one such pair is exact, and for monotone ones the variance is lower than that of two independent
   * permutations.
   * @defaultValue true
   */
  readonly antithetic?: boolean | undefined;
  /** Stops as soon as the largest standard error is at most this. @defaultValue never stops early */
  readonly tolerance?: number | undefined;
  /** Coalitions that may be evaluated at most; fewer permutations are walked to stay within it. @defaultValue no bound */
  readonly maxEvaluations?: number | undefined;
}

/** Coalitions remembered against repeats take this much memory at most. */
const cacheBytes = 1 << 29;
/** A standard error of fewer units than this says too little to stop for. */
const unitsToStop = 8;

/**
 * Shapley values by sampling permutations: a player's value is the mean of what it adds to those before it. The values of every
 * single permutation sum to `v(N) − v(∅)`, so theirs do too. The full and the empty coalition are evaluated once, no other twice.
 *
 * Standard errors are those of the mean over permutations (over pairs of them, when antithetic; the last one of an odd number
 * counts in the mean alone), and absent until there are two. Where all `2^M` coalitions cost no more than the samples and no
 * tolerance is asked for, they are evaluated instead: the values are exact then and the standard errors 0. Yields after every
 * permutation or pair.
 *
 * Castro, Gómez and Tejada, "Polynomial calculation of the Shapley value based on sampling", 2009; Mitchell et al., "Sampling
 * permutations for Shapley value estimation", 2022.
 */
export async function* shapleySampling(game: Game, options: ShapleySamplingOptions = {}): AsyncGenerator<Estimate, void, void> {
  const { players } = game;
  const permutations = permutationsWithin(players, options);
  const steps = Math.max(0, players - 1); // coalitions a permutation asks for, besides the empty and the full one
  const count = 2 + permutations * steps;
  if (players <= 1 || (options.tolerance === undefined && players <= 30 && 2 ** players <= count)) {
    for await (const exact of exactShapley(game, { ...options, maxPlayers: 30 }))
      yield { ...exact, standardErrors: new Float64Array(exact.values.length) };
    return;
  }
  const walk = new PermutationWalk(players, seededRandom(options.seed ?? 0), options.antithetic ?? true);
  const tally = { evaluated: 0 };
  const rows = evaluateDistinct(
    game,
    new CoalitionCache(cacheBytes),
    tally,
    count,
    (coalitions, row, index) => {
      if (index === 0) coalitions.fillRow(row);
      else if (index > 1) walk.fill(coalitions, row, (index - 2) % steps);
    },
    options,
  );
  const unitSize = walk.antithetic ? 2 : 1;
  let full: Float64Array = new Float64Array(0);
  let empty: Float64Array = full;
  let previous: Float64Array = full;
  let mean: PermutationMean | undefined;
  let index = 0;
  for await (const worth of rows) {
    const at = index++;
    if (at === 0) full = worth;
    else if (at === 1) {
      empty = worth;
      mean = new PermutationMean(players, full.length, unitSize);
    } else if (mean) {
      const step = (at - 2) % steps;
      const order = step === 0 ? walk.next() : walk.current;
      mean.add(order[step]!, worth, step === 0 ? empty : previous);
      previous = worth;
      if (step < steps - 1) continue;
      mean.add(order[steps]!, full, worth);
      mean.finishPermutation();
      const done = mean.permutations;
      if (done % unitSize !== 0 && done < permutations) continue;
      const standardErrors = mean.standardErrors();
      yield {
        values: mean.values(),
        players,
        outputs: full.length,
        full: Float64Array.from(full),
        empty: Float64Array.from(empty),
        ...(standardErrors && { standardErrors }),
        coalitions: tally.evaluated,
        warnings: [],
      };
      if (
        options.tolerance !== undefined &&
        standardErrors &&
        mean.units >= unitsToStop &&
        largest(standardErrors) <= options.tolerance
      )
        return;
    }
  }
}

function largest(numbers: Float64Array): number {
  let most = 0;
  for (const number of numbers) if (!(number <= most)) most = number; // NaN stays: it is no reason to stop
  return most;
}

function permutationsWithin(players: number, options: ShapleySamplingOptions): number {
  const samples = options.samples ?? 25;
  checkWhole("samples", samples, 1);
  const { tolerance, maxEvaluations } = options;
  if (tolerance !== undefined && !(tolerance >= 0))
    throw new InvalidArgumentError(`tolerance must be at least 0, got ${tolerance}`);
  if (maxEvaluations === undefined) return samples;
  const within = Math.floor((maxEvaluations - 2) / Math.max(1, players - 1));
  if (!(within >= 1))
    throw new InvalidArgumentError(
      `maxEvaluations must allow one permutation of ${players} features, ${players + 1} evaluations, got ${maxEvaluations}`,
    );
  return Math.min(samples, within);
}
