import { checkWhole } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";
import { type HostValues, readHostValues } from "../gradient/host-values.ts";
import type { Inputs, PerturbationOptions } from "../methods/options.ts";
import { countedInputs, methodScope } from "../methods/tensor-explanation.ts";
import { resolveBaselines } from "../model/baselines.ts";
import { type FeatureMask, type ResolvedFeatureMask, resolveFeatureMask } from "../model/feature-mask.ts";
import type { Model } from "../model/model.ts";
import { seededRandom } from "../tensor/random.ts";
import type { HostData } from "../tensor/tensor.ts";
import { type Explanation, readAttributions } from "./explanation.ts";
import { asTensors, type Perturb, readPerturbed } from "./perturb.ts";
import { runSets } from "./run-sets.ts";
import type { SampledMetric } from "./sampled-metric.ts";

/** How inputs are perturbed for {@link infidelity}, how often, and what is explained. */
export interface InfidelityOptions extends PerturbationOptions {
  /**
   * The mask that the method was given, where it gave every element of a feature the feature's whole attribution: it then counts once, by
   * the mean of its elements' moves.
   *
   * @defaultValue every element counts
   */
  readonly featureMask?: FeatureMask | undefined;
  /** Makes the perturbed inputs of a sample. */
  readonly perturb: Perturb;
  /** Perturbations of every example. @defaultValue 10 */
  readonly samples?: number | undefined;
  /** Scales the attributions of each example to where its infidelity is least, so that it does not hang on their unit. @defaultValue false */
  readonly normalize?: boolean | undefined;
  /**
   * Whether attributions are contributions, which have been multiplied by the input's distance from its baseline (`IntegratedGradients`,
   * `FeatureAblation`), or rates of change (`Saliency`). It tells what a move of an element counts, where `perturb` does not say: the share
   * of the way to the baseline, or the distance.
   *
   * @defaultValue true
   */
  readonly multiplyByInputs?: boolean | undefined;
  /** Starts the stream of random numbers. @defaultValue 0 */
  readonly seed?: number | undefined;
}

/**
 * How far attributions are from telling how the output changes: the mean over perturbations of `(Σ a·I − (f(x) − f(x̃)))²`, where `I` is
 * how far `x̃` is from `x`. 0 is best; the unit is the output's, squared. Without `normalize` it grows with the square of the attributions.
 *
 * `1 + samples` rows an example, packed into as few calls as fit. Yeh, Hsieh, Suggala, Inouye and Ravikumar, "On the (in)fidelity and
 * sensitivity of explanations", 2019.
 *
 * @param explanation A method's result; its target is taken where the options have none.
 * @throws InvalidArgumentError for perturbed inputs and attributions of another shape than the inputs, and for what does not fit the model.
 */
export async function infidelity(
  model: Model,
  inputs: Inputs,
  explanation: Explanation,
  options: InfidelityOptions,
): Promise<SampledMetric> {
  if (typeof options?.perturb !== "function")
    throw new InvalidArgumentError(
      "infidelity needs perturb: a function of inputs and random numbers that returns { perturbed }",
    );
  const { perturb, samples = 10, normalize = false, multiplyByInputs = true, seed = 0 } = options;
  checkWhole("samples", samples, 1);
  using _scope = methodScope("infidelity", model);
  const { resolved, cost } = await countedInputs(model, inputs, options.signal);
  const { examples } = resolved;
  const fitted = await resolveBaselines(resolved, options.baselines);
  const given = readAttributions(explanation, fitted.values);
  const attributions =
    options.featureMask === undefined
      ? given
      : sharedOut(given, resolveFeatureMask(fitted.values, options.featureMask, examples), examples);
  const values = await readHostValues(resolved.model, fitted.values);
  const baselines = await readHostValues(resolved.model, fitted.baselines);
  const random = seededRandom(seed);

  // What the attributions say of every sample, `[sample][example]`.
  const said = new Float64Array(samples * examples);
  const perturbed = async (sample: number): Promise<HostValues> => {
    const made = await perturb(asTensors(values), random.fork(`perturbation ${sample}`));
    const moved = readPerturbed(made.perturbed, values, "perturbed");
    const moves = made.perturbations && readPerturbed(made.perturbations, values, "perturbations", "float64");
    for (const [name, own] of Object.entries(attributions)) {
      if ((moves ?? moved)[name] === undefined) continue;
      const move =
        moves === undefined
          ? movesOf(values[name]!, moved[name]!, multiplyByInputs ? baselines[name] : undefined)
          : moves[name]!.data;
      const width = own.length / examples;
      for (let i = 0; i < own.length; i++) said[sample * examples + Math.floor(i / width)]! += own[i]! * Number(move[i]);
    }
    return { ...values, ...moved };
  };
  const outputs = await runSets(
    resolved.model,
    options.target ?? explanation.target,
    values,
    1 + samples,
    (set) => (set === 0 ? values : perturbed(set - 1)),
    options,
  );

  const each = Array.from({ length: examples }, (_, example) => {
    const tell = (sample: number): number => said[sample * examples + example]!;
    const fell = (sample: number): number => outputs[example]! - outputs[(1 + sample) * examples + example]!;
    let [both, own] = [0, 0];
    for (let sample = 0; sample < samples; sample++) {
      both += tell(sample) * fell(sample);
      own += tell(sample) ** 2;
    }
    const scale = normalize ? (own === 0 ? 0 : both / own) : 1;
    return Array.from({ length: samples }, (__, sample) => (scale * tell(sample) - fell(sample)) ** 2);
  });
  return {
    metric: "infidelity",
    ...(explanation.method !== undefined && { method: explanation.method }),
    samples,
    score: each.map((errors) => errors.reduce((sum, error) => sum + error, 0) / samples),
    values: each,
    evaluations: cost,
  };
}

/** How far every element has moved; with a baseline as the share of the way there, or where there is none the distance. */
function movesOf(from: HostData, to: HostData, baseline: HostData | undefined): Float64Array {
  const moves = new Float64Array(from.data.length);
  for (let i = 0; i < moves.length; i++) {
    const start = Number(from.data[i]!);
    const way = baseline === undefined ? 1 : start - Number(baseline.data[i % baseline.data.length]!);
    moves[i] = (start - Number(to.data[i]!)) / (way === 0 ? 1 : way);
  }
  return moves;
}

/** Every attribution divided by the number of elements of its feature. */
function sharedOut(
  attributions: Readonly<Record<string, Float64Array>>,
  { players, features }: ResolvedFeatureMask,
  examples: number,
): Record<string, Float64Array> {
  const inputs = Object.entries(features).map(([name, { data, shape }]) => {
    const width = attributions[name]!.length / examples;
    return { name, data, width, rows: shape[0]!, out: attributions[name]!.slice() };
  });
  for (let example = 0; example < examples; example++) {
    const sizes = new Float64Array(players);
    for (const { data, width, rows } of inputs)
      for (let i = 0, from = rows === 1 ? 0 : example * width; i < width; i++) sizes[data[from + i]!]!++;
    for (const { data, width, rows, out } of inputs)
      for (let i = 0, from = rows === 1 ? 0 : example * width; i < width; i++)
        out[example * width + i]! /= sizes[data[from + i]!]!;
  }
  return Object.fromEntries(inputs.map(({ name, out }) => [name, out]));
}
