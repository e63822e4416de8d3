import type { BitMatrix } from "./bit-matrix.ts";
import type { Estimate } from "./game.ts";
import { symmetricSolver } from "./linear-algebra/cholesky.ts";
import { lasso } from "./linear-algebra/lasso.ts";

/** The linear model that is fitted, by scikit-learn's objectives; the intercept is fitted and not penalised. */
export type LimeRegressor =
  /** `1 / (2 Σw) Σ w (y − β₀ − zβ)² + alpha ‖β‖₁` */
  | { readonly kind: "lasso"; readonly alpha: number }
  /** `Σ w (y − β₀ − zβ)² + alpha ‖β‖₂²` */
  | { readonly kind: "ridge"; readonly alpha: number }
  /** `Σ w (y − β₀ − zβ)²` */
  | { readonly kind: "linear" };

export interface LimeFitOptions {
  readonly coalitions: BitMatrix;
  readonly draws: Int32Array;
  /** Every coalition is taken once: nothing is left to chance. */
  readonly isWhole: boolean;
  readonly regressor: LimeRegressor;
  readonly warnings: readonly string[];
}

/** Groups of draws whose leaving out tells the sampling error. */
const jackknifeGroups = 10;
/** Memory their matrices may take; of several thousand features there are fewer groups, or none. */
const jackknifeBytes = 2 ** 30;

/**
 * LIME's regressions as worths come in: one for every output, over the same coalitions. The weights may differ from output to
 * output (every example has distances of its own); outputs whose weights are equal throughout share one matrix.
 */
export class LimeFit {
  readonly #options: LimeFitOptions;
  readonly #worths: Float64Array[] = [];
  readonly #weights: (Float64Array | number)[] = [];
  #full: Float64Array | undefined;
  #empty: Float64Array | undefined;

  constructor(options: LimeFitOptions) {
    this.#options = options;
  }

  get rows(): number {
    return this.#worths.length;
  }

  /** The next coalition of the plan, with its kernel weight (one number for all outputs, or one each). */
  add(worth: Float64Array, weight: Float64Array | number): void {
    const present = this.#options.coalitions.count(this.rows);
    if (present === this.#options.coalitions.columns) this.#full = worth;
    if (present === 0) this.#empty = worth;
    this.#worths.push(worth);
    this.#weights.push(weight);
  }

  estimate(): Estimate {
    const { coalitions, isWhole } = this.#options;
    let { warnings } = this.#options;
    const size = coalitions.columns;
    const outputs = this.#worths[0]!.length;
    const values = new Float64Array(outputs * size);
    const intercept = new Float64Array(outputs);
    const rSquared = new Float64Array(outputs);
    // Groups of draws are runs of the plan; draws of coalitions not evaluated yet are not part of this estimate.
    const draws = this.#evaluatedDraws();
    const affordable = Math.min(jackknifeGroups, Math.floor(jackknifeBytes / (8 * size * size + 1)));
    const groups = !isWhole && draws.length >= 2 * affordable && affordable >= 4 ? affordable : 1;
    const standardErrors = isWhole || groups > 1 ? new Float64Array(outputs * size) : undefined;
    for (const sharing of this.#outputsByWeights(outputs)) {
      const moments = this.#moments(sharing, draws, groups);
      const whole = WeightedMoments.sum(moments);
      const isDetermined = whole.solve(this.#options.regressor, (at, coefficients, fitted) => {
        const output = sharing[at]!;
        values.set(coefficients, output * size);
        intercept[output] = fitted.intercept;
        rSquared[output] = fitted.rSquared;
      });
      if (whole.isWeightless && warnings.length === 0)
        warnings = ["every coalition's kernel weight is 0, so nothing could be fitted; give the kernel a larger width"];
      if (!isDetermined && warnings.length === 0)
        warnings = [
          "the coalitions drawn do not determine the attributions, which are those of least norm; ask for more samples",
        ];
      if (groups === 1 || !standardErrors) continue;
      for (const left of moments)
        whole.without(left).solve(this.#options.regressor, (at, coefficients) => {
          const start = sharing[at]! * size;
          for (let i = 0; i < size; i++) {
            const distance = coefficients[i]! - values[start + i]!;
            standardErrors[start + i]! += ((groups - 1) / groups) * distance * distance;
          }
        });
      for (const output of sharing)
        for (let i = output * size; i < (output + 1) * size; i++) standardErrors[i] = Math.sqrt(standardErrors[i]!);
    }
    return {
      values,
      players: size,
      outputs,
      ...(this.#full && { full: Float64Array.from(this.#full) }),
      ...(this.#empty && { empty: Float64Array.from(this.#empty) }),
      ...(standardErrors && { standardErrors }),
      coalitions: this.rows,
      intercept,
      rSquared,
      warnings,
    };
  }

  #evaluatedDraws(): Int32Array {
    const { draws } = this.#options;
    return this.rows === this.#options.coalitions.rows ? draws : draws.filter((row) => row < this.rows);
  }

  /** Outputs in groups of equal weights on every coalition. */
  #outputsByWeights(outputs: number): Int32Array[] {
    const groupOf = new Int32Array(outputs);
    let groups = Math.min(1, outputs);
    for (const weight of this.#weights) {
      if (typeof weight === "number") continue;
      const parts = new Map<string, number>();
      const before = groups;
      const first = new Map<number, string>();
      for (let output = 0; output < outputs; output++) {
        const group = groupOf[output]!;
        if (group >= before) continue;
        const part = `${group}:${weight[output]}`;
        if (!first.has(group)) first.set(group, part);
        if (first.get(group) === part) continue;
        let split = parts.get(part);
        if (split === undefined) {
          split = groups++;
          parts.set(part, split);
        }
        groupOf[output] = split;
      }
    }
    const members: number[][] = Array.from({ length: groups }, () => []);
    groupOf.forEach((group, output) => {
      members[group]!.push(output);
    });
    return members.map((outputsOfGroup) => Int32Array.from(outputsOfGroup));
  }

  #moments(outputs: Int32Array, draws: Int32Array, groups: number): WeightedMoments[] {
    const { coalitions } = this.#options;
    const representative = outputs[0]!;
    const origin = this.#worths[0]!;
    const moments = Array.from(
      { length: groups },
      () =>
        new WeightedMoments(
          coalitions.columns,
          outputs.length,
          Float64Array.from(outputs, (output) => origin[output]!),
        ),
    );
    const answers = new Float64Array(outputs.length);
    for (let draw = 0; draw < draws.length; draw++) {
      const row = draws[draw]!;
      const weight = this.#weights[row]!;
      const worth = this.#worths[row]!;
      for (let i = 0; i < outputs.length; i++) answers[i] = worth[outputs[i]!]! - origin[outputs[i]!]!;
      moments[Math.floor((draw * groups) / draws.length)]!.add(
        coalitions.columnsOf(row),
        typeof weight === "number" ? weight : weight[representative]!,
        answers,
      );
    }
    return moments;
  }
}

/** Weighted sums from which a linear model with an intercept is fitted for many answers over one design of zeros and ones. */
class WeightedMoments {
  readonly #size: number;
  /** What was taken from every answer before it was added, so that large worths with small differences lose nothing. */
  readonly #origin: Float64Array;
  #weight = 0;
  /** `Σ w z` */
  readonly #sums: Float64Array;
  /** `Σ w z zᵀ`, the lower half. */
  readonly #products: Float64Array;
  /** `Σ w y` and `Σ w y²`, one entry an answer. */
  readonly #answers: Float64Array;
  readonly #squares: Float64Array;
  /** `Σ w y z`, `[answers][size]`. */
  readonly #joint: Float64Array;

  constructor(size: number, answers: number, origin: Float64Array) {
    this.#size = size;
    this.#origin = origin;
    this.#sums = new Float64Array(size);
    this.#products = new Float64Array(size * size);
    this.#answers = new Float64Array(answers);
    this.#squares = new Float64Array(answers);
    this.#joint = new Float64Array(answers * size);
  }

  static sum(parts: readonly WeightedMoments[]): WeightedMoments {
    const total = new WeightedMoments(parts[0]!.#size, parts[0]!.#answers.length, parts[0]!.#origin);
    for (const part of parts) total.#accumulate(part, 1);
    return total;
  }

  without(part: WeightedMoments): WeightedMoments {
    const rest = WeightedMoments.sum([this]);
    rest.#accumulate(part, -1);
    return rest;
  }

  get isWeightless(): boolean {
    return !(this.#weight > 0);
  }

  add(present: Int32Array, weight: number, answers: Float64Array): void {
    const size = this.#size;
    this.#weight += weight;
    for (let i = 0; i < present.length; i++) {
      const row = present[i]! * size;
      this.#sums[present[i]!]! += weight;
      for (let j = 0; j <= i; j++) this.#products[row + present[j]!]! += weight;
    }
    for (let answer = 0; answer < answers.length; answer++) {
      const share = weight * answers[answer]!;
      this.#answers[answer]! += share;
      this.#squares[answer]! += share * answers[answer]!;
      const start = answer * size;
      for (const player of present) this.#joint[start + player]! += share;
    }
  }

  /**
   * Fits every answer; `take` gets its number, its coefficients (reused) and how well they fit. False where the design does not
   * determine the coefficients.
   */
  solve(
    regressor: LimeRegressor,
    take: (answer: number, coefficients: Float64Array, fitted: { intercept: number; rSquared: number }) => void,
  ): boolean {
    const size = this.#size;
    const weight = this.#weight > 0 ? this.#weight : 1;
    const mean = this.#sums.map((sum) => sum / weight);
    const covariance = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) {
        const value = this.#products[i * size + j]! / weight - mean[i]! * mean[j]!;
        covariance[i * size + j] = value;
        covariance[j * size + i] = value;
      }
    // A player that is always or never there has no variance but what rounding leaves.
    for (let i = 0; i < size; i++) {
      if (covariance[i * size + i]! > 1e-14) continue;
      for (let j = 0; j < size; j++) covariance[i * size + j] = covariance[j * size + i] = 0;
    }
    const solver = regressor.kind === "lasso" ? undefined : symmetricSolver(withRidge(covariance, size, regressor, weight), size);
    const coefficients = new Float64Array(size);
    for (let answer = 0; answer < this.#answers.length; answer++) {
      const answerMean = this.#answers[answer]! / weight;
      const withAnswer = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        const moves = covariance[i * size + i]! > 0;
        withAnswer[i] = moves ? this.#joint[answer * size + i]! / weight - mean[i]! * answerMean : 0;
      }
      if (solver) {
        coefficients.set(withAnswer);
        solver.solve(coefficients);
      } else if (regressor.kind === "lasso") {
        coefficients.fill(0);
        lasso(covariance, size, withAnswer, regressor.alpha, coefficients);
      }
      let intercept = this.#origin[answer]! + answerMean;
      let explained = 0; // 2 cᵀβ − βᵀCβ: what the coefficients take from the variance
      for (let i = 0; i < size; i++) {
        const value = coefficients[i]!;
        intercept -= mean[i]! * value;
        let fitted = 0;
        for (let j = 0; j < size; j++) fitted += covariance[i * size + j]! * coefficients[j]!;
        explained += value * (2 * withAnswer[i]! - fitted);
      }
      const secondMoment = this.#squares[answer]! / weight;
      const variance = secondMoment - answerMean * answerMean;
      // An answer that never changes is fitted whole by its intercept.
      const isConstant = variance <= 1e-14 * secondMoment;
      take(answer, coefficients, { intercept, rSquared: isConstant ? 1 : explained / variance });
    }
    return !solver?.singular;
  }

  #accumulate(part: WeightedMoments, sign: 1 | -1): void {
    this.#weight += sign * part.#weight;
    addInto(this.#sums, part.#sums, sign);
    addInto(this.#products, part.#products, sign);
    addInto(this.#answers, part.#answers, sign);
    addInto(this.#squares, part.#squares, sign);
    addInto(this.#joint, part.#joint, sign);
  }
}

/** The normal matrix divided by the sum of weights, as the covariance is. */
function withRidge(covariance: Float64Array, size: number, regressor: LimeRegressor, weight: number): Float64Array {
  if (regressor.kind !== "ridge") return covariance;
  const matrix = Float64Array.from(covariance);
  for (let i = 0; i < size; i++) matrix[i * size + i]! += regressor.alpha / weight;
  return matrix;
}

function addInto(total: Float64Array, part: Float64Array, sign: number): void {
  for (let i = 0; i < total.length; i++) total[i]! += sign * part[i]!;
}
