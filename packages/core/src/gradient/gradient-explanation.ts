import { InvalidArgumentError } from "../errors.ts";
import { rowLimit } from "../game/row-limit.ts";
import { AttributionResult, type AttributionResultInit } from "../methods/attribution-result.ts";
import type { Inputs, TargetOptions } from "../methods/options.ts";
import { type CountedInputs, countedInputs } from "../methods/tensor-explanation.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import { type Baselines, type ResolvedBaselines, resolveBaselines } from "../model/baselines.ts";
import type { DifferentiableModel, Objective } from "../model/differentiable.ts";
import type { GradientRules } from "../model/gradient-rules.ts";
import type { Model, NamedTensors } from "../model/model.ts";
import { resolveTarget, type TargetPlan } from "../model/target.ts";
import { allocate, isFloat, numbersOf } from "../tensor/dtype.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { DType, HostData, Tensor, TensorData } from "../tensor/tensor.ts";
import { baselineRows } from "./baseline-rows.ts";
import { UnitSums } from "./unit-sums.ts";

/** Tensors on the host by name. */
export type HostValues = Readonly<Record<string, HostData>>;

/** Writes what a row is fed into `out` from `offset` on. */
export type RowFeed = (name: string, row: number, out: TensorData, offset: number) => void;

/** Gradients of many rows: row `r` is of unit `units[r]`. */
export interface GradientPass {
  readonly units: Int32Array;
  readonly wrt: readonly string[];
  /** @defaultValue the values of the unit's example */
  readonly feed?: RowFeed | undefined;
  /** What a row is compared with, for rules that compare. */
  readonly reference?: RowFeed | undefined;
  readonly rules?: GradientRules | undefined;
  /** What is differentiated, for the rows of one call. @defaultValue the explained numbers of the output */
  readonly objective?: ((units: Int32Array) => Objective) | undefined;
  readonly fetches?: readonly string[] | undefined;
  /** Takes what a call gave. */
  each(call: GradientRows): void;
}

/** What one call gave: `count` rows, the first of which is row `begin` of the pass. */
export interface GradientRows {
  readonly begin: number;
  readonly count: number;
  readonly gradients: HostValues;
  readonly values: HostValues;
}

/** One gradient a unit. */
export interface SinglePass {
  readonly sums: Record<string, UnitSums>;
  /** The fetched values, one a unit. */
  readonly fetched: Record<string, UnitSums>;
  /** The explained numbers. */
  readonly value: Float64Array;
}

/**
 * A gradient method's inputs, target and cost, resolved at the door. What is explained is a unit: an explained number of an example,
 * counted as the result lies in memory (`example × explained + which`). Rows of any units are packed into calls of the model.
 */
export class GradientExplanation {
  readonly method: string;
  readonly model: DifferentiableModel;
  /** What is attributed to, on the host. */
  readonly values: HostValues;
  /** What a path starts from; one row, or one an example. Of a distribution the first. */
  readonly baselines: HostValues;
  /** Every baseline of a distribution; where there is one for every example, that alone. */
  readonly distribution: readonly HostValues[];
  readonly examples: number;
  readonly plan: TargetPlan;
  /** Name of the output that is explained. */
  readonly output: string;
  readonly units: number;
  readonly #source: Model;
  readonly #cost: CountedInputs["cost"];
  readonly #options: TargetOptions;
  /** Rows of a call; one, once a layer has shown that its rows are not those of the batch. */
  #limit: number;

  private constructor(init: {
    readonly method: string;
    readonly model: DifferentiableModel;
    readonly values: HostValues;
    readonly distribution: readonly HostValues[];
    readonly examples: number;
    readonly plan: TargetPlan;
    readonly output: string;
    readonly source: Model;
    readonly cost: CountedInputs["cost"];
    readonly options: TargetOptions;
    readonly limit: number;
  }) {
    this.method = init.method;
    this.model = init.model;
    this.values = init.values;
    this.distribution = init.distribution;
    this.baselines = init.distribution[0]!;
    this.examples = init.examples;
    this.plan = init.plan;
    this.output = init.output;
    this.units = init.examples * init.plan.outputs;
    this.#source = init.source;
    this.#cost = init.cost;
    this.#options = init.options;
    this.#limit = init.limit;
  }

  /**
   * @param options.baselines where the method has any: absent features for it to start from.
   * @param settings.inner the method differentiates by inner values only, so that the inputs may be integers.
   * @param settings.distribution every row of the baselines stands beside every example.
   */
  static async of(
    method: string,
    source: DifferentiableModel,
    inputs: Inputs,
    options: TargetOptions & { readonly baselines?: Baselines | undefined },
    settings: { readonly inner?: boolean | undefined; readonly distribution?: boolean | undefined } = {},
  ): Promise<GradientExplanation> {
    const counted = await countedInputs(source, inputs, options.signal);
    const { resolved, cost } = counted;
    const { model, examples } = resolved;
    assertDifferentiableModel(model, "model"); // views of differentiable models are differentiable
    const given = settings.distribution === true ? baselineRows(resolved, options.baselines) : [options.baselines];
    const fitted: ResolvedBaselines[] = [];
    for (const baselines of given) fitted.push(await resolveBaselines(resolved, baselines));
    const { values } = fitted[0]!;
    if (settings.inner !== true) refuseIntegers(method, model, values);
    const [output] = model.outputs;
    if (output === undefined) throw new InvalidArgumentError("the model has no outputs, so there is nothing to explain");
    const limit = rowLimit(model, values);
    const onHost = await readAll(model, values);
    const shape = output.shape ?? [];
    const fixed = shape.length > 0 && shape.slice(1).every((length) => typeof length === "number");
    const outputShape = fixed
      ? [examples, ...shape.slice(1).map(Number)]
      : await outputShapeOf(model, output.name, onHost, examples, options);
    return new GradientExplanation({
      method,
      model,
      values: onHost,
      distribution: await Promise.all(fitted.map(({ baselines }) => readAll(model, baselines))),
      examples,
      plan: resolveTarget(options.target, outputShape, examples, output.name),
      output: output.name,
      source,
      cost,
      options,
      limit,
    });
  }

  get names(): readonly string[] {
    return Object.keys(this.values);
  }

  /** The rows of a pass with so many points a unit: those of a unit are neighbours. */
  rows(points = 1): Int32Array {
    const units = new Int32Array(this.units * points);
    for (let row = 0; row < units.length; row++) units[row] = Math.floor(row / points);
    return units;
  }

  exampleOf(unit: number): number {
    return Math.floor(unit / this.plan.outputs);
  }

  /** Runs a pass, as many rows a call as the model takes. */
  async differentiate(pass: GradientPass): Promise<void> {
    const { units, wrt, fetches = [], feed = this.#own(units) } = pass;
    const { signal, onProgress } = this.#options;
    for (let begin = 0, end = 0; begin < units.length; begin = end) {
      signal?.throwIfAborted();
      end = Math.min(units.length, begin + this.#limit);
      const part = units.subarray(begin, end);
      using _scope = this.model.backend.scope();
      const rules: GradientRules | undefined =
        pass.reference !== undefined && pass.rules?.kind === "deepLift"
          ? { ...pass.rules, reference: this.#feeds(begin, end, pass.reference) }
          : pass.rules;
      const result = await this.model.gradient({
        feeds: this.#feeds(begin, end, feed),
        objective: pass.objective?.(part) ?? this.#target(part),
        wrt,
        fetches,
        rules,
        origin: this.#origin(part),
        signal,
      });
      const [gradients, values] = [await readAll(this.model, result.gradients), await readAll(this.model, result.values)];
      const inner = fetches.filter((name) => name !== this.output);
      const isStacked =
        wrt.some((name) => gradients[name]!.shape[0] !== end - begin) ||
        inner.some((name) => values[name]!.shape[0] !== end - begin);
      if (isStacked && end - begin > 1) {
        // Which of a layer's rows belong to which row of the batch shows only where there is one.
        this.#limit = 1;
        end = begin;
        continue;
      }
      pass.each(
        isStacked
          ? { begin, count: 1, gradients: stacked(gradients, wrt), values: stacked(values, inner) }
          : { begin, count: end - begin, gradients, values },
      );
      onProgress?.({ done: end, total: units.length, unit: "rows" });
    }
  }

  /** Sums of gradients: of every unit the weighted sum over its rows. */
  async sums(pass: Omit<GradientPass, "each">, weight: (row: number) => number): Promise<Record<string, UnitSums>> {
    const sums = Object.fromEntries(pass.wrt.map((name) => [name, new UnitSums(this.units)]));
    await this.differentiate({
      ...pass,
      each: ({ begin, count, gradients }) => {
        for (const name of pass.wrt) {
          const sum = sums[name]!;
          const rows = gradients[name]!;
          sum.admit(name, rows, count);
          for (let row = 0; row < count; row++) sum.add(pass.units[begin + row]!, rows, row, weight(begin + row));
        }
      },
    });
    return sums;
  }

  /** One gradient a unit at its own values, with the explained number from the same pass. */
  async single(pass: Omit<GradientPass, "each" | "units" | "feed">): Promise<SinglePass> {
    const units = this.rows();
    const sums = Object.fromEntries(pass.wrt.map((name) => [name, new UnitSums(this.units)]));
    const value = new Float64Array(this.units);
    const fetched = Object.fromEntries((pass.fetches ?? []).map((name) => [name, new UnitSums(this.units)]));
    await this.differentiate({
      ...pass,
      units,
      fetches: [...new Set([...(pass.fetches ?? []), this.output])],
      each: ({ begin, count, gradients, values }) => {
        const part = units.subarray(begin, begin + count);
        const outputs = this.plan.select(values[this.output]!, this.#origin(part));
        for (let row = 0; row < count; row++)
          value[part[row]!] = outputs[row * this.plan.outputs + (part[row]! % this.plan.outputs)]!;
        for (const [from, to] of [[gradients, sums] as const, [values, fetched] as const])
          for (const name of Object.keys(to)) {
            to[name]!.admit(name, from[name]!, count);
            for (let row = 0; row < count; row++) to[name]!.add(part[row]!, from[name]!, row, 1);
          }
      },
    });
    return { sums, value, fetched };
  }

  /** The explained numbers of rows of these examples, `[rows × explained]`, without going backward. */
  async forward(examples: Int32Array, feed: RowFeed): Promise<Float64Array> {
    const { signal } = this.#options;
    const { outputs } = this.plan;
    const all = new Float64Array(examples.length * outputs);
    for (let begin = 0; begin < examples.length; begin += this.#limit) {
      signal?.throwIfAborted();
      const end = Math.min(examples.length, begin + this.#limit);
      using _scope = this.model.backend.scope();
      const origin = { examples: examples.subarray(begin, end), count: this.examples };
      const feeds = this.#feeds(begin, end, feed);
      const fetched = await this.model.run({ feeds, fetches: [this.output], origin, signal });
      all.set(this.plan.select(await this.model.backend.read(fetched[this.output]!), origin), begin * outputs);
    }
    return all;
  }

  /**
   * The explained numbers at the values and at the baselines, `[examples × explained]` each; of a distribution the mean, each baseline
   * as often as `counts` says.
   */
  async ends(counts?: ArrayLike<number>): Promise<{ readonly value: Float64Array; readonly baseValue: Float64Array }> {
    const { examples, units } = this;
    const used = this.distribution.flatMap((baselines, at) => {
      const count = counts === undefined ? 1 : counts[at]!;
      return count > 0 ? [{ baselines, count }] : [];
    });
    const rows = Int32Array.from({ length: (1 + used.length) * examples }, (_, row) => row % examples);
    const all = await this.forward(rows, (name, row, out, offset) => {
      const from = row < examples ? this.values : used[Math.floor(row / examples) - 1]!.baselines;
      copyRow(from[name]!, rows[row]!, out, offset);
    });
    const total = used.reduce((sum, { count }) => sum + count, 0);
    const baseValue = new Float64Array(units);
    used.forEach(({ count }, at) => {
      for (let unit = 0; unit < units; unit++) baseValue[unit]! += (count / total) * all[(at + 1) * units + unit]!;
    });
    return { value: all.slice(0, units), baseValue };
  }

  /** Attributions by name, in the order of units, as a result. */
  result(
    attributions: Readonly<Record<string, HostTensor>>,
    numbers: {
      readonly value?: Float64Array | undefined;
      readonly baseValue?: Float64Array | undefined;
      readonly delta?: Float64Array | undefined;
      readonly standardErrors?: AttributionResultInit["standardErrors"];
      readonly warnings?: readonly string[] | undefined;
    } = {},
  ): AttributionResult {
    const { value, baseValue, delta, standardErrors, warnings = [] } = numbers;
    const tensor = (data: Float64Array): HostTensor => new HostTensor(data, [this.examples, ...this.plan.shape], "float64");
    return new AttributionResult({
      method: this.method,
      attributions,
      evaluations: { ...this.#cost },
      target: this.#options.target,
      standardErrors,
      value: value && tensor(value),
      baseValue: baseValue && tensor(baseValue),
      delta: delta && tensor(delta),
      warnings: [...warnings, ...(this.#source.notes ?? [])],
    });
  }

  /** Sums as attributions, in the shape of what is attributed to. */
  tensors(sums: Readonly<Record<string, UnitSums>>): Record<string, HostTensor> {
    return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum.tensor(this.examples, this.plan.shape)]));
  }

  /** What the attributions of every unit sum up to, less `value − baseValue`. */
  gap(
    attributions: Readonly<Record<string, HostTensor>>,
    value: Float64Array,
    baseValue: Float64Array | undefined,
  ): Float64Array {
    const gap = new Float64Array(this.units);
    for (const { data } of Object.values(attributions)) {
      const numbers = numbersOf(data);
      const elements = numbers.length / this.units;
      for (let unit = 0; unit < this.units; unit++) {
        let sum = 0;
        for (let i = unit * elements; i < (unit + 1) * elements; i++) sum += numbers[i]!;
        gap[unit]! += sum;
      }
    }
    for (let unit = 0; unit < this.units; unit++) gap[unit]! -= value[unit]! - (baseValue?.[unit] ?? 0);
    return gap;
  }

  /** Every unit's elements of `sums`, times `x − b` of its example. */
  timesDifference(sums: Readonly<Record<string, UnitSums>>): void {
    for (const [name, sum] of Object.entries(sums)) {
      const x = numbersOf(this.values[name]!.data);
      const base = this.baselines[name]!;
      const b = numbersOf(base.data);
      const { data, elements } = sum;
      for (let unit = 0; unit < this.units; unit++) {
        const from = this.exampleOf(unit) * elements;
        const start = base.shape[0] === 1 ? 0 : from;
        const to = unit * elements;
        for (let i = 0; i < elements; i++) data[to + i]! *= x[from + i]! - b[start + i]!;
      }
    }
  }

  /** A unit's gradients along the whole way from its baselines to its values: their products with `x − b`, summed up. */
  along(unit: number, gradients: Readonly<Record<string, Float64Array>>): number {
    let sum = 0;
    for (const [name, gradient] of Object.entries(gradients)) {
      const base = this.baselines[name]!;
      const [x, b] = [numbersOf(this.values[name]!.data), numbersOf(base.data)];
      const from = this.exampleOf(unit) * gradient.length;
      const start = base.shape[0] === 1 ? 0 : from;
      for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * (x[from + i]! - b[start + i]!);
    }
    return sum;
  }

  /** Feeds the values of each row's example. */
  #own(units: Int32Array): RowFeed {
    return (name, row, out, offset) => copyRow(this.values[name]!, this.exampleOf(units[row]!), out, offset);
  }

  #feeds(begin: number, end: number, feed: RowFeed): NamedTensors {
    const count = end - begin;
    return Object.fromEntries(
      Object.entries(this.values).map(([name, { shape, dtype }]) => {
        const elements = sizeOf(shape.slice(1));
        const data: TensorData = allocate<DType>(dtype, count * elements);
        for (let row = 0; row < count; row++) feed(name, begin + row, data, row * elements);
        return [name, this.model.backend.fromData(data, [count, ...shape.slice(1)], dtype)];
      }),
    );
  }

  #target(units: Int32Array): Objective {
    const { outputs } = this.plan;
    const index = Array.from(units, (unit) => this.plan.path(this.exampleOf(unit), unit % outputs));
    return { value: this.output, index };
  }

  #origin(units: Int32Array): { readonly examples: Int32Array; readonly count: number } {
    return { examples: units.map((unit) => this.exampleOf(unit)), count: this.examples };
  }
}

/** Values of one row of the batch that have rows of their own: `[1, rows, ...]`. */
function stacked(values: HostValues, names: readonly string[]): HostValues {
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    names.includes(name) && value.shape[0] !== 1 ? { data: value.data, shape: [1, ...value.shape], dtype: value.dtype } : value,
  ]);
  return Object.fromEntries(entries);
}

/** Copies one row; a tensor of one row gives it to all. */
export function copyRow(from: HostData, row: number, out: TensorData, offset: number): void {
  const elements = sizeOf(from.shape.slice(1));
  const start = from.shape[0] === 1 ? 0 : row * elements;
  // The two are of one dtype, so their arrays are of one class.
  (out as Float32Array).set((from.data as Float32Array).subarray(start, start + elements), offset);
}

/** Writes `b + alpha (x − b)` of one example. */
export function interpolateRow(x: HostData, b: HostData, example: number, alpha: number, out: TensorData, offset: number): void {
  const elements = sizeOf(x.shape.slice(1));
  const from = example * elements;
  const start = b.shape[0] === 1 ? 0 : from;
  const [end, begin, to] = [numbersOf(x.data), numbersOf(b.data), numbersOf(out)];
  for (let i = 0; i < elements; i++) {
    const base = begin[start + i]!;
    to[offset + i] = base + alpha * (end[from + i]! - base);
  }
}

async function readAll(model: Model, tensors: NamedTensors): Promise<HostValues> {
  const entries = Object.entries(tensors).map(async ([name, tensor]) => [name, await model.backend.read(tensor)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function refuseIntegers(method: string, model: Model, values: NamedTensors): void {
  for (const [name, { dtype }] of Object.entries(values))
    if (!isFloat(dtype))
      throw new InvalidArgumentError(
        `input "${name}" is ${dtype}, and whole numbers have no gradient: attribute to the layer that looks them up, ` +
          `new ${method}(fromLayer(model, "the embedding's name"))` +
          (model.inputs.length > 1 ? ", or fix the input with bind if it is not to be attributed to" : ""),
      );
}

/** One row is run where the model does not say what its output looks like. */
async function outputShapeOf(
  model: DifferentiableModel,
  output: string,
  values: HostValues,
  examples: number,
  options: TargetOptions,
): Promise<number[]> {
  const feeds: Record<string, Tensor> = Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const data: TensorData = allocate<DType>(value.dtype, sizeOf(value.shape.slice(1)));
      copyRow(value, 0, data, 0);
      return [name, model.backend.fromData(data, [1, ...value.shape.slice(1)], value.dtype)];
    }),
  );
  const origin = { examples: Int32Array.of(0), count: examples };
  const fetched = await model.run({ feeds, fetches: [output], origin, signal: options.signal });
  const shape = fetched[output]!.shape;
  return shape.length === 0 ? [] : [examples, ...shape.slice(1)];
}
