import { checkWhole } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { HostValues } from "../gradient/host-values.ts";
import { noise, readStdev, type Stdev } from "../gradient/noise.ts";
import { assertModel } from "../model/assert-model.ts";
import type { Model } from "../model/model.ts";
import { isFloat, numbersOf } from "../tensor/dtype.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { seededRandom } from "../tensor/random.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { HostData, TensorData } from "../tensor/tensor.ts";
import { AttributionResult } from "./attribution-result.ts";
import { ExampleCopies } from "./example-copies.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

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

/**
 * Attributions of noisy copies of the inputs, averaged: what is left is what holds around the input and not at one point alone. Takes any
 * method; its own options go to it. Over `fromLayer` the noise is added to the layer's value.
 *
 * As many times the rows of the method as there are samples, packed into its calls: noisy copies stand beside each other as examples, also
 * of perturbation methods (but of `FeaturePermutation`, which exchanges values between examples). A sample's noise is the same for all
 * examples, so that an example's result does not depend on the others. `standardErrors` are of the mean of "smoothgrad". Smilkov, Thorat,
 * Kim, Viégas and Wattenberg, "SmoothGrad", 2017; Adebayo et al., "Local explanation methods for deep neural networks lack sensitivity to
 * parameter values", 2018.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { NoiseTunnel, Saliency } from "@attr/core";
 * import { penguins } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", penguins));
 * const x = [[39.1, 18.7, 181, 3750, 0, 0, 1, 0, 1]]; // a bill, a flipper, a weight, an island, a sex
 * const smooth = new NoiseTunnel(new Saliency(model));
 * const result = await smooth.attribute({ x }, { target: 0, samples: 10, stdev: 0.1, seed: 1 });
 * console.log(result.attributions["x"]?.toArray(), result.standardErrors?.["x"]?.toArray());
 * ```
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
    checkWhole("samples", samples, 1);
    if (samplesPerBatch !== undefined) checkWhole("samplesPerBatch", samplesPerBatch, 1);
    const { method } = this;
    using _scope = methodScope(this.name, method.model);
    // The methods' options, which they check themselves.
    const own = { ...rest, ...methodOptions } as unknown as Options;
    const copies = await ExampleCopies.of(this.name, method, inputs, own);
    const { values } = copies;
    const names = Object.keys(values);
    const deviation = readStdev(stdev, names);
    for (const name of names)
      if (!isFloat(values[name]!.dtype) && deviation(name) > 0)
        throw new InvalidArgumentError(
          `input "${name}" is ${values[name]!.dtype}, and noise cannot be added to whole numbers: attribute to a layer with fromLayer, ` +
            `or leave the input out of stdev, as in { stdev: { … } }`,
        );
    const addNoise = noise(seededRandom(seed), deviation, values);
    const moments = new Moments();
    let warnings: readonly string[] = [];
    const noisy = (draw: number): HostValues =>
      Object.fromEntries(names.map((name) => [name, withNoise(values[name]!, (row, out) => addNoise(name, draw, out, row))]));
    for await (const { copies: count, result } of copies.attribute(samples, samplesPerBatch, noisy)) {
      moments.add(result.attributions, count);
      warnings = [...new Set([...warnings, ...result.warnings])];
    }
    return new AttributionResult({
      method: `${this.name}(${method.name})`,
      attributions: moments.of(type),
      evaluations: copies.cost,
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

/** A copy that `add` has changed row by row; it is told where each begins. */
function withNoise({ data, shape, dtype }: HostData, add: (offset: number, out: TensorData) => void): HostData {
  const out: TensorData = data.slice();
  const width = sizeOf(shape.slice(1));
  for (let row = 0; row < shape[0]!; row++) add(row * width, out);
  return { data: out, shape, dtype };
}
