import { InvalidArgumentError } from "../errors.ts";
import type { FeatureSwitch } from "../game/feature-switch.ts";
import type { Estimate } from "../game/game.ts";
import { leaveOneOut } from "../game/leave-one-out.ts";
import { assertModel } from "../model/assert-model.ts";
import { resolveFeatureMask } from "../model/feature-mask.ts";
import type { Model } from "../model/model.ts";
import { type Random, seededRandom } from "../tensor/random.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { Inputs, PerturbationOptions } from "./options.ts";
import { countedInputs, featuresSwitch, lastResult, methodScope, TensorExplanation } from "./tensor-explanation.ts";

export interface FeaturePermutationOptions extends Omit<PerturbationOptions, "baselines"> {
  /** Different permutations of the examples to average over. @defaultValue 5 */
  readonly samples?: number | undefined;
  /** @defaultValue 0 */
  readonly seed?: number | undefined;
}

export interface FeaturePermutationSettings {
  /**
   * Draws one permutation: entry `i` is the example whose values example `i` gets (any example, also one twice). Called `samples`
   * times.
   * @defaultValue a random order that is not the one they are in
   */
  readonly permute?: ((examples: number, random: Random) => ArrayLike<number>) | undefined;
}

/**
 * How much the output of an example falls when a feature takes the value it has in another example of the batch: `f(x) − f(x with the
 * feature's values permuted across examples)`, averaged over `samples` permutations. A permutation serves all features and all inputs,
 * so a feature that spans inputs moves as one.
 *
 * A batch of `n` examples has `n! − 1` orders other than its own; where `samples` is no less, each is taken once and the standard
 * errors are 0. `M` features and `P` permutations take `P · M + 1` rows an example. A batch of one cannot be permuted: its
 * attributions are 0, with a warning. Breiman, "Random forests", 2001.
 */
export class FeaturePermutation<M extends Model = Model> {
  readonly name = "FeaturePermutation";
  readonly model: M;
  readonly #permute: FeaturePermutationSettings["permute"];

  constructor(model: M, settings: FeaturePermutationSettings = {}) {
    assertModel(model, "model");
    this.model = model;
    this.#permute = settings.permute;
  }

  /** @throws InvalidArgumentError for options out of range, and for what does not fit the model. */
  async attribute(inputs: Inputs, options: FeaturePermutationOptions = {}): Promise<AttributionResult> {
    const samples = options.samples ?? 5;
    if (!Number.isInteger(samples) || samples < 1)
      throw new InvalidArgumentError(`samples must be a whole number from 1, got ${samples}`);
    using _scope = methodScope(this.name, this.model);
    const counted = await countedInputs(this.model, inputs, options.signal);
    const { values, examples } = counted.resolved;
    const features = featuresSwitch(resolveFeatureMask(values, options.featureMask, examples));
    const { orders, areAll } = this.#orders(examples, samples, seededRandom(options.seed ?? 0));
    const explanation = new TensorExplanation({
      method: this.name,
      source: this.model,
      counted,
      values,
      absent: values,
      featureSwitch: permutedSwitch(features, orders),
      features,
      target: options.target,
      warnings: examples === 1 ? ["a batch of one example cannot be permuted: all attributions are 0"] : [],
    });
    return await lastResult(
      explanation,
      averaged(leaveOneOut(explanation.game, options), features.players, orders.length, areAll),
    );
  }

  #orders(examples: number, samples: number, random: Random): { orders: readonly Int32Array[]; areAll: boolean } {
    if (examples === 1) return { orders: [], areAll: true };
    if (this.#permute) {
      const permute = this.#permute;
      return { orders: Array.from({ length: samples }, () => checkOrder(permute(examples, random), examples)), areAll: false };
    }
    if (factorial(examples) - 1 <= samples) return { orders: everyOrder(examples), areAll: true };
    const drawn = new Map<string, Int32Array>([[identity(examples).join(), identity(examples)]]);
    while (drawn.size <= samples) {
      const order = random.permutation(examples);
      drawn.set(order.join(), order);
    }
    return { orders: [...drawn.values()].slice(1), areAll: false };
  }
}

/** Features once for every permutation: player `p · M + m` is feature `m`, and absent its values come from permutation `p`. */
function permutedSwitch(features: FeatureSwitch, orders: readonly Int32Array[]): FeatureSwitch {
  const count = features.players;
  return {
    players: count * orders.length,
    isPartition: false,
    runs: (input, example, player) => features.runs(input, example, player % count),
    absentExample: (example, player) => orders[Math.floor(player / count)]![example]!,
  };
}

/** The mean over permutations of what their players got, and its standard error. */
async function* averaged(
  estimates: AsyncIterable<Estimate>,
  players: number,
  orders: number,
  areAll: boolean,
): AsyncGenerator<Estimate, void, void> {
  for await (const estimate of estimates) {
    const { outputs } = estimate;
    const values = new Float64Array(outputs * players);
    const errors = new Float64Array(outputs * players);
    for (let output = 0; output < outputs; output++)
      for (let player = 0; player < players; player++) {
        const at = (order: number): number => estimate.values[(output * orders + order) * players + player]!;
        let sum = 0;
        for (let order = 0; order < orders; order++) sum += at(order);
        const mean = orders === 0 ? 0 : sum / orders;
        let squares = 0;
        for (let order = 0; order < orders; order++) squares += (at(order) - mean) ** 2;
        values[output * players + player] = mean;
        errors[output * players + player] = areAll ? 0 : Math.sqrt(squares / (orders - 1) / orders);
      }
    const { empty: _, ...rest } = estimate;
    yield { ...rest, values, players, ...((areAll || orders > 1) && { standardErrors: errors }) };
  }
}

function identity(examples: number): Int32Array {
  return Int32Array.from({ length: examples }, (_, i) => i);
}

function factorial(n: number): number {
  let product = 1;
  for (let i = 2; i <= n; i++) product *= i;
  return product;
}

/** All orders but the one they are in. */
function everyOrder(examples: number): Int32Array[] {
  const orders: Int32Array[] = [];
  const walk = (order: readonly number[]): void => {
    if (order.length === examples) orders.push(Int32Array.from(order));
    for (let next = 0; next < examples; next++) if (!order.includes(next)) walk([...order, next]);
  };
  walk([]);
  return orders.slice(1);
}

function checkOrder(order: ArrayLike<number>, examples: number): Int32Array {
  const checked = Int32Array.from(order);
  if (checked.length !== examples)
    throw new InvalidArgumentError(`permute must give one entry for each of the ${examples} examples, got ${checked.length}`);
  for (let i = 0; i < examples; i++)
    if (checked[i] !== order[i] || checked[i]! < 0 || checked[i]! >= examples)
      throw new InvalidArgumentError(`permute must give numbers of examples, 0 to ${examples - 1}, got ${String(order[i])}`);
  return checked;
}
