import { checkWhole } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";
import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { type GuidedPath, guidedStep } from "../gradient/guided-step.ts";
import type { HostValues } from "../gradient/host-values.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import { numbersOf } from "../tensor/dtype.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { BaselineOptions } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a call of {@link GuidedIntegratedGradients} takes, beside the inputs. */
export interface GuidedIntegratedGradientsOptions extends BaselineOptions {
  /** Steps of the path: calls that come one after the other, of one row an example and explained number each. @defaultValue 200 */
  readonly steps?: number | undefined;
  /** The share of all elements that moves at a time, those with the smallest gradients first; above 0, up to 1. @defaultValue 0.25 */
  readonly fraction?: number | undefined;
  /** How far an element may be ahead of the straight way or behind it, as a share of the way, from 0 to 1. @defaultValue 0.02 */
  readonly maxDistance?: number | undefined;
}

/**
 * Integrated gradients along a path that depends on the model: at every step those elements move towards the input whose gradient is the
 * smallest, so that the way avoids where the output changes for reasons that neither the baseline nor the input has. With a
 * `maxDistance` of 0 the path is the straight one.
 *
 * Attributions sum up to `f(x) − f(b)` as the steps become many; how far they are from it is the result's `delta`. The elements of all
 * inputs make one path. `steps` calls that depend on each other, each of a row an example and explained number.
 *
 * Kapishnikov, Venugopalan, Avci, Wedin, Terry and Bolukbasi, "Guided integrated gradients: an adaptive path method for removing noise",
 * 2021.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { GuidedIntegratedGradients } from "@attr/core";
 * import { penguins } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", penguins));
 * const x = [[39.1, 18.7, 181, 3750, 0, 0, 1, 0, 1]]; // a bill, a flipper, a weight, an island, a sex
 * const usual = [[43.9, 17.2, 201, 4202, 0.5, 0.4, 0.1, 0.5, 0.5]];
 * const result = await new GuidedIntegratedGradients(model).attribute({ x }, { target: 0, baselines: { x: usual }, steps: 50 });
 * console.log(result.attributions["x"]?.toArray(), result.delta?.toArray());
 * ```
 */
export class GuidedIntegratedGradients implements TensorMethod<DifferentiableModel, GuidedIntegratedGradientsOptions> {
  readonly name = "GuidedIntegratedGradients";
  readonly baselineRows = "examples";
  readonly model: DifferentiableModel;

  /** @throws UnsupportedError for a model without gradients. */
  constructor(model: DifferentiableModel) {
    assertDifferentiableModel(model, "model");
    this.model = model;
  }

  /** @throws InvalidArgumentError for what does not fit the model, for integer inputs, and for options out of range. */
  async attribute(inputs: Inputs, options: GuidedIntegratedGradientsOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { steps = 200, fraction = 0.25, maxDistance = 0.02, onProgress } = options;
    checkWhole("steps", steps, 1);
    if (!(fraction > 0 && fraction <= 1))
      throw new InvalidArgumentError(`fraction must be a number above 0 up to 1, got ${String(fraction)}`);
    if (!(maxDistance >= 0 && maxDistance <= 1))
      throw new InvalidArgumentError(`maxDistance must be a number from 0 to 1, got ${String(maxDistance)}`);
    // The rows of all steps are one piece of work.
    let done = 0;
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, {
      ...options,
      onProgress:
        onProgress && ((progress) => onProgress({ ...progress, done: done + progress.done, total: steps * units.length })),
    });
    const { names, values } = explanation;
    const units = explanation.rows();
    const places = placesOf(values, explanation.examples);
    const paths = Array.from(units, (unit) => pathOf(explanation, unit, places));
    const gradients = paths.map(({ position }) => new Float64Array(position.length));
    for (let step = 1; step <= steps; step++) {
      await explanation.differentiate({
        units,
        wrt: names,
        feed: (name, row, out, offset) => {
          const { begin, end } = places.get(name)!;
          numbersOf(out).set(paths[row]!.position.subarray(begin, end), offset);
        },
        each: (call) => {
          for (const name of names) {
            const { begin, end } = places.get(name)!;
            const from = numbersOf(call.gradients[name]!.data);
            const elements = end - begin;
            for (let row = 0; row < call.count; row++)
              for (let i = 0; i < elements; i++) gradients[call.begin + row]![begin + i] = from[row * elements + i]!;
          }
        },
      });
      for (const [unit, path] of paths.entries())
        guidedStep(path, gradients[unit]!, { share: step / steps, fraction, band: maxDistance });
      done += units.length;
    }
    const attributions = Object.fromEntries(
      names.map((name) => {
        const { begin, end } = places.get(name)!;
        const data = new Float64Array(units.length * (end - begin));
        for (const [unit, path] of paths.entries()) data.set(path.attributions.subarray(begin, end), unit * (end - begin));
        const shape = [explanation.examples, ...explanation.plan.shape, ...values[name]!.shape.slice(1)];
        return [name, new HostTensor(data, shape, "float64")];
      }),
    );
    const ends = await explanation.ends();
    return explanation.result(attributions, { ...ends, delta: explanation.gap(attributions, ends.value, ends.baseValue) });
  }

  over(model: DifferentiableModel): GuidedIntegratedGradients {
    return new GuidedIntegratedGradients(model);
  }
}

type Places = ReadonlyMap<string, { readonly begin: number; readonly end: number }>;

/** Where the elements of each input lie on a path. */
function placesOf(values: HostValues, examples: number): Places {
  const places = new Map<string, { begin: number; end: number }>();
  let begin = 0;
  for (const [name, { data }] of Object.entries(values)) {
    const end = begin + data.length / examples;
    places.set(name, { begin, end });
    begin = end;
  }
  return places;
}

/** The path of a unit at its start. */
function pathOf(explanation: GradientExplanation, unit: number, places: Places): GuidedPath {
  const length = Math.max(0, ...[...places.values()].map(({ end }) => end));
  const [input, baseline] = [new Float64Array(length), new Float64Array(length)];
  for (const [name, { begin, end }] of places) {
    const [value, base] = [explanation.values[name]!, explanation.baselines[name]!];
    const row = explanation.exampleOf(unit);
    for (let i = 0; i < end - begin; i++) {
      input[begin + i] = numbersOf(value.data)[row * (end - begin) + i]!;
      baseline[begin + i] = numbersOf(base.data)[(base.shape[0] === 1 ? 0 : row * (end - begin)) + i]!;
    }
  }
  return { input, baseline, position: baseline.slice(), attributions: new Float64Array(length) };
}
