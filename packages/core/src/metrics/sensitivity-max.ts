import { checkNumber, checkWhole } from "../check-number.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { HostValues } from "../gradient/host-values.ts";
import { ExampleCopies } from "../methods/example-copies.ts";
import type { TensorMethod } from "../methods/method.ts";
import type { Inputs, TargetOptions } from "../methods/options.ts";
import { methodScope } from "../methods/tensor-explanation.ts";
import type { Model } from "../model/model.ts";
import type { WorkOptions } from "../signal.ts";
import { isFloat, type NumberData, numbersOf } from "../tensor/dtype.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { seededRandom } from "../tensor/random.ts";
import { sizeOf } from "../tensor/shape.ts";
import { asTensors, type Perturb, readPerturbed } from "./perturb.ts";
import type { SampledMetric } from "./sampled-metric.ts";

/** How far {@link sensitivityMax} moves the inputs, and how often. */
export interface SensitivityOptions extends Pick<WorkOptions, "onProgress"> {
  /** Makes the perturbed inputs of a sample. @defaultValue every element moves by a random distance of at most `radius`, the same for all examples */
  readonly perturb?: Perturb | undefined;
  /** How far the default perturbation moves an element. @defaultValue 0.02 */
  readonly radius?: number | undefined;
  /** Perturbations of every example. @defaultValue 10 */
  readonly samples?: number | undefined;
  /** Order of the norm, from 1 up; `Infinity` is the largest magnitude. @defaultValue 2 */
  readonly norm?: number | undefined;
  /** Perturbed copies of every example that the method is given at a time. @defaultValue as many as fit into a call of the model */
  readonly samplesPerBatch?: number | undefined;
  /** Starts the stream of random numbers. @defaultValue 0 */
  readonly seed?: number | undefined;
}

/**
 * How much attributions change when the inputs hardly do: the largest `‖φ(x̃) − φ(x)‖ / ‖φ(x)‖` over perturbations, over all inputs
 * together (undivided where `φ(x)` is 0). 0 is most stable. It says nothing of whether attributions are right.
 *
 * `1 + samples` times the rows of the method, packed into its calls. Over a layer view the layer's value is perturbed. Yeh, Hsieh, Suggala,
 * Inouye and Ravikumar, "On the (in)fidelity and sensitivity of explanations", 2019.
 *
 * @param methodOptions What the method is asked: its target, baselines, masks, …
 * @throws InvalidArgumentError for what the method refuses, for options out of range, and for integer inputs without a `perturb`.
 */
export async function sensitivityMax<M extends Model, Options extends TargetOptions>(
  method: TensorMethod<M, Options>,
  inputs: Inputs,
  // What the method needs beyond this is its own to ask for.
  methodOptions: Options = {} as Options,
  options: SensitivityOptions = {},
): Promise<SampledMetric> {
  const { radius = 0.02, samples = 10, norm = 2, samplesPerBatch, seed = 0, onProgress } = options;
  checkWhole("samples", samples, 1);
  if (typeof method?.attribute !== "function")
    throw new InvalidArgumentError(
      "method must be an attribution method, as in sensitivityMax(new Saliency(model), inputs, { target: 0 })",
    );
  if (!(norm >= 1)) throw new InvalidArgumentError(`norm must be a number from 1 up, got ${String(norm)}`);
  checkNumber("radius", radius, 0);
  using _scope = methodScope("sensitivityMax", method.model);
  const copies = await ExampleCopies.of("sensitivityMax", method, inputs, methodOptions);
  const { values, examples } = copies;
  const perturb = options.perturb ?? inBall(radius);
  const random = seededRandom(seed);
  const change = async (copy: number): Promise<HostValues> => {
    if (copy === 0) return values;
    const { perturbed } = await perturb(asTensors(values), random.fork(`perturbation ${copy - 1}`));
    return { ...values, ...readPerturbed(perturbed, values, "perturbed") };
  };
  let first: readonly NumberData[] | undefined;
  let whole: readonly number[] = [];
  const each: number[][] = Array.from({ length: examples }, () => []);
  let done = 0;
  for await (const { copies: count, result } of copies.attribute(1 + samples, samplesPerBatch, change)) {
    const all = Object.values(result.attributions).map(({ data }) => numbersOf(data));
    for (let copy = 0; copy < count; copy++) {
      const own = all.map((data) => data.subarray((copy * data.length) / count, ((copy + 1) * data.length) / count));
      if (first === undefined) {
        first = own;
        whole = each.map((_, example) => normOf(own, undefined, example, examples, norm) || 1);
      } else
        for (let example = 0; example < examples; example++)
          each[example]!.push(normOf(own, first, example, examples, norm) / whole[example]!);
    }
    done += count;
    onProgress?.({ done, total: 1 + samples, unit: "samples" });
  }
  return {
    metric: "sensitivityMax",
    method: method.name,
    samples,
    score: each.map((changes) => changes.reduce((most, change) => (change > most || Number.isNaN(change) ? change : most), 0)),
    values: each,
    evaluations: copies.cost,
  };
}

/** The norm of one example's numbers, less others where they are given. */
function normOf(
  parts: readonly NumberData[],
  less: readonly NumberData[] | undefined,
  example: number,
  examples: number,
  order: number,
): number {
  let sum = 0;
  parts.forEach((part, at) => {
    const other = less?.[at];
    const width = part.length / examples;
    for (let i = example * width; i < (example + 1) * width; i++) {
      const size = Math.abs(part[i]! - (other?.[i] ?? 0));
      sum = order === Number.POSITIVE_INFINITY ? Math.max(sum, size) : sum + size ** order;
    }
  });
  return order === Number.POSITIVE_INFINITY ? sum : sum ** (1 / order);
}

/** Every element moves by a distance drawn evenly from −radius to radius; what an example gets does not depend on the others. */
function inBall(radius: number): Perturb {
  return (inputs, random) => ({
    perturbed: Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape, dtype }]) => {
        if (!isFloat(dtype))
          throw new InvalidArgumentError(
            `input "${name}" is ${dtype}, and whole numbers cannot move by a fraction: give a perturb, or attribute to a layer with fromLayer`,
          );
        const width = sizeOf(shape.slice(1));
        const stream = random.fork(name);
        const moves = Float64Array.from({ length: width }, () => radius * (2 * stream.next() - 1));
        const from = numbersOf(data);
        const moved = Float64Array.from(from, (value, i) => value + moves[i % width]!);
        return [name, new HostTensor(moved, shape, "float64")];
      }),
    ),
  });
}
