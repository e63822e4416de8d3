import type { Estimate } from "./game.ts";
import type { KernelShapPlan } from "./kernel-shap-plan.ts";
import { type SymmetricSolver, symmetricSolver } from "./linear-algebra/cholesky.ts";

/** Steps the standard errors may take; of thousands of features only some of the drawn pairs are looked at for them. */
const errorWork = 2e9;

/**
 * KernelSHAP's regression, as pairs of coalitions come in.
 *
 * Let `Δ = v(N) − v(∅)` and `φ = Δ / M + u` with `Σ u = 0`, which is the efficiency constraint. For a coalition `z` of `k` players
 * and its complement, half the difference of what the two are worth less `(2k − M) / 2M · Δ` is modelled as `(z − k / M) · u`: the
 * two rows of a pair carry the same row of the design. So the fit is an unconstrained least squares over pairs, whose matrix has
 * the vector of ones as its null space; adding that direction to it changes no answer and makes it invertible.
 */
export class KernelShapFit {
  readonly #plan: KernelShapPlan;
  readonly #players: number;
  readonly #full: Float64Array;
  readonly #empty: Float64Array;
  readonly #enumerated: Moments;
  readonly #drawn: Moments;
  /** Half differences of every drawn pair, one entry an output, for the residuals. */
  readonly #drawnAnswers: Float64Array[] = [];
  pairs = 0;

  constructor(plan: KernelShapPlan, full: Float64Array, empty: Float64Array) {
    this.#plan = plan;
    this.#players = plan.sides.columns;
    this.#full = full;
    this.#empty = empty;
    this.#enumerated = new Moments(this.#players, full.length);
    this.#drawn = new Moments(this.#players, full.length);
  }

  /** The next pair of the plan. */
  addPair(side: Float64Array, complement: Float64Array): void {
    const pair = this.pairs++;
    const players = this.#plan.sides.columnsOf(pair);
    const answers = new Float64Array(side.length);
    const tilt = (2 * players.length - this.#players) / this.#players;
    for (let output = 0; output < answers.length; output++) {
      const gain = this.#full[output]! - this.#empty[output]!;
      answers[output] = (side[output]! - complement[output]! - tilt * gain) / 2;
    }
    const weight = this.#plan.weights[pair]!;
    if (pair < this.#plan.enumerated) this.#enumerated.add(players, weight, answers);
    else {
      this.#drawn.add(players, weight, answers);
      this.#drawnAnswers.push(answers);
    }
  }

  estimate(warnings: readonly string[]): Estimate {
    const size = this.#players;
    const outputs = this.#full.length;
    const draws = this.#drawn.weight;
    const scale = draws > 0 ? this.#plan.drawnMass / draws : 0;
    const matrix = new Float64Array(size * size);
    this.#enumerated.centredInto(matrix, 1);
    this.#drawn.centredInto(matrix, scale);
    let trace = 0;
    for (let i = 0; i < size; i++) trace += matrix[i * size + i]!;
    const ones = (trace > 0 ? trace : 1) / (size * size);
    for (let i = 0; i < matrix.length; i++) matrix[i]! += ones;
    const solver = symmetricSolver(matrix, size);

    const values = new Float64Array(outputs * size);
    for (let output = 0; output < outputs; output++) {
      const deviation = values.subarray(output * size, (output + 1) * size);
      this.#enumerated.answersInto(deviation, output, 1);
      this.#drawn.answersInto(deviation, output, scale);
      solver.solve(deviation);
      let mean = 0;
      for (let i = 0; i < size; i++) mean += deviation[i]! / size;
      for (let i = 0; i < size; i++) deviation[i]! -= mean;
    }
    const standardErrors = this.#standardErrors(solver, values, draws);
    for (let output = 0; output < outputs; output++) {
      const share = (this.#full[output]! - this.#empty[output]!) / size;
      for (let i = 0; i < size; i++) values[output * size + i]! += share;
    }
    const undetermined = solver.singular && warnings.length === 0;
    return {
      values,
      players: size,
      outputs,
      full: Float64Array.from(this.#full),
      empty: Float64Array.from(this.#empty),
      ...(standardErrors && { standardErrors }),
      coalitions: 2 + 2 * this.pairs,
      warnings: undetermined
        ? [
            "the coalitions drawn do not determine the attributions, which are those nearest to an equal split; ask for more samples",
          ]
        : warnings,
    };
  }

  /**
   * `Var(u) = G⁻¹ Cov(mean score) G⁻¹`, the score of a drawn pair being its share of the normal equations,
   * `drawnMass · (z − k / M) · residual`. `deviations` are the fitted `u`.
   */
  #standardErrors(solver: SymmetricSolver, deviations: Float64Array, draws: number): Float64Array | undefined {
    const size = this.#players;
    const outputs = this.#full.length;
    const { enumerated, weights, drawnMass } = this.#plan;
    if (solver.singular) return undefined;
    if (drawnMass === 0)
      return this.pairs === this.#plan.sides.rows && this.#isWhole() ? new Float64Array(deviations.length) : undefined;
    if (draws < 2) return undefined;
    const sums = new Float64Array(deviations.length);
    const squares = new Float64Array(deviations.length);
    const direction = new Float64Array(size);
    const step = Math.ceil(this.#drawnAnswers.length / Math.max(64, Math.floor(errorWork / (size * size))));
    let looked = 0;
    for (let drawn = 0; drawn < this.#drawnAnswers.length; drawn += step) {
      const pair = enumerated + drawn;
      const players = this.#plan.sides.columnsOf(pair);
      const centre = players.length / size;
      direction.fill(-centre);
      for (const player of players) direction[player]! += 1;
      solver.solve(direction);
      const answers = this.#drawnAnswers[drawn]!;
      const times = weights[pair]!;
      looked += times;
      for (let output = 0; output < outputs; output++) {
        const start = output * size;
        let residual = answers[output]!;
        for (const player of players) residual -= deviations[start + player]!; // Σ u = 0, so the centre takes nothing away
        for (let i = 0; i < size; i++) {
          const score = direction[i]! * residual;
          sums[start + i]! += times * score;
          squares[start + i]! += times * score * score;
        }
      }
    }
    const errors = new Float64Array(deviations.length);
    for (let i = 0; i < errors.length; i++) {
      const mean = sums[i]! / looked;
      const variance = Math.max(0, squares[i]! / looked - mean * mean) / (draws - 1);
      errors[i] = drawnMass * Math.sqrt(variance);
    }
    return errors;
  }

  /** Whether the enumerated sizes are all there are. */
  #isWhole(): boolean {
    let mass = 0;
    for (let pair = 0; pair < this.#plan.enumerated; pair++) mass += this.#plan.weights[pair]!;
    return mass > 1 - 1e-9;
  }
}

/** Weighted sums over pairs from which the normal equations are made; `z − k / M` is expanded, so that only present players cost. */
class Moments {
  readonly #size: number;
  /** `Σ w z zᵀ`, the lower half. */
  readonly #products: Float64Array;
  /** `Σ w (k / M) z`. */
  readonly #centres: Float64Array;
  /** `Σ w (k / M)²`. */
  #squaredCentres = 0;
  /** `Σ w d z`, `[outputs][players]`. */
  readonly #answers: Float64Array;
  /** `Σ w d k / M`, one entry an output. */
  readonly #centredAnswers: Float64Array;
  weight = 0;

  constructor(size: number, outputs: number) {
    this.#size = size;
    this.#products = new Float64Array(size * size);
    this.#centres = new Float64Array(size);
    this.#answers = new Float64Array(size * outputs);
    this.#centredAnswers = new Float64Array(outputs);
  }

  add(players: Int32Array, weight: number, answers: Float64Array): void {
    const size = this.#size;
    const centre = players.length / size;
    this.weight += weight;
    this.#squaredCentres += weight * centre * centre;
    for (let i = 0; i < players.length; i++) {
      const row = players[i]! * size;
      this.#centres[players[i]!]! += weight * centre;
      for (let j = 0; j <= i; j++) this.#products[row + players[j]!]! += weight;
    }
    for (let output = 0; output < answers.length; output++) {
      const share = weight * answers[output]!;
      this.#centredAnswers[output]! += share * centre;
      const start = output * size;
      for (const player of players) this.#answers[start + player]! += share;
    }
  }

  /** Adds `scale · Σ w (z − k / M)(z − k / M)ᵀ`. */
  centredInto(matrix: Float64Array, scale: number): void {
    if (scale === 0) return;
    const size = this.#size;
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) {
        const value = this.#products[i * size + j]! - this.#centres[i]! - this.#centres[j]! + this.#squaredCentres;
        matrix[i * size + j]! += scale * value;
        if (j < i) matrix[j * size + i]! += scale * value;
      }
  }

  /** Adds `scale · Σ w d (z − k / M)` of one output. */
  answersInto(vector: Float64Array, output: number, scale: number): void {
    if (scale === 0) return;
    const start = output * this.#size;
    for (let i = 0; i < this.#size; i++) vector[i]! += scale * (this.#answers[start + i]! - this.#centredAnswers[output]!);
  }
}
