import { checkWhole } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";
import { seededRandom } from "../tensor/random.ts";
import { BitMatrix } from "./bit-matrix.ts";
import { evaluate, requestSize } from "./evaluate.ts";
import type { Estimate, EstimatorOptions, Game } from "./game.ts";
import { LimeFit, type LimeRegressor } from "./lime-fit.ts";
import { addRandomSubset } from "./random-subset.ts";

/** How a coalition's nearness to the full one becomes its weight: `exp(−d² / (2 · width²))`. */
export interface LimeKernel {
  /** The distance `d` from the input itself (in the space of the features themselves where the game knows one). */
  readonly distance: "cosine" | "euclidean";
  /** @defaultValue 1 */
  readonly width?: number | undefined;
}

/** How many coalitions {@link lime} draws, what it weighs them by, and which linear model it fits. */
export interface LimeOptions extends EstimatorOptions {
  /** Coalitions to draw, repeats included; all `2^M` are taken once where that is no more. @defaultValue `2 · players + 2048` */
  readonly samples?: number | undefined;
  /** @defaultValue 0 */
  readonly seed?: number | undefined;
  /** @defaultValue `{ distance: "cosine", width: 1 }` */
  readonly kernel?: LimeKernel | undefined;
  /**
   * How coalitions are drawn: every player present with probability ½, or first a size from 0 to M and then a set of that size, all
   * alike. Not used where all coalitions are taken.
   * @defaultValue "bernoulli"
   */
  readonly sampler?: "bernoulli" | "uniform-size" | undefined;
  /** @defaultValue `{ kind: "lasso", alpha: 0.01 }` */
  readonly regressor?: LimeRegressor | undefined;
}

/** The regression's matrix is players × players. */
const mostPlayers = 4096;

/**
 * The coefficients of a linear model fitted to what coalitions near the full one are worth. Adds the intercept and the weighted R²
 * of every output. A coalition drawn again counts again in the fit and is evaluated once.
 *
 * Standard errors come from a delete-a-group jackknife over ten groups of draws and say how far another seed might lead, not how
 * well a line fits; 0 where all coalitions were taken, absent where the draws are too few (or features thousands). Yields each time the draws have doubled.
 *
 * Ribeiro, Singh and Guestrin, "Why should I trust you?", 2016.
 */
export async function* lime(game: Game, options: LimeOptions = {}): AsyncGenerator<Estimate, void, void> {
  const { players } = game;
  const samples = options.samples ?? 2 * players + 2048;
  checkWhole("samples", samples, 1);
  if (players > mostPlayers)
    throw new InvalidArgumentError(
      `Lime fits a regression over at most ${mostPlayers} features, got ${players}: group features with a feature mask`,
    );
  const kernel = options.kernel ?? { distance: "cosine" };
  const width = kernel.width ?? 1;
  if (!(width > 0)) throw new InvalidArgumentError(`kernel.width must be above 0, got ${width}`);
  if (kernel.distance !== "cosine" && kernel.distance !== "euclidean")
    throw new InvalidArgumentError(`kernel.distance must be "cosine" or "euclidean", got ${JSON.stringify(kernel.distance)}`);
  const regressor = options.regressor ?? { kind: "lasso", alpha: 0.01 };
  checkRegressor(regressor);

  const isWhole = players <= 30 && 2 ** players <= samples;
  const plan = isWhole ? everyCoalition(players) : drawCoalitions(players, samples, options);
  const { coalitions } = plan;
  const warnings: string[] = [];
  if (coalitions.rows < players + 1)
    warnings.push(
      `${coalitions.rows} different coalitions for ${players} features: fewer than features + 1, so the regression does not determine the attributions; ask for more samples`,
    );
  const fit = new LimeFit({ coalitions, draws: plan.draws, isWhole, regressor, warnings });
  const weights = kernelWeights(game, coalitions, kernel.distance, width);
  const { stride, words } = coalitions;
  const rows = evaluate(
    game,
    coalitions.rows,
    (request, row, index) => request.words.set(words.subarray(index * stride, (index + 1) * stride), row * stride),
    options,
  );
  let nextYield = Math.max(64, 2 * players);
  try {
    for await (const worth of rows) {
      const weight = await weights.next();
      // `kernelWeights` yields one entry for every coalition of the plan.
      fit.add(worth, weight.value as Float64Array | number);
      if (fit.rows === nextYield && fit.rows < coalitions.rows) {
        nextYield *= 2;
        yield fit.estimate();
      }
    }
  } finally {
    await weights.return();
  }
  yield fit.estimate();
}

interface LimePlan {
  /** Different coalitions, in the order of their first draw. */
  readonly coalitions: BitMatrix;
  /** The coalition of every draw. */
  readonly draws: Int32Array;
}

function everyCoalition(players: number): LimePlan {
  const coalitions = new BitMatrix(2 ** players, players);
  for (let row = 0; row < coalitions.rows; row++) coalitions.words[row] = row;
  return { coalitions, draws: Int32Array.from({ length: coalitions.rows }, (_, i) => i) };
}

function drawCoalitions(players: number, samples: number, options: LimeOptions): LimePlan {
  const random = seededRandom(options.seed ?? 0);
  const sampler = options.sampler ?? "bernoulli";
  if (sampler !== "bernoulli" && sampler !== "uniform-size")
    throw new InvalidArgumentError(`sampler must be "bernoulli" or "uniform-size", got ${JSON.stringify(sampler)}`);
  const all = new BitMatrix(samples, players);
  const draws = new Int32Array(samples);
  const rowOf = new Map<string, number>();
  const scratch = new BitMatrix(1, players);
  for (let draw = 0; draw < samples; draw++) {
    scratch.words.fill(0);
    if (sampler === "uniform-size") addRandomSubset(scratch, 0, random.integer(players + 1), random);
    else for (let player = 0; player < players; player++) if (random.next() < 0.5) scratch.set(0, player, true);
    const key = scratch.key(0);
    let row = rowOf.get(key);
    if (row === undefined) {
      row = rowOf.size;
      rowOf.set(key, row);
      all.words.set(scratch.words, row * all.stride);
    }
    draws[draw] = row;
  }
  return { coalitions: new BitMatrix(rowOf.size, players, all.words.slice(0, rowOf.size * all.stride)), draws };
}

/** The kernel's weight of every coalition: one number where the game has no distances of its own, else one an output. */
async function* kernelWeights(
  game: Game,
  coalitions: BitMatrix,
  metric: "cosine" | "euclidean",
  width: number,
): AsyncGenerator<Float64Array | number, void, void> {
  const scale = -1 / (2 * width * width);
  if (!game.distances) {
    for (let row = 0; row < coalitions.rows; row++) {
      const present = coalitions.count(row);
      const { players } = game;
      const distance =
        metric === "euclidean" ? Math.sqrt(players - present) : players === 0 ? 0 : 1 - Math.sqrt(present / players);
      yield Math.exp(scale * distance * distance);
    }
    return;
  }
  const size = requestSize(game);
  for (let start = 0; start < coalitions.rows; start += size) {
    const end = Math.min(coalitions.rows, start + size);
    const request = coalitions.select(Int32Array.from({ length: end - start }, (_, i) => start + i));
    for await (const distances of game.distances(request, metric))
      yield distances.map((distance) => Math.exp(scale * distance * distance));
  }
}

function checkRegressor(regressor: LimeRegressor): void {
  const { kind } = regressor;
  if (kind !== "lasso" && kind !== "ridge" && kind !== "linear")
    throw new InvalidArgumentError(`regressor.kind must be "lasso", "ridge" or "linear", got ${JSON.stringify(kind)}`);
  if (kind !== "linear" && !(regressor.alpha >= 0))
    throw new InvalidArgumentError(`regressor.alpha must be at least 0, got ${regressor.alpha}`);
}
