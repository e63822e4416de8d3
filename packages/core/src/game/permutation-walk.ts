import type { Random } from "../tensor/random.ts";
import type { BitMatrix } from "./bit-matrix.ts";

/** The players before each step of random permutations, as coalitions: made ahead of where their worth is read. */
export class PermutationWalk {
  readonly antithetic: boolean;
  readonly #random: Random;
  readonly #players: number;
  readonly #present: Uint32Array;
  readonly #ahead: Int32Array[] = [];
  #drawn: Int32Array = new Int32Array(0);
  #reverseNext: boolean = false;
  #current: Int32Array = new Int32Array(0);

  constructor(players: number, random: Random, antithetic: boolean) {
    this.antithetic = antithetic;
    this.#players = players;
    this.#random = random;
    this.#present = new Uint32Array(Math.max(1, (players + 31) >>> 5));
  }

  /** Writes the coalition of the first `step + 1` players; step 0 begins the next permutation. */
  fill(coalitions: BitMatrix, row: number, step: number): void {
    if (step === 0) {
      this.#draw();
      this.#present.fill(0);
    }
    const player = this.#drawn[step]!; // step 0 has drawn one
    this.#present[player >>> 5]! |= 1 << (player & 31);
    coalitions.words.set(this.#present, row * coalitions.stride);
  }

  /** The permutation whose coalitions are read now. */
  get current(): Int32Array {
    return this.#current;
  }

  /** Goes on to the next permutation whose coalitions have been written. */
  next(): Int32Array {
    this.#current = this.#ahead.shift() ?? this.#current;
    return this.#current;
  }

  #draw(): void {
    this.#drawn = this.#reverseNext ? this.#drawn.toReversed() : this.#random.permutation(this.#players);
    this.#reverseNext = this.antithetic && !this.#reverseNext;
    this.#ahead.push(this.#drawn);
  }
}
