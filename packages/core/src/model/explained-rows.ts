import { InvalidArgumentError } from "../errors.ts";
import type { AbortSignalLike } from "../signal.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Model, NamedTensors, RowOrigin } from "./model.ts";
import { resolveTarget, type Target, type TargetPlan } from "./target.ts";

/** Runs rows of a model's inputs, of any examples, and reads the explained numbers of each. */
export class ExplainedRows {
  readonly #model: Model;
  readonly #target: Target;
  readonly #examples: number;
  readonly #output: string;
  #plan: TargetPlan | undefined;

  /** @throws InvalidArgumentError for a model without outputs. */
  constructor(model: Model, target: Target, examples: number) {
    const [output] = model.outputs;
    if (output === undefined) throw new InvalidArgumentError("the model has no outputs, so there is nothing to explain");
    this.#model = model;
    this.#target = target;
    this.#examples = examples;
    this.#output = output.name;
  }

  /** How the explained numbers lie in the output: known after the first call. */
  get plan(): TargetPlan | undefined {
    return this.#plan;
  }

  /** `[rows, explained]`. @param examples The example of every row. */
  async run(feeds: NamedTensors, examples: Int32Array, signal: AbortSignalLike | undefined): Promise<Float64Array> {
    const name = this.#output;
    const origin: RowOrigin = { examples, count: this.#examples };
    const fetched = await this.#model.run({ feeds, fetches: [name], origin, signal });
    const tensor = fetched[name];
    if (tensor === undefined) throw new InvalidArgumentError(`the model gave no value for its output "${name}"`);
    if (tensor.shape[0] !== examples.length)
      throw new InvalidArgumentError(
        `output "${name}" has shape ${formatShape(tensor.shape)} for ${examples.length} rows fed; a model gives one row for every row, ` +
          "and one whose output is of the batch as a whole is wrapped in wholeBatch(model)",
      );
    this.#plan ??= resolveTarget(this.#target, tensor.shape, this.#examples, name);
    return this.#plan.select(await this.#model.backend.read(tensor), origin);
  }
}
