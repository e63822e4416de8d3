import type { DifferentiableModel, Objective } from "../model/differentiable.ts";
import type { GradientRules } from "../model/gradient-rules.ts";
import type { NamedTensors } from "../model/model.ts";
import type { WorkOptions } from "../signal.ts";
import { allocate } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { DType, TensorData } from "../tensor/tensor.ts";
import type { ExplainedUnits } from "./explained-units.ts";
import type { GradientPass, RowFeed } from "./gradient-pass.ts";
import { copyRow, type HostValues, readHostValues } from "./host-values.ts";
import { isStackOf, stacksOf } from "./stacked-rows.ts";

/** Runs rows of any units through the model, forward or backward, packed into as few calls as it takes. */
export class RowRunner {
  readonly #model: DifferentiableModel;
  readonly #units: ExplainedUnits;
  /** Name of the output that is explained. */
  readonly #output: string;
  readonly #options: WorkOptions;
  /** Rows of a call; one, once a layer has shown that its rows cannot be shared out among those of the batch. */
  #limit: number;
  /** Whether the rows that a layer has for a row of the batch lie next to each other; undefined until a layer has any. */
  #neighbours: boolean | undefined;

  constructor(model: DifferentiableModel, units: ExplainedUnits, output: string, limit: number, options: WorkOptions) {
    this.#model = model;
    this.#units = units;
    this.#output = output;
    this.#limit = limit;
    this.#options = options;
  }

  async differentiate(pass: GradientPass): Promise<void> {
    const { units, wrt, fetches = [] } = pass;
    const { signal, onProgress } = this.#options;
    const inner = fetches.filter((name) => name !== this.#output);
    for (let begin = 0, end = 0; begin < units.length; begin = end) {
      signal?.throwIfAborted();
      end = Math.min(units.length, begin + this.#limit);
      const count = end - begin;
      const { gradients, values } = await this.#call(pass, begin, end);
      const isStacked =
        wrt.some((name) => gradients[name]!.shape[0] !== count) || inner.some((name) => values[name]!.shape[0] !== count);
      if (!isStacked) pass.each({ begin, count, gradients, values });
      else {
        const [shared, kept] = [stacksOf(gradients, wrt, count), stacksOf(values, inner, count)];
        const layers = [...new Set([...wrt, ...inner])];
        if (shared === undefined || kept === undefined || !(await this.#areNeighbours(pass, begin, end, layers))) {
          // Which of a layer's rows belong to which row of the batch shows only where there is one.
          this.#limit = 1;
          end = begin;
          continue;
        }
        pass.each({ begin, count, gradients: shared, values: kept });
      }
      onProgress?.({ done: end, total: units.length, unit: "rows" });
    }
  }

  /** Runs the rows `begin .. end` of a pass. */
  async #call(
    pass: GradientPass,
    begin: number,
    end: number,
  ): Promise<{ readonly gradients: HostValues; readonly values: HostValues }> {
    const { units, wrt, fetches = [], feed = this.#own(units) } = pass;
    const part = units.subarray(begin, end);
    using _scope = this.#model.backend.scope();
    const rules: GradientRules | undefined =
      pass.reference !== undefined && pass.rules?.kind === "deepLift"
        ? { ...pass.rules, reference: this.#feeds(begin, end, pass.reference) }
        : pass.rules;
    const result = await this.#model.gradient({
      feeds: this.#feeds(begin, end, feed),
      objective: pass.objective?.(part) ?? this.#target(part),
      wrt,
      fetches,
      rules,
      origin: this.#units.origin(part),
      signal: this.#options.signal,
    });
    return {
      gradients: await readHostValues(this.#model, result.gradients),
      values: await readHostValues(this.#model, result.values),
    };
  }

  /**
   * Whether the rows of layers lie next to each other that belong to the same row of the batch; those of a gradient lie as those of the
   * value do. Found out once: the values at the first and the last row of a call, run alone, are compared with what they are in it.
   */
  async #areNeighbours(pass: GradientPass, begin: number, end: number, layers: readonly string[]): Promise<boolean> {
    if (end - begin === 1) return true;
    this.#neighbours ??= await this.#foundNeighbours(pass, begin, end, layers);
    return this.#neighbours;
  }

  async #foundNeighbours(pass: GradientPass, begin: number, end: number, layers: readonly string[]): Promise<boolean> {
    const { units, feed = this.#own(units) } = pass;
    const valuesOf = async (from: number, to: number): Promise<HostValues | undefined> => {
      using _scope = this.#model.backend.scope();
      const feeds = this.#feeds(from, to, feed);
      const origin = this.#units.origin(units.subarray(from, to));
      const values = await this.#model.run({ feeds, fetches: layers, origin, signal: this.#options.signal });
      return stacksOf(await readHostValues(this.#model, values), layers, to - from);
    };
    const together = await valuesOf(begin, end);
    if (together === undefined) return false;
    for (const row of [begin, end - 1]) {
      const alone = await valuesOf(row, row + 1);
      if (alone === undefined || !isStackOf(together, row - begin, alone, layers)) return false;
    }
    return true;
  }

  /** The explained numbers of rows of these examples, `[rows × explained]`, without going backward. */
  async forward(examples: Int32Array, feed: RowFeed): Promise<Float64Array> {
    const { signal } = this.#options;
    const { plan } = this.#units;
    const all = new Float64Array(examples.length * plan.outputs);
    for (let begin = 0; begin < examples.length; begin += this.#limit) {
      signal?.throwIfAborted();
      const end = Math.min(examples.length, begin + this.#limit);
      using _scope = this.#model.backend.scope();
      const origin = { examples: examples.subarray(begin, end), count: this.#units.examples };
      const feeds = this.#feeds(begin, end, feed);
      const fetched = await this.#model.run({ feeds, fetches: [this.#output], origin, signal });
      all.set(plan.select(await this.#model.backend.read(fetched[this.#output]!), origin), begin * plan.outputs);
    }
    return all;
  }

  /** Feeds the values of each row's example. */
  #own(units: Int32Array): RowFeed {
    return (name, row, out, offset) => copyRow(this.#units.values[name]!, this.#units.exampleOf(units[row]!), out, offset);
  }

  #feeds(begin: number, end: number, feed: RowFeed): NamedTensors {
    const count = end - begin;
    return Object.fromEntries(
      Object.entries(this.#units.values).map(([name, { shape, dtype }]) => {
        const elements = sizeOf(shape.slice(1));
        const data: TensorData = allocate<DType>(dtype, count * elements);
        for (let row = 0; row < count; row++) feed(name, begin + row, data, row * elements);
        return [name, this.#model.backend.fromData(data, [count, ...shape.slice(1)], dtype)];
      }),
    );
  }

  #target(units: Int32Array): Objective {
    const { plan } = this.#units;
    const index = Array.from(units, (unit) => plan.path(this.#units.exampleOf(unit), unit % plan.outputs));
    return { value: this.#output, index };
  }
}
