import { InvalidArgumentError, UnsupportedError } from "../errors.ts";
import type { FeatureSwitch } from "../game/feature-switch.ts";
import type { Estimate } from "../game/game.ts";
import { partitionSwitch } from "../game/partition-switch.ts";
import { type TensorGame, tensorGame } from "../game/tensor-game.ts";
import { resolveBaselines } from "../model/baselines.ts";
import { isModel } from "../model/capabilities.ts";
import { resolveFeatureMask } from "../model/feature-mask.ts";
import { type ModelInputs, resolveInputs } from "../model/inputs.ts";
import type { Model, NamedTensors } from "../model/model.ts";
import { onCall } from "../model/on-call.ts";
import type { Target } from "../model/target.ts";
import type { AbortSignalLike } from "../signal.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Scope } from "../tensor/tensor.ts";
import { AttributionResult } from "./attribution-result.ts";
import type { Explainable } from "./method.ts";
import type { Inputs, PerturbationOptions } from "./options.ts";
import { spread } from "./spread.ts";

/** Inputs resolved at the door, with the calls the model is asked for counted from the first on. */
export interface CountedInputs {
  readonly resolved: ModelInputs;
  readonly cost: { calls: number; rows: number; gradients?: number };
}

/**
 * What tensors a method makes on its model's backend live in, from the door to the result.
 *
 * @throws UnsupportedError for a language model, which is explained through `LLMAttribution`.
 */
export function methodScope(method: string, model: Explainable): Scope {
  if (isModel(model)) return model.backend.scope();
  throw new UnsupportedError(
    `${method}.attribute takes tensors, and its model is a language model: wrap the method, new LLMAttribution(method, tokenizer), and call attribute there`,
  );
}

export async function countedInputs(model: Model, inputs: Inputs, signal: AbortSignalLike | undefined): Promise<CountedInputs> {
  signal?.throwIfAborted();
  const cost: CountedInputs["cost"] = { calls: 0, rows: 0 };
  const counted = onCall(model, ({ rows, wrt }) => {
    cost.calls++;
    cost.rows += rows;
    if (wrt !== undefined) cost.gradients = (cost.gradients ?? 0) + 1;
  });
  return { resolved: await resolveInputs(counted, inputs, signal), cost };
}

/** A tensor game made of a method's inputs, and the way back from an estimate over it to a result in the structure of the inputs. */
export class TensorExplanation {
  readonly game: TensorGame;
  readonly #method: string;
  readonly #source: Model;
  readonly #cost: CountedInputs["cost"];
  readonly #values: NamedTensors;
  readonly #features: FeatureSwitch;
  readonly #target: Target;
  readonly #warnings: readonly string[];

  constructor(init: {
    readonly method: string;
    /** The model as the user handed it over, whose notes go into the result. */
    readonly source: Model;
    readonly counted: CountedInputs;
    readonly values: NamedTensors;
    readonly absent: NamedTensors;
    /** How players of the game switch elements. */
    readonly featureSwitch: FeatureSwitch;
    /** Which elements the values of an estimate are written to, where that is not the same. */
    readonly features?: FeatureSwitch | undefined;
    readonly target: Target;
    readonly warnings?: readonly string[] | undefined;
  }) {
    this.#method = init.method;
    this.#source = init.source;
    this.#cost = init.counted.cost;
    this.#values = init.values;
    this.#features = init.features ?? init.featureSwitch;
    this.#target = init.target;
    this.#warnings = init.warnings ?? [];
    this.game = tensorGame({
      model: init.counted.resolved.model,
      values: init.values,
      absent: init.absent,
      featureSwitch: init.featureSwitch,
      target: init.target,
    });
  }

  /** The game of features that a mask groups and baselines replace. */
  static async ofFeatures(
    method: string,
    model: Model,
    inputs: Inputs,
    options: PerturbationOptions,
  ): Promise<TensorExplanation> {
    const counted = await countedInputs(model, inputs, options.signal);
    const { resolved } = counted;
    const mask = resolveFeatureMask(resolved.values, options.featureMask, resolved.examples);
    options.signal?.throwIfAborted();
    const { values, baselines } = await resolveBaselines(resolved, options.baselines);
    return new TensorExplanation({
      method,
      source: model,
      counted,
      values,
      absent: baselines,
      featureSwitch: featuresSwitch(mask),
      target: options.target,
    });
  }

  result(estimate: Estimate, extra: { readonly isLinearModel?: boolean | undefined } = {}): AttributionResult {
    const { examples, plan } = this.game;
    const output = plan?.shape ?? [];
    const width = sizeOf(output);
    if (estimate.outputs !== examples * width)
      throw new InvalidArgumentError(`the estimate has ${estimate.outputs} outputs, the game ${examples * width}`);
    const tensor = (data: Float64Array, ...tail: number[]): HostTensor =>
      new HostTensor(data, [examples, ...output, ...tail], "float64");
    const spreadOut = (numbers: Float64Array): Record<string, HostTensor> =>
      spread(numbers, estimate.players, this.#values, this.#features, examples, output);
    const { full, empty, standardErrors, intercept, rSquared } = estimate;
    return new AttributionResult({
      method: this.#method,
      attributions: spreadOut(estimate.values),
      evaluations: { ...this.#cost, coalitions: estimate.coalitions },
      target: this.#target,
      standardErrors: standardErrors && spreadOut(standardErrors),
      value: full && tensor(full),
      baseValue: empty && tensor(empty),
      delta: full && empty && tensor(completenessGap(estimate, full, empty)),
      coefficients: extra.isLinearModel ? tensor(Float64Array.from(estimate.values), estimate.players) : undefined,
      intercept: intercept && tensor(intercept),
      rSquared: rSquared && tensor(rSquared),
      warnings: [...this.#warnings, ...estimate.warnings, ...(this.#source.notes ?? [])],
    });
  }
}

/** Players as a resolved feature mask numbers them. */
export function featuresSwitch(mask: ReturnType<typeof resolveFeatureMask>): FeatureSwitch {
  return partitionSwitch(
    mask.players,
    Object.fromEntries(
      Object.entries(mask.features).map(([name, { data, shape }]) => [
        name,
        { rows: shape[0]!, elements: sizeOf(shape.slice(1)), players: data },
      ]),
    ),
  );
}

function completenessGap({ values, players, outputs }: Estimate, full: Float64Array, empty: Float64Array): Float64Array {
  const gap = new Float64Array(outputs);
  for (let output = 0; output < outputs; output++) {
    let sum = 0;
    for (let player = 0; player < players; player++) sum += values[output * players + player]!;
    gap[output] = sum - (full[output]! - empty[output]!);
  }
  return gap;
}

/** Of a stream of estimates only the last is made a result: the others cost nothing. */
export async function lastResult(
  explanation: TensorExplanation,
  estimates: AsyncIterable<Estimate>,
  extra?: Parameters<TensorExplanation["result"]>[1],
): Promise<AttributionResult> {
  let final: Estimate | undefined;
  for await (const estimate of estimates) final = estimate;
  if (final === undefined) throw new InvalidArgumentError("the estimator gave no estimate");
  return explanation.result(final, extra);
}

export async function* resultStream(
  explanation: TensorExplanation,
  estimates: AsyncIterable<Estimate>,
  extra?: Parameters<TensorExplanation["result"]>[1],
): AsyncGenerator<AttributionResult, void, void> {
  for await (const estimate of estimates) yield explanation.result(estimate, extra);
}
