import type { AbortSignalLike } from "../signal.ts";
import type { DType, Tensor, TensorBackend } from "../tensor/tensor.ts";

/** Tensors by value name. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** A named value of a model: an input, an output, or a layer's result. */
export interface ValueInfo {
  readonly name: string;
  /** Absent where the model does not say (a black-box function). */
  readonly dtype?: DType | undefined;
  /** A number is fixed, a string is a named free dimension, `null` is free; absent where the rank is unknown. The first axis is the batch. */
  readonly shape?: readonly (number | string | null)[] | undefined;
}

/** Which example every row of a batch stands for. Absent: row i is example i. */
export interface RowOrigin {
  /** One entry a row: the index of its example. */
  readonly examples: Int32Array;
  /** How many examples there are in all. */
  readonly count: number;
}

/** One evaluation of a model on a batch of rows. */
export interface RunRequest {
  /** Every input by name. All have the same number of rows, save scalars and what `shared` and `stacked` name. */
  readonly feeds: NamedTensors;
  /** Feeds without a batch axis: they are the same for every row and passed as they are, also when the rows are split. */
  readonly shared?: readonly string[] | undefined;
  /** Feeds with several rows for every row of the batch, as many for each, next to each other: they are split where the rows are. */
  readonly stacked?: readonly string[] | undefined;
  /** The values wanted, by name. */
  readonly fetches: readonly string[];
  readonly origin?: RowOrigin | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** What a method attributes to, where that is not what the user hands over: see {@link Model.resolve}. */
export interface ResolvedInputs {
  /** The values attributed to, one row an example, by name. */
  readonly values: NamedTensors;
  /** The model to run from here on: its inputs are exactly `values`, all else is bound. */
  readonly model: Model;
  /** The attributed values at other inputs: turns a baseline given for the inputs into one for `values`. */
  at(inputs: NamedTensors): Promise<NamedTensors>;
}

/**
 * A model: named inputs in, named outputs out, any number of rows (examples) at a time. This is all a perturbation method needs.
 * A layer, a neuron, fixed inputs or a smaller batch are views: models made from models.
 */
export interface Model {
  /** Where the model's tensors live. */
  readonly backend: TensorBackend;
  /** The values to feed: what a method attributes to. Empty where the model takes whatever it is fed (a black-box function). */
  readonly inputs: readonly ValueInfo[];
  /** The first one is what is explained. */
  readonly outputs: readonly ValueInfo[];
  /** Rows that one call of `run` may hold; methods cut their work to it. */
  readonly maxBatchSize: number;
  /** What a user should know of every result: "the file has a fixed batch of 1: rows are run one by one". */
  readonly notes?: readonly string[] | undefined;
  /**
   * Whether the model has done with its feeds when `run` resolves, so that their memory may be written to again. A model that runs
   * code of the user's cannot know.
   */
  readonly releasesFeeds?: boolean | undefined;
  /** The fetched values by name; one row each for every row fed. */
  run(request: RunRequest): Promise<NamedTensors>;
  /**
   * A layer view attributes to a layer's value at the user's inputs: it computes that value here, and the model that goes on from
   * it. Absent: the inputs themselves are attributed to.
   */
  resolve?(inputs: NamedTensors, signal?: AbortSignalLike): Promise<ResolvedInputs>;
}

/** A model whose inner values can be fetched and fed by name as well. */
export interface GraphModel extends Model {
  /** Looks a value up by name, inputs and outputs included. */
  value(name: string): ValueInfo | undefined;
  /** Names of all values, in the order they are computed. */
  readonly values: readonly string[];
  /** The inputs that still reach `fetches` when `fed` are given. */
  required(fed: readonly string[], fetches: readonly string[]): readonly string[];
}
