import { InvalidArgumentError } from "../errors.ts";
import { seededRandom } from "../tensor/random.ts";
import { evaluate } from "./evaluate.ts";
import { exactShapley } from "./exact-shapley.ts";
import type { Estimate, EstimatorOptions, Game } from "./game.ts";
import { KernelShapFit } from "./kernel-shap-fit.ts";
import { planKernelShap } from "./kernel-shap-plan.ts";

/** How many coalitions {@link kernelShap} evaluates, and how they are drawn. */
export interface KernelShapOptions extends EstimatorOptions {
  /** Coalitions to evaluate at most, the full and the empty one included. @defaultValue `2 · players + 2048` */
  readonly samples?: number | undefined;
  /** @defaultValue 0 */
  readonly seed?: number | undefined;
}

/** The regression's matrix is players × players. */
const mostPlayers = 4096;

/**
 * Shapley values by weighted least squares over coalitions. Values sum to `v(N) − v(∅)` exactly: the two end points are constraints
 * of the regression, not samples of it. Coalitions come with their complements; sizes are enumerated from the outside in where the
 * budget allows and the rest is drawn without evaluating any coalition twice. Where `2^M ≤ samples` all are evaluated and the values
 * are the exact Shapley values.
 *
 * Standard errors are the regression's own (the sandwich estimate over the drawn pairs; enumerated ones carry no sampling error):
 * 0 where everything was enumerated, absent where the design does not determine the values. Then the values are those nearest to
 * an equal split, and a warning says so. Yields each time the evaluated coalitions have doubled.
 *
 * Lundberg and Lee, "A unified approach to interpreting model predictions", 2017; Covert and Lee, "Improving KernelSHAP", 2021.
 */
export async function* kernelShap(game: Game, options: KernelShapOptions = {}): AsyncGenerator<Estimate, void, void> {
  const { players } = game;
  const samples = options.samples ?? 2 * players + 2048;
  if (!Number.isInteger(samples) || samples < 2)
    throw new InvalidArgumentError(`samples must be a whole number from 2 (the full and the empty coalition), got ${samples}`);
  if (players <= 1 || (players <= 30 && 2 ** players <= samples)) {
    for await (const exact of exactShapley(game, { ...options, maxPlayers: 30 }))
      yield { ...exact, standardErrors: new Float64Array(exact.values.length) };
    return;
  }
  if (players > mostPlayers)
    throw new InvalidArgumentError(
      `KernelShap fits a regression over at most ${mostPlayers} features, got ${players}: group features with a feature mask, or use ShapleyValueSampling`,
    );
  const warnings: string[] = [];
  if (samples < players + 2)
    warnings.push(
      `samples ${samples} are fewer than features + 2 = ${players + 2}: the attributions are not determined, and are those nearest to an equal split; ask for more samples`,
    );
  const plan = planKernelShap(players, samples - 2, seededRandom(options.seed ?? 0));
  const pairs = plan.sides.rows;
  const { stride, words } = plan.sides;
  const rows = evaluate(
    game,
    2 + 2 * pairs,
    (coalitions, row, index) => {
      if (index === 0) coalitions.fillRow(row);
      if (index < 2) return;
      const pair = (index - 2) >> 1;
      coalitions.words.set(words.subarray(pair * stride, (pair + 1) * stride), row * stride);
      if (index % 2 === 1) coalitions.complementRow(row);
    },
    options,
  );
  let index = 0;
  let full: Float64Array = new Float64Array(0);
  let side: Float64Array = full;
  let fit: KernelShapFit | undefined;
  let nextYield = Math.max(64, players);
  for await (const worth of rows) {
    const at = index++;
    if (at === 0) full = worth;
    else if (at === 1) fit = new KernelShapFit(plan, full, worth);
    else if (fit) {
      if (at % 2 === 0) side = worth;
      else {
        fit.addPair(side, worth);
        if (fit.pairs === nextYield && fit.pairs < pairs) {
          nextYield *= 2;
          yield fit.estimate(warnings);
        }
      }
    }
  }
  if (fit) yield fit.estimate(warnings);
}
