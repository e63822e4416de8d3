import { InvalidArgumentError } from "../errors.ts";
import { applyBlur, type LineBlur, lineBlur, type PlaneLayout } from "../gradient/gaussian-blur.ts";
import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { copyRow } from "../gradient/host-values.ts";
import { type Quadrature, quadratureRule } from "../gradient/quadrature.ts";
import { UnitSums } from "../gradient/unit-sums.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import { numbersOf } from "../tensor/dtype.ts";
import { formatShape } from "../tensor/shape.ts";
import type { HostData } from "../tensor/tensor.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a call of {@link BlurIntegratedGradients} takes, beside the inputs. */
export interface BlurIntegratedGradientsOptions extends TargetOptions {
  /** Standard deviation of the strongest blur, in pixels: the path starts there and ends at the image. @defaultValue 50 */
  readonly maxSigma?: number | undefined;
  /** Points of the path at which the gradient is taken. @defaultValue 50 */
  readonly steps?: number | undefined;
  /** How the points lie and weigh. @defaultValue "gauss-legendre" */
  readonly quadrature?: Quadrature | undefined;
}

/** What a {@link BlurIntegratedGradients} is made with, beside the model. */
export interface BlurIntegratedGradientsSettings {
  /** Whether images are `[n, channels, height, width]` or `[n, height, width, channels]`. @defaultValue "channels-first" */
  readonly layout?: "channels-first" | "channels-last" | undefined;
}

/**
 * Integrated gradients along a path of Gaussian blurs, from the image blurred by `maxSigma` to the image itself:
 * `∫ ∂f/∂x (L(σ)) · ∂L/∂σ dσ`, `L(σ)` being the image blurred by σ. No baseline has to be chosen, and a blurred image brings no edges
 * that the image does not have. Every input has to be an image of four axes; bind the others. Blurs are sampled kernels over reflected
 * edges, their change with σ is exact.
 *
 * Attributions sum up to `f(x) − f(L(maxSigma))`, which is the result's `baseValue`; how far they are from it is its `delta`. `steps`
 * rows an example and explained number that go backward, and two an example that do not.
 *
 * Xu, Venugopalan and Sundararajan, "Attribution in scale and space", 2020.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { BlurIntegratedGradients } from "@attr/core";
 * import { digits } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", digits));
 * const row = (y: number) => Array.from({ length: 28 }, (_, x) => (x === 14 && y > 4 && y < 24 ? 1 : 0));
 * const image = [[Array.from({ length: 28 }, (_, y) => row(y))]]; // a stroke: a one
 * const result = await new BlurIntegratedGradients(model).attribute({ image }, { target: 1, maxSigma: 8, steps: 20 });
 * console.log(result.attributions["image"]?.shape, result.delta?.toArray());
 * ```
 */
export class BlurIntegratedGradients implements TensorMethod<DifferentiableModel, BlurIntegratedGradientsOptions> {
  readonly name = "BlurIntegratedGradients";
  readonly model: DifferentiableModel;
  readonly layout: "channels-first" | "channels-last";

  /**
   * @throws UnsupportedError for a model without gradients.
   * @throws InvalidArgumentError for another layout.
   */
  constructor(model: DifferentiableModel, settings: BlurIntegratedGradientsSettings = {}) {
    assertDifferentiableModel(model, "model");
    const { layout = "channels-first" } = settings;
    if (layout !== "channels-first" && layout !== "channels-last")
      throw new InvalidArgumentError(`layout must be "channels-first" or "channels-last", got ${JSON.stringify(layout)}`);
    this.model = model;
    this.layout = layout;
  }

  /** @throws InvalidArgumentError for what does not fit the model, is no image, or is of integers; for steps or a sigma out of range. */
  async attribute(inputs: Inputs, options: BlurIntegratedGradientsOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { maxSigma = 50, steps = 50, quadrature = "gauss-legendre" } = options;
    const rule = quadratureRule(quadrature, steps);
    if (!(maxSigma > 0 && maxSigma < Number.POSITIVE_INFINITY))
      throw new InvalidArgumentError(`maxSigma must be a number above 0, got ${String(maxSigma)}`);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options);
    const { names, values, examples } = explanation;
    const paths = Object.fromEntries(
      names.map((name) => [name, new BlurPath(values[name]!, this.#layoutOf(name, values[name]!))]),
    );

    const ends = await explanation.forward(
      Int32Array.from({ length: 2 * examples }, (_, row) => row % examples),
      (name, row, out, offset) => {
        if (row < examples) copyRow(values[name]!, row, out, offset);
        else numbersOf(out).set(paths[name]!.at(row - examples, maxSigma), offset);
      },
    );
    const units = explanation.rows(steps);
    const sigmaOf = (row: number): number => maxSigma * (1 - rule.nodes[row % steps]!);
    const sums = Object.fromEntries(names.map((name) => [name, new UnitSums(explanation.units)]));
    await explanation.differentiate({
      units,
      wrt: names,
      feed: (name, row, out, offset) =>
        numbersOf(out).set(paths[name]!.at(explanation.exampleOf(units[row]!), sigmaOf(row)), offset),
      each: ({ begin, count, gradients }) => {
        for (const name of names) {
          const sum = sums[name]!;
          sum.admit(name, gradients[name]!, count);
          const gradient = numbersOf(gradients[name]!.data);
          for (let row = begin; row < begin + count; row++) {
            const slope = paths[name]!.slopeAt(explanation.exampleOf(units[row]!), sigmaOf(row));
            // The way goes from maxSigma down to 0.
            const weight = -maxSigma * rule.weights[row % steps]!;
            const [from, to] = [(row - begin) * slope.length, units[row]! * slope.length];
            for (let i = 0; i < slope.length; i++) sum.data[to + i]! += weight * slope[i]! * gradient[from + i]!;
          }
        }
      },
    });
    const attributions = explanation.tensors(sums);
    const value = ends.slice(0, explanation.units);
    const baseValue = ends.slice(explanation.units);
    return explanation.result(attributions, { value, baseValue, delta: explanation.gap(attributions, value, baseValue) });
  }

  over(model: DifferentiableModel): BlurIntegratedGradients {
    return new BlurIntegratedGradients(model, this);
  }

  #layoutOf(name: string, { shape }: HostData): PlaneLayout {
    if (shape.length !== 4)
      throw new InvalidArgumentError(
        `input "${name}" has shape ${formatShape(shape)}: it must be an image of four axes, or fixed with bind if it is not to be attributed to`,
      );
    const last = this.layout === "channels-last";
    const [, a = 1, b = 1, c = 1] = shape;
    return last ? { planes: c, height: a, width: b, last } : { planes: a, height: b, width: c, last };
  }
}

/** The blurs of an input's images. */
class BlurPath {
  readonly #images: HostData;
  readonly #layout: PlaneLayout;
  readonly #out: Float64Array;
  /** The last one asked for: matrices of large images are larger than their making is slow. */
  #last: { readonly sigma: number; readonly rows: LineBlur; readonly columns: LineBlur } | undefined;

  constructor(images: HostData, layout: PlaneLayout) {
    this.#images = images;
    this.#layout = layout;
    this.#out = new Float64Array(layout.planes * layout.height * layout.width);
  }

  /** An example's image blurred by sigma; the array is written over by the next call. */
  at(example: number, sigma: number): Float64Array {
    const { rows, columns } = this.#blur(sigma);
    this.#apply(example, rows.matrix, columns.matrix, false);
    return this.#out;
  }

  /** How it changes with sigma; in the same array. */
  slopeAt(example: number, sigma: number): Float64Array {
    const { rows, columns } = this.#blur(sigma);
    this.#apply(example, rows.slope, columns.matrix, false);
    this.#apply(example, rows.matrix, columns.slope, true);
    return this.#out;
  }

  #apply(example: number, rows: Float64Array, columns: Float64Array, adds: boolean): void {
    const offset = example * this.#out.length;
    applyBlur(numbersOf(this.#images.data), offset, this.#layout, rows, columns, this.#out, adds);
  }

  #blur(sigma: number): { readonly rows: LineBlur; readonly columns: LineBlur } {
    if (this.#last?.sigma === sigma) return this.#last;
    const { height, width } = this.#layout;
    const rows = lineBlur(height, sigma);
    this.#last = { sigma, rows, columns: height === width ? rows : lineBlur(width, sigma) };
    return this.#last;
  }
}
