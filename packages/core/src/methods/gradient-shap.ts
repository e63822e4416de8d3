import { InvalidArgumentError } from "../errors.ts";
import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { noise, readStdev, type Stdev } from "../gradient/noise.ts";
import { UnitSums } from "../gradient/unit-sums.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import { numbersOf } from "../tensor/dtype.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { seededRandom } from "../tensor/random.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { BaselineOptions, MultiplyByInputs } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

export interface GradientShapOptions extends BaselineOptions {
  /** Draws an example. @defaultValue 5 */
  readonly samples?: number | undefined;
  /** Standard deviation of the noise added to the inputs, for all of them or by input name. @defaultValue 0 */
  readonly stdev?: Stdev | undefined;
  /** Starts the stream of random numbers. @defaultValue 0 */
  readonly seed?: number | undefined;
}

/**
 * Expected gradients: the mean over random baselines and random points between them and the input of `(x − b) · ∂f/∂x`. It approximates
 * SHAP values where the model is nearly linear and the features are independent.
 *
 * Every row of the baselines is one of a distribution, and a draw takes the same row of every input, the same point and the same noise
 * for all examples, so that an example's result does not depend on the others. `samples` rows an example and explained number.
 * `standardErrors` are of the sampling. Erion, Janizek, Sturmfels, Lundberg and Lee, "Improving performance of deep learning models with
 * axiomatic attribution priors and expected gradients", 2021.
 */
export class GradientShap implements TensorMethod<DifferentiableModel, GradientShapOptions> {
  readonly name = "GradientShap";
  readonly baselineRows = "distribution";
  readonly model: DifferentiableModel;
  readonly multiplyByInputs: boolean;

  /** @throws UnsupportedError for a model without gradients. */
  constructor(model: DifferentiableModel, settings: MultiplyByInputs = {}) {
    assertDifferentiableModel(model, "model");
    this.model = model;
    this.multiplyByInputs = settings.multiplyByInputs ?? true;
  }

  /** @throws InvalidArgumentError for what does not fit the model, for integer inputs, and for samples or a deviation out of range. */
  async attribute(inputs: Inputs, options: GradientShapOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { samples = 5, seed = 0 } = options;
    if (!Number.isInteger(samples) || samples < 1)
      throw new InvalidArgumentError(`samples must be a whole number from 1 up, got ${String(samples)}`);
    const random = seededRandom(seed);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options, { distribution: true });
    const { names, values, distribution, units } = explanation;
    const stdev = readStdev(options.stdev ?? 0, names);
    const draws = Array.from({ length: samples }, (_, sample) => {
      const own = random.fork(`draw ${sample}`);
      return { baseline: own.integer(distribution.length), alpha: own.next() };
    });
    const addNoise = noise(random, stdev, values);
    // Draw by draw, so that the noise of a draw is made once for all examples.
    const rows = Int32Array.from({ length: samples * units }, (_, row) => row % units);
    const drawOf = (row: number): number => Math.floor(row / units);

    /** Writes `x̃ − b` of a row. */
    const difference = (name: string, row: number, out: Float64Array): void => {
      const draw = drawOf(row);
      const base = distribution[draws[draw]!.baseline]![name]!;
      const [x, b] = [numbersOf(values[name]!.data), numbersOf(base.data)];
      const from = explanation.exampleOf(rows[row]!) * out.length;
      const start = base.shape[0] === 1 ? 0 : from;
      for (let i = 0; i < out.length; i++) out[i] = x[from + i]! - b[start + i]!;
      addNoise(name, draw, out, 0);
    };
    const scratch = Object.fromEntries(
      names.map((name) => [name, new Float64Array(values[name]!.data.length / explanation.examples)]),
    );
    const sums = Object.fromEntries(names.map((name) => [name, new UnitSums(units)]));
    const squares = Object.fromEntries(names.map((name) => [name, new UnitSums(units)]));
    await explanation.differentiate({
      units: rows,
      wrt: names,
      feed: (name, row, out, offset) => {
        const moved = scratch[name]!;
        difference(name, row, moved);
        const { baseline, alpha } = draws[drawOf(row)]!;
        const base = distribution[baseline]![name]!;
        const b = numbersOf(base.data);
        const start = base.shape[0] === 1 ? 0 : explanation.exampleOf(rows[row]!) * moved.length;
        const to = numbersOf(out);
        for (let i = 0; i < moved.length; i++) to[offset + i] = b[start + i]! + alpha * moved[i]!;
      },
      each: ({ begin, count, gradients }) => {
        for (const name of names) {
          const [sum, square, moved] = [sums[name]!, squares[name]!, scratch[name]!];
          sum.admit(name, gradients[name]!, count);
          square.admit(name, gradients[name]!, count);
          const gradient = numbersOf(gradients[name]!.data);
          for (let row = 0; row < count; row++) {
            if (this.multiplyByInputs) difference(name, begin + row, moved);
            else moved.fill(1);
            const at = rows[begin + row]! * moved.length;
            for (let i = 0; i < moved.length; i++) {
              const part = gradient[row * moved.length + i]! * moved[i]!;
              sum.data[at + i]! += part / samples;
              square.data[at + i]! += part * part;
            }
          }
        }
      },
    });
    const attributions = explanation.tensors(sums);
    const standardErrors =
      samples > 1
        ? Object.fromEntries(names.map((name) => [name, standardError(attributions[name]!, squares[name]!.data, samples)]))
        : undefined;
    if (!this.multiplyByInputs) return explanation.result(attributions, { standardErrors });
    const counts = new Float64Array(distribution.length);
    for (const { baseline } of draws) counts[baseline]!++;
    const ends = await explanation.ends(counts);
    const delta = explanation.gap(attributions, ends.value, ends.baseValue);
    return explanation.result(attributions, { ...ends, delta, standardErrors });
  }

  over(model: DifferentiableModel): GradientShap {
    return new GradientShap(model, this);
  }
}

function standardError(mean: HostTensor, squares: Float64Array, samples: number): HostTensor {
  const data = new Float64Array(squares.length);
  for (let i = 0; i < data.length; i++) {
    const variance = (squares[i]! - samples * Number(mean.data[i]) ** 2) / (samples - 1);
    data[i] = Math.sqrt(Math.max(0, variance) / samples);
  }
  return new HostTensor(data, mean.shape, "float64");
}
