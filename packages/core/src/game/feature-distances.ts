import { sizeOf } from "../tensor/shape.ts";
import type { RowSources } from "./row-feeds.ts";

/**
 * How far the input with some features absent is from the input itself, over all inputs of an example as one vector. What every
 * player brings to the two lengths and to their product is summed up once, so that a coalition costs one look at its players.
 */
export class FeatureDistances {
  readonly #players: number;
  /** `[examples][players]`, like all below: the sum of `x²` over the player's elements. */
  readonly #present: Float64Array;
  /** Of `x · b`, of `b²` and of `(x − b)²`, `b` being the absent value. */
  readonly #mixed: Float64Array;
  readonly #absent: Float64Array;
  readonly #moved: Float64Array;

  private constructor(players: number, examples: number) {
    this.#players = players;
    this.#present = new Float64Array(players * examples);
    this.#mixed = new Float64Array(players * examples);
    this.#absent = new Float64Array(players * examples);
    this.#moved = new Float64Array(players * examples);
  }

  static async of({ backend, present, absent, featureSwitch }: RowSources): Promise<FeatureDistances> {
    const { players } = featureSwitch;
    const names = Object.keys(present);
    const examples = present[names[0]!]!.shape[0]!;
    const distances = new FeatureDistances(players, examples);
    for (const name of names) {
      const here = await backend.read(present[name]!);
      const instead = await backend.read(absent[name]!);
      const elements = sizeOf(here.shape.slice(1));
      for (let example = 0; example < examples; example++) {
        const other = instead.shape[0] === 1 ? 0 : example * elements;
        for (let player = 0; player < players; player++) {
          const runs = featureSwitch.runs(name, example, player);
          for (let run = 0; run < runs.length; run += 2)
            for (let i = runs[run]!; i < runs[run + 1]!; i++)
              distances.#add(
                example * players + player,
                Number(here.data[example * elements + i]),
                Number(instead.data[other + i]),
              );
        }
      }
    }
    return distances;
  }

  /** Cosine: `1 − cos` of the angle, 1 where either vector is zero. */
  distance(example: number, present: Int32Array, metric: "cosine" | "euclidean"): number {
    const start = example * this.#players;
    let squaredInput = 0;
    let squaredPerturbed = 0;
    let product = 0;
    let moved = 0;
    for (let i = start; i < start + this.#players; i++) {
      squaredInput += this.#present[i]!;
      squaredPerturbed += this.#absent[i]!;
      product += this.#mixed[i]!;
      moved += this.#moved[i]!;
    }
    if (metric === "euclidean") {
      for (const player of present) moved -= this.#moved[start + player]!;
      return Math.sqrt(Math.max(0, moved));
    }
    for (const player of present) {
      squaredPerturbed += this.#present[start + player]! - this.#absent[start + player]!;
      product += this.#present[start + player]! - this.#mixed[start + player]!;
    }
    const lengths = Math.sqrt(Math.max(0, squaredInput)) * Math.sqrt(Math.max(0, squaredPerturbed));
    return lengths > 0 ? 1 - product / lengths : 1;
  }

  #add(at: number, here: number, instead: number): void {
    this.#present[at]! += here * here;
    this.#mixed[at]! += here * instead;
    this.#absent[at]! += instead * instead;
    this.#moved[at]! += (here - instead) ** 2;
  }
}
