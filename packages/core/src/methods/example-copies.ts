import { UnsupportedError } from "../errors.ts";
import { type HostValues, readHostValues } from "../gradient/host-values.ts";
import { repeatExamples } from "../gradient/repeat-examples.ts";
import { type Baselines, resolveBaselines } from "../model/baselines.ts";
import type { FeatureMask } from "../model/feature-mask.ts";
import type { Model, NamedTensors } from "../model/model.ts";
import type { Target } from "../model/target.ts";
import { allocate } from "../tensor/dtype.ts";
import { isOpaqueTensor, toExactHostTensor } from "../tensor/from.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import type { DType, HostData, TensorData, TensorLike } from "../tensor/tensor.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { type CountedInputs, countedInputs } from "./tensor-explanation.ts";

/** Copies at a time where the model takes any number of rows. */
const freeRows = 64;

/** Options that may have a row for every example, which goes with every copy of it. */
interface ExampleOptions extends TargetOptions {
  readonly baselines?: Baselines | undefined;
  readonly featureMask?: FeatureMask | undefined;
}

/** Attributions of some copies of all examples, one set after the other along the first axis. */
export interface CopiesResult {
  readonly copies: number;
  readonly result: AttributionResult;
}

/**
 * Examples for a method to be asked of in changed copies, as many at a time as fit into a call of the model. Over a layer view it is the
 * layer's value that is changed, computed once.
 */
export class ExampleCopies<M extends Model, Options extends TargetOptions> {
  /** What is changed: the inputs, or the layer's value. */
  readonly values: HostValues;
  readonly examples: number;
  /** What was spent on it so far. */
  readonly cost: CountedInputs["cost"];
  readonly #method: TensorMethod<M, Options>;
  readonly #model: Model;
  readonly #own: Options & ExampleOptions;
  /** For the layer, where they were given for the inputs. */
  readonly #baselines: NamedTensors | undefined;

  private constructor(
    method: TensorMethod<M, Options>,
    own: Options & ExampleOptions,
    { resolved: { model, examples }, cost }: CountedInputs,
    values: HostValues,
    baselines: NamedTensors | undefined,
  ) {
    this.values = values;
    this.examples = examples;
    this.cost = { ...cost };
    this.#method = method;
    this.#model = model;
    this.#own = own;
    this.#baselines = baselines;
  }

  /**
   * @param caller Who asks, for the error.
   * @throws UnsupportedError over a layer view, for a method that cannot be made over another model.
   */
  static async of<M extends Model, Options extends TargetOptions>(
    caller: string,
    method: TensorMethod<M, Options>,
    inputs: Inputs,
    options: Options,
  ): Promise<ExampleCopies<M, Options>> {
    const own: Options & ExampleOptions = options; // where a method has the two, they are these; it checks them itself
    const counted = await countedInputs(method.model, inputs, own.signal);
    const { resolved } = counted;
    if (method.over === undefined && resolved.at !== undefined)
      throw new UnsupportedError(
        `${caller} cannot change a layer's value for ${method.name}: wrap it over the model's own inputs, without fromLayer`,
      );
    // At a layer, baselines given for the inputs are turned into the layer's once for all copies.
    const fitted =
      resolved.at !== undefined && own.baselines !== undefined && method.baselineRows !== "distribution"
        ? await resolveBaselines(resolved, own.baselines)
        : undefined;
    const values = await readHostValues(resolved.model, fitted?.values ?? resolved.values);
    return new ExampleCopies(method, own, counted, values, fitted?.baselines);
  }

  /**
   * @param total Copies in all.
   * @param atATime Copies of a call of the method, where it takes several. Absent: as many as fit.
   */
  async *attribute(
    total: number,
    atATime: number | undefined,
    change: (copy: number) => HostValues | Promise<HostValues>,
  ): AsyncGenerator<CopiesResult, void, void> {
    const { examples } = this;
    const [method, model, own] = [this.#method, this.#model, this.#own];
    const fitting = Math.floor((Number.isFinite(model.maxBatchSize) ? model.maxBatchSize : freeRows) / examples);
    const most = method.over === undefined || method.mixesExamples === true ? 1 : (atATime ?? Math.max(1, fitting));
    for (let begin = 0; begin < total; begin += most) {
      const copies = Math.min(most, total - begin);
      const changed: HostValues[] = [];
      for (let copy = begin; copy < begin + copies; copy++) changed.push(await change(copy));
      const options: Options = {
        ...own,
        target: repeatTarget(own.target, copies),
        ...(own.baselines !== undefined && {
          baselines:
            method.baselineRows === "distribution"
              ? own.baselines
              : repeatRows(this.#baselines ?? own.baselines, examples, copies),
        }),
        ...(own.featureMask !== undefined && { featureMask: repeatRows(own.featureMask, examples, copies) }),
      };
      const inputs = Object.fromEntries(Object.keys(this.values).map((name) => [name, stack(changed.map((one) => one[name]!))]));
      // A view can do what its model can.
      const over = method.over?.(repeatExamples(model, examples) as M) ?? method;
      const result = await over.attribute(inputs, options);
      this.cost.calls += result.evaluations.calls;
      this.cost.rows += result.evaluations.rows;
      const { gradients = 0 } = result.evaluations;
      if (gradients > 0) this.cost.gradients = (this.cost.gradients ?? 0) + gradients;
      yield { copies, result };
    }
  }
}

/** Tensors of one shape, one after the other along the first axis. */
function stack(parts: readonly HostData[]): HostTensor {
  const { data, shape, dtype } = parts[0]!;
  const out: TensorData = allocate<DType>(dtype, parts.length * data.length);
  // They are of one dtype, so their arrays are of one class.
  for (let i = 0; i < parts.length; i++) (out as Float32Array).set(parts[i]!.data as Float32Array, i * data.length);
  return new HostTensor(out, [parts.length * shape[0]!, ...shape.slice(1)], dtype);
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
    return [name, tensor.shape[0] === examples ? stack(Array.from({ length: copies }, () => tensor)) : tensor];
  });
  // The same names with values of the kind they had.
  return Object.fromEntries(repeated) as T;
}
