import { InvalidArgumentError, UnsupportedError } from "../errors.ts";
import { checkSamples } from "../gradient/check-samples.ts";
import { readHostValues } from "../gradient/host-values.ts";
import { noise, readStdev, type Stdev } from "../gradient/noise.ts";
import { repeatExamples } from "../gradient/repeat-examples.ts";
import { assertModel } from "../model/assert-model.ts";
import type { Baselines } from "../model/baselines.ts";
import { resolveBaselines } from "../model/baselines.ts";
import type { FeatureMask } from "../model/feature-mask.ts";
import type { Model, NamedTensors } from "../model/model.ts";
import type { Target } from "../model/target.ts";
import { allocate, isFloat, numbersOf } from "../tensor/dtype.ts";
import { isOpaqueTensor, toExactHostTensor } from "../tensor/from.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { seededRandom } from "../tensor/random.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { DType, HostData, TensorData, TensorLike } from "../tensor/tensor.ts";
import { AttributionResult, type Evaluations } from "./attribution-result.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { countedInputs, methodScope } from "./tensor-explanation.ts";

/** What becomes of the samples: their mean, the mean of their squares, or their variance. */
export type NoiseTunnelType = "smoothgrad" | "smoothgrad_sq" | "vargrad";

/** How much noise {@link NoiseTunnel} adds, how often, and what becomes of the results. */
export interface NoiseTunnelOptions {
  /** What becomes of the samples: their mean, the mean of their squares, or their variance. @defaultValue "smoothgrad" */
  readonly type?: NoiseTunnelType | undefined;
  /** Noisy copies of every example. @defaultValue 5 */
  readonly samples?: number | undefined;
  /** Standard deviation of the noise, for all that is attributed to or by name. @defaultValue 1 */
  readonly stdev?: Stdev | undefined;
  /** Starts the stream of random numbers. @defaultValue 0 */
  readonly seed?: number | undefined;
  /** Noisy copies of every example that the method is given at a time. @defaultValue as many as fit into a call of the model */
  readonly samplesPerBatch?: number | undefined;
}

/** The tunnel's own options, and the method's: beside them, or in `methodOptions`, where all that the method needs may be as well. */
export type TunnelledOptions<Options> = NoiseTunnelOptions &
  ((Options & MethodOptions<Partial<Options> | undefined>) | (Partial<Options> & Required<MethodOptions<Options>>));

interface MethodOptions<Options> {
  /** Goes to the method before all else: its own `samples` and `seed`, where it is sampled. @defaultValue none */
  readonly methodOptions?: Options;
}

/** Copies at a time where the model takes any number of rows. */
const freeRows = 64;

/** Options that may have a row for every example, which goes with every noisy copy of it. */
interface ExampleOptions extends TargetOptions {
  readonly baselines?: Baselines | undefined;
  readonly featureMask?: FeatureMask | undefined;
}

/**
 * Attributions of noisy copies of the inputs, averaged: what is left is what holds around the input and not at one point alone. Takes any
 * method; its own options go to it. Over `fromLayer` the noise is added to the layer's value.
 *
 * As many times the rows of the method as there are samples, packed into its calls: noisy copies stand beside each other as examples, also
 * of perturbation methods (but of `FeaturePermutation`, which exchanges values between examples). A sample's noise is the same for all
 * examples, so that an example's result does not depend on the others. `standardErrors` are of the mean of "smoothgrad". Smilkov, Thorat,
 * Kim, Viégas and Wattenberg, "SmoothGrad", 2017; Adebayo et al., "Local explanation methods for deep neural networks lack sensitivity to
 * parameter values", 2018.
 */
export class NoiseTunnel<M extends Model, Options extends TargetOptions> implements TensorMethod<M, TunnelledOptions<Options>> {
  readonly name = "NoiseTunnel";
  readonly method: TensorMethod<M, Options>;

  constructor(method: TensorMethod<M, Options>) {
    if (typeof method?.attribute !== "function")
      throw new InvalidArgumentError("method must be an attribution method, as in new NoiseTunnel(new Saliency(model))");
    assertModel(method.model, "method.model");
    this.method = method;
  }

  /** The model of the method it averages. */
  get model(): M {
    return this.method.model;
  }

  get baselineRows(): TensorMethod["baselineRows"] {
    return this.method.baselineRows;
  }

  /** @throws InvalidArgumentError for what the method refuses, for integer inputs, and for samples or a deviation out of range. */
  async attribute(
    inputs: Inputs,
    // What the method needs beyond this is its own to ask for.
    options: TunnelledOptions<Options> = {} as TunnelledOptions<Options>,
  ): Promise<AttributionResult> {
    const { type = "smoothgrad", samples = 5, stdev = 1, seed = 0, samplesPerBatch, methodOptions, ...rest } = options;
    if (type !== "smoothgrad" && type !== "smoothgrad_sq" && type !== "vargrad")
      throw new InvalidArgumentError(`type must be "smoothgrad", "smoothgrad_sq" or "vargrad", got ${JSON.stringify(type)}`);
    checkSamples(samples);
    if (samplesPerBatch !== undefined && (!Number.isInteger(samplesPerBatch) || samplesPerBatch < 1))
      throw new InvalidArgumentError(`samplesPerBatch must be a whole number from 1 up, got ${String(samplesPerBatch)}`);
    const { method } = this;
    using _scope = methodScope(this.name, method.model);
    const { resolved, cost } = await countedInputs(method.model, inputs, options.signal);
    const { model, examples, values: given } = resolved;
    if (method.over === undefined && resolved.at !== undefined)
      throw new UnsupportedError(
        `NoiseTunnel cannot add noise at a layer for ${method.name}: wrap it over the model's own inputs, without fromLayer`,
      );
    // The methods' options with rows of examples, where they have any; they check them themselves.
    const own = { ...rest, ...methodOptions } as unknown as Options & ExampleOptions;
    const isDistribution = method.baselineRows === "distribution";
    // At a layer, baselines given for the inputs are turned into the layer's once for all samples.
    const fitted =
      resolved.at !== undefined && own.baselines !== undefined && !isDistribution
        ? await resolveBaselines(resolved, own.baselines)
        : undefined;
    const values = await readHostValues(model, fitted?.values ?? given);
    const names = Object.keys(values);
    const deviation = readStdev(stdev, names);
    for (const name of names)
      if (!isFloat(values[name]!.dtype) && deviation(name) > 0)
        throw new InvalidArgumentError(
          `input "${name}" is ${values[name]!.dtype}, and noise cannot be added to whole numbers: attribute to a layer with fromLayer, ` +
            `or leave the input out of stdev, as in { stdev: { … } }`,
        );
    const addNoise = noise(seededRandom(seed), deviation, values);
    const fitting = Math.floor((Number.isFinite(model.maxBatchSize) ? model.maxBatchSize : freeRows) / examples);
    const copies =
      method.over === undefined || method.mixesExamples === true ? 1 : Math.min(samples, samplesPerBatch ?? Math.max(1, fitting));
    const moments = new Moments();
    let warnings: readonly string[] = [];
    const evaluations = { calls: cost.calls, rows: cost.rows };
    let gradients = cost.gradients ?? 0;
    for (let begin = 0; begin < samples; begin += copies) {
      const count = Math.min(copies, samples - begin);
      const noisy = Object.fromEntries(
        names.map((name) => [name, repeat(values[name]!, count, (copy, row, out) => addNoise(name, begin + copy, out, row))]),
      );
      const repeated: Options = {
        ...own,
        target: repeatTarget(own.target, count),
        ...(own.baselines !== undefined && {
          baselines: isDistribution ? own.baselines : repeatRows(fitted?.baselines ?? own.baselines, examples, count),
        }),
        ...(own.featureMask !== undefined && { featureMask: repeatRows(own.featureMask, examples, count) }),
      };
      // A view can do what its model can.
      const over = method.over?.(repeatExamples(model, examples) as M) ?? method;
      const result = await over.attribute(noisy, repeated);
      moments.add(result.attributions, count);
      warnings = [...new Set([...warnings, ...result.warnings])];
      evaluations.calls += result.evaluations.calls;
      evaluations.rows += result.evaluations.rows;
      gradients += result.evaluations.gradients ?? 0;
    }
    const total: Evaluations = gradients > 0 ? { ...evaluations, gradients } : evaluations;
    return new AttributionResult({
      method: `${this.name}(${method.name})`,
      attributions: moments.of(type),
      evaluations: total,
      target: own.target,
      standardErrors: type === "smoothgrad" && samples > 1 ? moments.standardErrors() : undefined,
      warnings,
    });
  }
}

/** Sums and sums of squares of samples, element by element. */
class Moments {
  readonly #sums = new Map<string, { sum: Float64Array; square: Float64Array; shape: readonly number[] }>();
  #samples = 0;

  /** Takes attributions of `copies` samples, one after the other along the first axis. */
  add(attributions: Readonly<Record<string, HostTensor>>, copies: number): void {
    for (const [name, { data, shape }] of Object.entries(attributions)) {
      const size = data.length / copies;
      let own = this.#sums.get(name);
      if (own === undefined) {
        own = { sum: new Float64Array(size), square: new Float64Array(size), shape: [shape[0]! / copies, ...shape.slice(1)] };
        this.#sums.set(name, own);
      }
      const numbers = numbersOf(data);
      for (let copy = 0; copy < copies; copy++)
        for (let i = 0; i < size; i++) {
          const value = numbers[copy * size + i]!;
          own.sum[i]! += value;
          own.square[i]! += value * value;
        }
    }
    this.#samples += copies;
  }

  of(type: NoiseTunnelType): Record<string, HostTensor> {
    const samples = this.#samples;
    return this.#map((sum, square) => {
      if (type === "smoothgrad") return sum / samples;
      if (type === "smoothgrad_sq") return square / samples;
      // Rounding may take a variance of nothing below 0.
      return Math.max(0, square / samples - (sum / samples) ** 2);
    });
  }

  standardErrors(): Record<string, HostTensor> {
    const samples = this.#samples;
    return this.#map((sum, square) => Math.sqrt(Math.max(0, (square - sum ** 2 / samples) / (samples - 1)) / samples));
  }

  #map(of: (sum: number, square: number) => number): Record<string, HostTensor> {
    return Object.fromEntries(
      [...this.#sums].map(([name, { sum, square, shape }]) => [
        name,
        new HostTensor(
          sum.map((value, i) => of(value, square[i]!)),
          shape,
          "float64",
        ),
      ]),
    );
  }
}

/** Copies of all rows, one set after the other; `change` is told every row's copy and where it begins. */
function repeat(value: HostData, copies: number, change: (copy: number, offset: number, out: TensorData) => void): HostTensor {
  const { data, shape, dtype } = value;
  const out: TensorData = allocate<DType>(dtype, copies * data.length);
  const width = sizeOf(shape.slice(1));
  for (let copy = 0; copy < copies; copy++) {
    // The two are of one dtype, so their arrays are of one class.
    (out as Float32Array).set(data as Float32Array, copy * data.length);
    for (let row = 0; row < shape[0]!; row++) change(copy, copy * data.length + row * width, out);
  }
  return new HostTensor(out, [copies * shape[0]!, ...shape.slice(1)], dtype);
}

function repeatTarget(target: Target, copies: number): Target {
  return Array.isArray(target) ? Array.from({ length: copies }, () => target).flat(1) : target;
}

/** What has a row an example gets one for every copy; all else goes with all of them as it is. */
function repeatRows<T extends Baselines | FeatureMask | NamedTensors>(given: T, examples: number, copies: number): T {
  if (typeof given !== "object" || examples === 1) return given;
  const repeated = Object.entries(given).map(([name, value]: [string, TensorLike]) => {
    if (isOpaqueTensor(value)) return [name, value];
    const tensor = toExactHostTensor(value, `"${name}"`);
    return [name, tensor.shape[0] === examples ? repeat(tensor, copies, () => {}) : tensor];
  });
  // The same names with values of the kind they had.
  return Object.fromEntries(repeated) as T;
}
