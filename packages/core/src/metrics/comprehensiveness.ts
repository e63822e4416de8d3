import { InvalidArgumentError } from "../errors.ts";
import { type Faithfulness, type FaithfulnessOptions, measure } from "./faithfulness.ts";
import type { RankedGame } from "./ranked-game.ts";

export interface ShareOptions extends FaithfulnessOptions {
  /** Shares of the features, rising, above 0 and up to 1; as many features as the share makes up, rounded up. @defaultValue 0.01, 0.05, 0.1, 0.2, 0.5 */
  readonly shares?: readonly number[] | undefined;
}

/**
 * How far the output falls when the strongest features are taken away, averaged over shares of them ("area over the perturbation curve").
 * The larger the better. One coalition a share, and the full one. DeYoung et al., "ERASER: a benchmark to evaluate rationalized NLP models", 2020.
 *
 * @throws InvalidArgumentError for options out of range.
 */
export async function comprehensiveness(ranked: RankedGame, options: ShareOptions = {}): Promise<Faithfulness> {
  return await falls("comprehensiveness", ranked, options);
}

/**
 * How far the output falls when only the strongest features are kept, averaged over shares of them. The smaller the better; below 0 the
 * strongest alone give more than all. As {@link comprehensiveness} in all else.
 *
 * @throws InvalidArgumentError for options out of range.
 */
export async function sufficiency(ranked: RankedGame, options: ShareOptions = {}): Promise<Faithfulness> {
  return await falls("sufficiency", ranked, options);
}

async function falls(
  metric: "comprehensiveness" | "sufficiency",
  ranked: RankedGame,
  options: ShareOptions,
): Promise<Faithfulness> {
  const { shares = [0.01, 0.05, 0.1, 0.2, 0.5] } = options;
  if (shares.length === 0 || !shares.every((share, i) => share > (shares[i - 1] ?? 0) && share <= 1))
    throw new InvalidArgumentError(`shares must rise from above 0 to at most 1, got [${shares.join(", ")}]`);
  // 0.07 · 100 is a little more than 7.
  const counts = shares.map((share) => Math.ceil(share * ranked.order.length - 1e-9));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return await measure(ranked, { metric, counts, value: (output, full) => full - output, score: mean }, options);
}
