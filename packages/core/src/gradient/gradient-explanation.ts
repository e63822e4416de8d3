import { InvalidArgumentError } from "../errors.ts";
import { rowLimit } from "../game/row-limit.ts";
import { AttributionResult, type AttributionResultInit } from "../methods/attribution-result.ts";
import type { Inputs, TargetOptions } from "../methods/options.ts";
import { type CountedInputs, countedInputs } from "../methods/tensor-explanation.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import { type Baselines, type ResolvedBaselines, resolveBaselines } from "../model/baselines.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import type { Model, NamedTensors } from "../model/model.ts";
import { resolveTarget, type TargetPlan } from "../model/target.ts";
import { isFloat } from "../tensor/dtype.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { baselineRows } from "./baseline-rows.ts";
import { type ExplainedOutput, explainedOutput } from "./explained-output.ts";
import { ExplainedUnits } from "./explained-units.ts";
import type { GradientPass, RowFeed } from "./gradient-pass.ts";
import { copyRow, type HostValues, readHostValues } from "./host-values.ts";
import { RowRunner } from "./row-runner.ts";
import { UnitSums } from "./unit-sums.ts";

/** One gradient a unit. */
export interface SinglePass {
  readonly sums: Record<string, UnitSums>;
  /** The fetched values, one a unit. */
  readonly fetched: Record<string, UnitSums>;
  /** The explained numbers. */
  readonly value: Float64Array;
}

/** What a gradient method is made of: its inputs and target resolved at the door, passes over the model, and the result. */
export class GradientExplanation {
  readonly method: string;
  readonly #explained: ExplainedUnits;
  /** Name of the output that is explained. */
  readonly #output: string;
  readonly #runner: RowRunner;
  readonly #source: Model;
  readonly #cost: CountedInputs["cost"];
  readonly #options: TargetOptions;

  private constructor(init: {
    readonly method: string;
    readonly explained: ExplainedUnits;
    readonly output: ExplainedOutput;
    readonly runner: RowRunner;
    readonly source: Model;
    readonly cost: CountedInputs["cost"];
    readonly options: TargetOptions;
  }) {
    this.method = init.method;
    this.#explained = init.explained;
    this.#output = init.output.name;
    this.#runner = init.runner;
    this.#source = init.source;
    this.#cost = init.cost;
    this.#options = init.options;
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
    const onHost = await readHostValues(model, values);
    const output = await explainedOutput(model, onHost, examples, options.signal);
    const explained = new ExplainedUnits({
      values: onHost,
      distribution: await Promise.all(fitted.map(({ baselines }) => readHostValues(model, baselines))),
      examples,
      plan: resolveTarget(options.target, output.shape, examples, output.name),
    });
    const runner = new RowRunner(model, explained, output.name, rowLimit(model, values), options);
    return new GradientExplanation({ method, explained, output, runner, source, cost, options });
  }

  /** What is attributed to, on the host. */
  get values(): HostValues {
    return this.#explained.values;
  }

  /** What a path starts from; one row, or one an example. Of a distribution the first. */
  get baselines(): HostValues {
    return this.#explained.baselines;
  }

  /** Every baseline of a distribution; where there is one for every example, that alone. */
  get distribution(): readonly HostValues[] {
    return this.#explained.distribution;
  }

  get names(): readonly string[] {
    return Object.keys(this.values);
  }

  get examples(): number {
    return this.#explained.examples;
  }

  get plan(): TargetPlan {
    return this.#explained.plan;
  }

  /** How many units there are: explained numbers of examples, counted as the result lies in memory. */
  get units(): number {
    return this.#explained.count;
  }

  /** The rows of a pass with so many points a unit: those of a unit are neighbours. */
  rows(points = 1): Int32Array {
    return this.#explained.rows(points);
  }

  exampleOf(unit: number): number {
    return this.#explained.exampleOf(unit);
  }

  /** Runs a pass, as many rows a call as the model takes. */
  async differentiate(pass: GradientPass): Promise<void> {
    await this.#runner.differentiate(pass);
  }

  /** Sums of gradients: of every unit the weighted sum over its rows. */
  async sums(pass: Omit<GradientPass, "each">, weight: (row: number) => number): Promise<Record<string, UnitSums>> {
    const sums = this.#emptySums(pass.wrt);
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
    const { plan } = this;
    const units = this.rows();
    const sums = this.#emptySums(pass.wrt);
    const value = new Float64Array(this.units);
    const fetched = this.#emptySums(pass.fetches ?? []);
    await this.differentiate({
      ...pass,
      units,
      fetches: [...new Set([...(pass.fetches ?? []), this.#output])],
      each: ({ begin, count, gradients, values }) => {
        const part = units.subarray(begin, begin + count);
        const outputs = plan.select(values[this.#output]!, this.#explained.origin(part));
        for (let row = 0; row < count; row++) value[part[row]!] = outputs[row * plan.outputs + (part[row]! % plan.outputs)]!;
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
    return await this.#runner.forward(examples, feed);
  }

  /**
   * The explained numbers at the values and at the baselines, `[examples × explained]` each; of a distribution the mean, each baseline
   * as often as `counts` says.
   */
  async ends(counts?: ArrayLike<number>): Promise<{ readonly value: Float64Array; readonly baseValue: Float64Array }> {
    const { examples, units, values } = this;
    const used = this.distribution.flatMap((baselines, at) => {
      const count = counts === undefined ? 1 : counts[at]!;
      return count > 0 ? [{ baselines, count }] : [];
    });
    const rows = Int32Array.from({ length: (1 + used.length) * examples }, (_, row) => row % examples);
    const all = await this.forward(rows, (name, row, out, offset) => {
      const from = row < examples ? values : used[Math.floor(row / examples) - 1]!.baselines;
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
    return this.#explained.tensors(sums);
  }

  /** What the attributions of every unit sum up to, less `value − baseValue`. */
  gap(
    attributions: Readonly<Record<string, HostTensor>>,
    value: Float64Array,
    baseValue: Float64Array | undefined,
  ): Float64Array {
    return this.#explained.gap(attributions, value, baseValue);
  }

  /** Every unit's elements of `sums`, times `x − b` of its example. */
  timesDifference(sums: Readonly<Record<string, UnitSums>>): void {
    this.#explained.timesDifference(sums);
  }

  /** A unit's gradients along the whole way from its baselines to its values: their products with `x − b`, summed up. */
  along(unit: number, gradients: Readonly<Record<string, Float64Array>>): number {
    return this.#explained.along(unit, gradients);
  }

  #emptySums(names: readonly string[]): Record<string, UnitSums> {
    return Object.fromEntries(names.map((name) => [name, new UnitSums(this.units)]));
  }
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
