import { checkWhole } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";
import { evaluate } from "../game/evaluate.ts";
import type { FeatureSwitch } from "../game/feature-switch.ts";
import type { Estimate, EstimatorOptions, Game } from "../game/game.ts";
import { PermutationMean } from "../game/permutation-mean.ts";
import { assertModel } from "../model/assert-model.ts";
import { resolveFeatureMask } from "../model/feature-mask.ts";
import type { Model } from "../model/model.ts";
import { type Random, seededRandom } from "../tensor/random.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { Inputs, PerturbationOptions } from "./options.ts";
import { countedInputs, featuresSwitch, lastResult, methodScope, resultStream, TensorExplanation } from "./tensor-explanation.ts";

/** What {@link FeaturePermutation} is asked: the target, the features, and how many permutations are averaged. */
export interface FeaturePermutationOptions extends Omit<PerturbationOptions, "baselines"> {
  /** Different permutations of the examples to average over. @defaultValue 5 */
  readonly samples?: number | undefined;
  /** @defaultValue 0 */
  readonly seed?: number | undefined;
}

/** How {@link FeaturePermutation} exchanges examples. */
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
 *
 * @example
 * ```ts
 * import { FeaturePermutation, functionModel } from "@attr/core";
 *
 * const rent = functionModel<"flat">(({ flat }) =>
 *   Array.from({ length: flat.shape[0] ?? 0 }, (_, n) => Number(flat.data[2 * n]) * (9 - 0.05 * Number(flat.data[2 * n + 1]))),
 * );
 * const flat = [[72, 38], [50, 5], [90, 60]];
 * const { attributions } = await new FeaturePermutation(rent).attribute({ flat }, { samples: 5, seed: 1 });
 * console.log(attributions["flat"]?.toArray());
 * ```
 */
export class FeaturePermutation<M extends Model = Model> {
  readonly name = "FeaturePermutation";
  readonly mixesExamples = true;
  readonly model: M;
  readonly #permute: FeaturePermutationSettings["permute"];

  constructor(model: M, settings: FeaturePermutationSettings = {}) {
    assertModel(model, "model");
    this.model = model;
    this.#permute = settings.permute;
  }

  /** @throws InvalidArgumentError for options out of range, and for what does not fit the model. */
  async attribute(inputs: Inputs, options: FeaturePermutationOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { explanation, estimates } = await this.#prepare(inputs, options);
    return await lastResult(explanation, estimates);
  }

  /** A result after every permutation, each better than the one before; the last one is what `attribute` gives. */
  async *stream(inputs: Inputs, options: FeaturePermutationOptions = {}): AsyncGenerator<AttributionResult, void, void> {
    using _scope = methodScope(this.name, this.model);
    const { explanation, estimates } = await this.#prepare(inputs, options);
    yield* resultStream(explanation, estimates);
  }

  /** The same method, with the same settings, over another model. */
  over(model: M): FeaturePermutation<M> {
    return new FeaturePermutation(model, { permute: this.#permute });
  }

  async #prepare(
    inputs: Inputs,
    options: FeaturePermutationOptions,
  ): Promise<{ explanation: TensorExplanation; estimates: AsyncGenerator<Estimate, void, void> }> {
    const samples = options.samples ?? 5;
    checkWhole("samples", samples, 1);
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
    return { explanation, estimates: overOrders(explanation.game, features.players, orders.length, areAll, options) };
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

/**
 * Leave-one-out over features once for every permutation, the full coalition asked for once: the mean of what a feature costs, and its
 * standard error. Yields after every permutation.
 */
async function* overOrders(
  game: Game,
  features: number,
  orders: number,
  areAll: boolean,
  options: EstimatorOptions,
): AsyncGenerator<Estimate, void, void> {
  const rows = evaluate(
    game,
    1 + features * orders,
    (coalitions, row, at) => {
      coalitions.fillRow(row);
      if (at > 0) coalitions.set(row, at - 1, false);
    },
    options,
  );
  let mean: PermutationMean | undefined;
  let full: Float64Array = new Float64Array(0);
  let index = 0;
  for await (const worth of rows) {
    const at = index++;
    if (mean === undefined) {
      full = Float64Array.from(worth);
      mean = new PermutationMean(features, full.length, 1);
      if (features * orders > 0) continue;
    } else {
      mean.add((at - 1) % features, full, worth);
      if (at % features !== 0) continue;
      mean.finishPermutation();
    }
    const values = mean.values();
    const isExact = areAll && mean.permutations === orders;
    const standardErrors = isExact || features === 0 ? new Float64Array(values.length) : mean.standardErrors();
    yield {
      values,
      players: features,
      outputs: full.length,
      full,
      ...(standardErrors && { standardErrors }),
      coalitions: index,
      warnings: [],
    };
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
