import { InvalidArgumentError } from "../errors.ts";
import { gridSegments, rankRegions } from "../gradient/rank-regions.ts";
import { assertModel } from "../model/assert-model.ts";
import type { Model } from "../model/model.ts";
import { isByName, listNames } from "../model/names.ts";
import { isOpaqueTensor, toExactHostTensor } from "../tensor/from.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { formatShape } from "../tensor/shape.ts";
import type { TensorLike } from "../tensor/tensor.ts";
import { AttributionResult } from "./attribution-result.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";

/** The regions that {@link Xrai} ranks. */
export interface XraiOptions {
  /**
   * Segmentations, each a map of labels for every image by input name: `[height, width]` or, one an example, `[n, height, width]`; whole
   * numbers, below 0 for what is of no region. Regions of one segmentation do not overlap; those of several do.
   * @defaultValue grids of squares, 4, 8, 16 and 32 along the longer side
   */
  readonly segments?: readonly Readonly<Record<string, TensorLike>>[] | undefined;
}

/** How images lie in the tensors that {@link Xrai} takes. */
export interface XraiSettings {
  /** Whether images are `[n, channels, height, width]` or `[n, height, width, channels]`. @defaultValue "channels-first" */
  readonly layout?: "channels-first" | "channels-last" | undefined;
}

const gridsAcross: readonly number[] = [4, 8, 16, 32];

/**
 * Attributions of images by regions: the channels' attributions of another method, summed up, and then region by region: again and again
 * the region is taken whose pixels that are left have the highest mean, and that mean is what these pixels get. The image's regions
 * that matter are where the result is highest; it has one channel.
 *
 * The paper's regions are over-segmentations of the image at several scales: hand yours over as `segments`. Its attributions are
 * integrated gradients from a black and from a white baseline: `new Xrai(new ExpectedGradients(model))` with both. It costs what
 * the method costs. Kapishnikov, Bolukbasi, Viégas and Terry, "XRAI: better attributions through regions", 2019.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { IntegratedGradients, Xrai } from "@attr/core";
 * import { digits } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", digits));
 * const row = (y: number) => Array.from({ length: 28 }, (_, x) => (x === 14 && y > 4 && y < 24 ? 1 : 0));
 * const image = [[Array.from({ length: 28 }, (_, y) => row(y))]]; // a stroke: a one
 * const regions = new Xrai(new IntegratedGradients(model));
 * const { attributions } = await regions.attribute({ image }, { target: 1, steps: 10 });
 * console.log(attributions["image"]?.shape); // the regions that matter most are the highest
 * ```
 */
export class Xrai<M extends Model, Options extends TargetOptions> implements TensorMethod<M, Options & XraiOptions> {
  readonly name = "Xrai";
  readonly method: TensorMethod<M, Options>;
  readonly layout: "channels-first" | "channels-last";

  /** @throws InvalidArgumentError for what is no method over a model, and for another layout. */
  constructor(method: TensorMethod<M, Options>, settings: XraiSettings = {}) {
    if (typeof method?.attribute !== "function")
      throw new InvalidArgumentError("method must be an attribution method, as in new Xrai(new IntegratedGradients(model))");
    assertModel(method.model, "method.model");
    const { layout = "channels-first" } = settings;
    if (layout !== "channels-first" && layout !== "channels-last")
      throw new InvalidArgumentError(`layout must be "channels-first" or "channels-last", got ${JSON.stringify(layout)}`);
    this.method = method;
    this.layout = layout;
  }

  /** The model of the method whose attributions are ranked by region. */
  get model(): M {
    return this.method.model;
  }

  get baselineRows(): TensorMethod["baselineRows"] {
    return this.method.baselineRows;
  }

  /** @throws InvalidArgumentError for what the method refuses, for inputs that are no images, and for labels that do not fit them. */
  async attribute(inputs: Inputs, options: Options & XraiOptions = {} as Options & XraiOptions): Promise<AttributionResult> {
    const { segments, ...rest } = options;
    if (segments !== undefined && !Array.isArray(segments))
      throw new InvalidArgumentError("segments must be an array of segmentations, as [{ image: labels }]");
    const given = segments?.map((segmentation, i) => readLabels(segmentation, i, Object.keys(inputs)));
    // What is left are the method's own options.
    const result = await this.method.attribute(inputs, rest as unknown as Options);
    const attributions = Object.fromEntries(
      Object.entries(result.attributions).map(([name, pixels]) => [name, this.#regions(name, pixels, result, given)]),
    );
    const { evaluations, target, value, baseValue, warnings } = result;
    return new AttributionResult({
      method: `${this.name}(${this.method.name})`,
      attributions,
      evaluations,
      target,
      value,
      baseValue,
      warnings,
    });
  }

  over(model: M): Xrai<M, Options> {
    const { method } = this;
    if (method.over === undefined) throw new InvalidArgumentError(`${method.name} cannot be had over another model`);
    return new Xrai(method.over(model), this);
  }

  #regions(name: string, pixels: HostTensor, result: AttributionResult, given: readonly Labels[] | undefined): HostTensor {
    const { shape } = pixels;
    const [leading, image] = [shape.slice(0, -3), shape.slice(-3)];
    // One number an example, or one an example and number of the output.
    const expected = result.value?.shape.length ?? Math.max(1, leading.length);
    if (leading.length !== expected)
      throw new InvalidArgumentError(
        `attributions of "${name}" have shape ${formatShape(shape)}: they must be of images of four axes, with channels`,
      );
    const last = this.layout === "channels-last";
    const [channels = 1, height = 1, width = 1] = last ? [image[2], image[0], image[1]] : image;
    const size = height * width;
    const grids = gridsAcross
      .map((across) => Math.ceil(Math.max(height, width) / across))
      .filter((side, i, sides) => sides.indexOf(side) === i)
      .map((side) => gridSegments(height, width, side));
    const examples = shape[0]!;
    const units = leading.reduce((product, length) => product * length, 1);
    const data = new Float64Array(units * size);
    const map = new Float64Array(size);
    for (let unit = 0; unit < units; unit++) {
      const start = unit * channels * size;
      for (let at = 0; at < size; at++) {
        let sum = 0;
        for (let c = 0; c < channels; c++) sum += Number(pixels.data[start + (last ? at * channels + c : c * size + at)]);
        map[at] = sum;
      }
      const example = Math.floor((unit * examples) / units);
      const segmentations = given?.map((labels) => segmentsOf(labels, name, example, examples, height, width)) ?? grids;
      data.set(rankRegions(map, segmentations), unit * size);
    }
    return new HostTensor(data, [...leading, ...(last ? [height, width, 1] : [1, height, width])], "float64");
  }
}

type Labels = ReadonlyMap<string, { readonly tensor: HostTensor; readonly what: string }>;

function readLabels(segmentation: Readonly<Record<string, TensorLike>>, i: number, names: readonly string[]): Labels {
  if (!isByName(segmentation))
    throw new InvalidArgumentError(`segments[${i}] must be an object of label maps by input name, as { image: … }`);
  return new Map(
    Object.entries(segmentation).map(([name, labels]) => {
      const what = `segments[${i}] "${name}"`;
      if (!names.includes(name)) throw new InvalidArgumentError(`${what} is unknown; the inputs are ${listNames(names)}`);
      if (isOpaqueTensor(labels))
        throw new InvalidArgumentError(`${what} is a tensor of another backend; labels are read on the host`);
      return [name, { tensor: toExactHostTensor(labels, what), what }];
    }),
  );
}

/** An example's labels numbered through. */
function segmentsOf(labels: Labels, name: string, example: number, examples: number, height: number, width: number): Int32Array {
  const found = labels.get(name);
  if (found === undefined) throw new InvalidArgumentError(`segments have no labels for "${name}"`);
  const { tensor, what } = found;
  const { shape } = tensor;
  const rows = shape.length === 2 ? 1 : shape[0];
  const [high, wide] = shape.slice(-2);
  if (shape.length < 2 || shape.length > 3 || high !== height || wide !== width || (rows !== 1 && rows !== examples))
    throw new InvalidArgumentError(
      `${what} has shape ${formatShape(shape)}: labels of these images are [${height}, ${width}] or [${examples}, ${height}, ${width}]`,
    );
  const start = rows === 1 ? 0 : example * height * width;
  const numbers = new Map<number, number>();
  return Int32Array.from({ length: height * width }, (_, at) => {
    const label = Number(tensor.data[start + at]);
    if (!Number.isInteger(label)) throw new InvalidArgumentError(`${what} has the label ${label}: labels are whole numbers`);
    if (label < 0) return -1;
    const known = numbers.get(label);
    if (known !== undefined) return known;
    numbers.set(label, numbers.size);
    return numbers.size - 1;
  });
}
