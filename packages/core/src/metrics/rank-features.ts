import { InvalidArgumentError } from "../errors.ts";
import { memoise } from "../game/memoise.ts";
import { type PlayerMap, partitionSwitch } from "../game/partition-switch.ts";
import { tensorGame } from "../game/tensor-game.ts";
import type { Inputs, PerturbationOptions } from "../methods/options.ts";
import { countedInputs, methodScope } from "../methods/tensor-explanation.ts";
import { resolveBaselines } from "../model/baselines.ts";
import { type ResolvedFeatureMask, resolveFeatureMask } from "../model/feature-mask.ts";
import type { Model } from "../model/model.ts";
import { sizeOf } from "../tensor/shape.ts";
import { checkOneNumber, type Explanation, readAttributions } from "./explanation.ts";
import { type RankedGame, type RankOptions, strongestFirst } from "./ranked-game.ts";

/** Which elements are one feature, how scores become an order, and what an absent feature becomes. */
export interface RankFeaturesOptions extends RankOptions, Omit<PerturbationOptions, "onProgress"> {}

/**
 * The features of a model's inputs, ranked by an explanation for each example by itself: what deletion and insertion curves,
 * comprehensiveness and sufficiency measure. A feature's score is the mean of its elements' attributions. An absent feature takes its
 * baseline, and what is measured depends on it: measure with two kinds of baselines at least.
 *
 * The model is called when something is measured, and here only where a layer is to be computed.
 *
 * @param explanation A method's result; its target is taken where the options have none.
 * @throws InvalidArgumentError for attributions of another shape than the inputs, and for what does not fit the model.
 *
 * @example
 * ```ts
 * import { deletionCurve, FeatureAblation, functionModel, hostBackend, rankFeatures } from "@attr/core";
 *
 * const model = functionModel<"x">(({ x }) => hostBackend.sum(x, [1]), { inputs: ["x"] });
 * const x = [[1, 3, 2]];
 * using ranked = await rankFeatures(model, { x }, await new FeatureAblation(model).attribute({ x }));
 * const { values, score } = await deletionCurve(ranked, { randomOrders: 10 });
 * console.log(values, score); // [[6, 3, 1, 0]] and the area under it
 * ```
 */
export async function rankFeatures(
  model: Model,
  inputs: Inputs,
  explanation: Explanation,
  options: RankFeaturesOptions = {},
): Promise<RankedGame> {
  const scope = methodScope("rankFeatures", model);
  try {
    const { resolved, cost } = await countedInputs(model, inputs, options.signal);
    const { values, baselines } = await resolveBaselines(resolved, options.baselines);
    const { examples } = resolved;
    const mask = resolveFeatureMask(values, options.featureMask, examples);
    const { players } = mask;
    if (players === 0) throw new InvalidArgumentError("the inputs have no elements, so there is nothing to rank");
    const places = placesOf(mask, readAttributions(explanation, values), examples, options.abs);
    const target = options.target ?? explanation.target;
    const featureSwitch = partitionSwitch(players, places);
    const game = tensorGame({ model: resolved.model, values, absent: baselines, featureSwitch, target });
    return {
      game: memoise({
        players,
        batchSize: game.batchSize,
        async *value(coalitions, signal) {
          for await (const worth of game.value(coalitions, signal)) {
            checkOneNumber(worth.length, examples);
            yield worth;
          }
        },
      }),
      order: Int32Array.from({ length: players }, (_, place) => place),
      method: explanation.method,
      cost: () => cost,
      [Symbol.dispose]: () => scope[Symbol.dispose](),
    };
  } catch (error) {
    scope[Symbol.dispose]();
    throw error;
  }
}

/**
 * For every element its feature's place in the order of its example. As the players of a game, places make one coalition take from every
 * example what is strongest there.
 */
function placesOf(
  { players, features }: ResolvedFeatureMask,
  attributions: Readonly<Record<string, Float64Array>>,
  examples: number,
  abs: boolean | undefined,
): Record<string, PlayerMap> {
  const inputs = Object.entries(features).map(([name, { data, shape }]) => {
    const elements = sizeOf(shape.slice(1));
    const places: PlayerMap = { rows: examples, elements, players: new Int32Array(examples * elements) };
    return { name, data, rows: shape[0]!, elements, scores: attributions[name]!, places };
  });
  for (let example = 0; example < examples; example++) {
    const sums = new Float64Array(players);
    const sizes = new Float64Array(players);
    for (const { data, rows, elements, scores } of inputs)
      for (let i = 0, from = rows === 1 ? 0 : example * elements; i < elements; i++) {
        sums[data[from + i]!]! += scores[example * elements + i]!;
        sizes[data[from + i]!]!++;
      }
    // What the example does not have is NaN here, and last.
    const order = strongestFirst(
      sums.map((sum, player) => sum / sizes[player]!),
      abs,
    );
    const own = sizes.filter((size) => size > 0).length;
    const place = new Int32Array(players);
    // Where examples have different numbers of features, equal places are equal shares of them.
    for (let rank = 0; rank < own; rank++) place[order[rank]!] = Math.floor((rank * players) / own);
    for (const { data, rows, elements, places } of inputs)
      for (let i = 0, from = rows === 1 ? 0 : example * elements; i < elements; i++)
        places.players[example * elements + i] = place[data[from + i]!]!;
  }
  return Object.fromEntries(inputs.map(({ name, places }) => [name, places]));
}
