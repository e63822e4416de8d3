import type { Quadrature } from "../gradient/quadrature.ts";
import type { Baselines } from "../model/baselines.ts";
import type { TargetOptions } from "./options.ts";

/** What every method that compares with a baseline takes. */
export interface BaselineOptions extends TargetOptions {
  /** What stands for an absent feature, by input name; one row, or one an example. @defaultValue 0 */
  readonly baselines?: Baselines | undefined;
}

/** What every method that follows the straight path from the baselines to the inputs takes. */
export interface PathOptions extends BaselineOptions {
  /** Points of the path at which the gradient is taken. @defaultValue 50 */
  readonly steps?: number | undefined;
  /** How the points lie and weigh. @defaultValue "gauss-legendre" */
  readonly quadrature?: Quadrature | undefined;
}

/** Whether attributions are of the output's unit, or of the output's unit per the input's. */
export interface MultiplyByInputs {
  /**
   * Multiplies by the input's distance from its baseline, so that attributions sum up to the change of the output. Without it they say
   * how sensitive the output is.
   * @defaultValue true
   */
  readonly multiplyByInputs?: boolean | undefined;
}

/** Names the inner value that a layer method is about. */
export interface LayerSettings {
  /** Name of the value, as the model has it. */
  readonly layer: string;
}
