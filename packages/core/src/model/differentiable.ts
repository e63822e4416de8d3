import type { AbortSignalLike } from "../signal.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { GradientRules } from "./gradient-rules.ts";
import type { GraphModel, Model, NamedTensors, RowOrigin } from "./model.ts";

/**
 * The number that is differentiated, one a row, as data: an element of a value (an index path without the batch axis; the empty path
 * where the value has one element a row), or a weighted sum of the value's elements.
 */
export type Objective = ObjectiveNumber & {
  /**
   * The axis of the value, the batch counted, along which it is first turned into log-probabilities, `x − log Σ exp x`: the number is of
   * these. Only for a model that {@link DifferentiableModel.differentiatesLogSoftmax}. Counts from the back where negative.
   *
   * @defaultValue the number is of the value itself
   */
  readonly logSoftmax?: number | undefined;
};

type ObjectiveNumber =
  | { readonly value: string; readonly index: readonly (readonly number[])[] }
  | { readonly value: string; readonly cotangent: Tensor };

/** One forward and backward pass of a model on a batch of rows. */
export interface GradientRequest {
  /** As in a run; inner values may be fed and differentiated by as well. */
  readonly feeds: NamedTensors;
  /**
   * Each row's number depends on that row alone, so the gradient of all rows comes in one pass. `index` has one path a row, `cotangent`
   * the shape of its value.
   */
  readonly objective: Objective;
  /** The values to differentiate by, by name: inputs, or inner values where the model has them. */
  readonly wrt: readonly string[];
  /** Forward values wanted from the same pass. @defaultValue none */
  readonly fetches?: readonly string[] | undefined;
  /** How named kinds of operation pass the gradient back, in place of the true derivative. @defaultValue none */
  readonly rules?: GradientRules | undefined;
  /** Names of feeds that have no batch axis. @defaultValue none */
  readonly shared?: readonly string[] | undefined;
  /** Names of feeds with several rows for every row of the batch, as in a run. @defaultValue none */
  readonly stacked?: readonly string[] | undefined;
  readonly origin?: RowOrigin | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** What a call of `gradient` gives: the gradients, and the values that were fetched on the way. */
export interface GradientResult {
  /** The gradients by name, each of its value's shape. */
  readonly gradients: NamedTensors;
  /** The fetched forward values by name. */
  readonly values: NamedTensors;
}

/** A model that can be differentiated: what gradient methods need. */
export interface DifferentiableModel extends Model {
  /**
   * Whether an objective may be a number of the value's log-softmax, which then needs no second call for the scores.
   *
   * @defaultValue false
   */
  readonly differentiatesLogSoftmax?: boolean | undefined;
  /** @throws UnsupportedOpError where an operation on the way from `wrt` to the objective has no derivative. */
  gradient(request: GradientRequest): Promise<GradientResult>;
}

/** A differentiable model whose inner values can be fetched, fed and differentiated by: what gradient methods at layers need. */
export interface DifferentiableGraphModel extends GraphModel, DifferentiableModel {}
