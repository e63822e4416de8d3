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

/** Runs rows of any units through the model, forward or backward, packed into as few calls as it takes. */
export class RowRunner {
  readonly #model: DifferentiableModel;
  readonly #units: ExplainedUnits;
  /** Name of the output that is explained. */
  readonly #output: string;
  readonly #options: WorkOptions;
  /** Rows of a call; one, once a layer has shown that its rows are not those of the batch. */
  #limit: number;

  constructor(model: DifferentiableModel, units: ExplainedUnits, output: string, limit: number, options: WorkOptions) {
    this.#model = model;
    this.#units = units;
    this.#output = output;
    this.#limit = limit;
    this.#options = options;
  }

  async differentiate(pass: GradientPass): Promise<void> {
    const { units, wrt, fetches = [], feed = this.#own(units) } = pass;
    const { signal, onProgress } = this.#options;
    for (let begin = 0, end = 0; begin < units.length; begin = end) {
      signal?.throwIfAborted();
      end = Math.min(units.length, begin + this.#limit);
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
        signal,
      });
      const gradients = await readHostValues(this.#model, result.gradients);
      const values = await readHostValues(this.#model, result.values);
      const inner = fetches.filter((name) => name !== this.#output);
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

/** Values of one row of the batch that have rows of their own: `[1, rows, ...]`. */
function stacked(values: HostValues, names: readonly string[]): HostValues {
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    names.includes(name) && value.shape[0] !== 1 ? { data: value.data, shape: [1, ...value.shape], dtype: value.dtype } : value,
  ]);
  return Object.fromEntries(entries);
}
