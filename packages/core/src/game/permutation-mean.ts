/**
 * The mean of what players add, over permutations, and its standard error from units of one permutation or of an antithetic pair.
 * Sums are updated by Welford's method, so that large worths with small differences lose nothing.
 */
export class PermutationMean {
  readonly #players: number;
  readonly #outputs: number;
  readonly #unitSize: number;
  /** `[outputs][players]`, like all below: what was added in the unit under way. */
  readonly #unit: Float64Array;
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;
  permutations = 0;
  units = 0;

  constructor(players: number, outputs: number, unitSize: number) {
    this.#players = players;
    this.#outputs = outputs;
    this.#unitSize = unitSize;
    this.#unit = new Float64Array(players * outputs);
    this.#mean = new Float64Array(players * outputs);
    this.#squares = new Float64Array(players * outputs);
  }

  /** A player joins: the worth changes from `before` to `after`. */
  add(player: number, after: Float64Array, before: Float64Array): void {
    for (let output = 0; output < this.#outputs; output++)
      this.#unit[output * this.#players + player]! += after[output]! - before[output]!;
  }

  finishPermutation(): void {
    this.permutations++;
    if (this.permutations % this.#unitSize !== 0) return;
    this.units++;
    for (let i = 0; i < this.#unit.length; i++) {
      const value = this.#unit[i]! / this.#unitSize;
      const distance = value - this.#mean[i]!;
      this.#mean[i]! += distance / this.units;
      this.#squares[i]! += distance * (value - this.#mean[i]!);
      this.#unit[i] = 0;
    }
  }

  /** The mean over all permutations, one that has no partner included. */
  values(): Float64Array {
    const values = Float64Array.from(this.#mean);
    if (this.permutations % this.#unitSize === 0) return values;
    const paired = this.units * this.#unitSize;
    for (let i = 0; i < values.length; i++) values[i] = (values[i]! * paired + this.#unit[i]!) / this.permutations;
    return values;
  }

  /** Absent while there are fewer than two units. */
  standardErrors(): Float64Array | undefined {
    if (this.units < 2) return undefined;
    const errors = new Float64Array(this.#squares.length);
    for (let i = 0; i < errors.length; i++) errors[i] = Math.sqrt(this.#squares[i]! / (this.units - 1) / this.units);
    return errors;
  }
}
