import type { Baselines } from "../model/baselines.ts";
import type { FeatureMask } from "../model/feature-mask.ts";
import type { Target } from "../model/target.ts";
import type { WorkOptions } from "../signal.ts";
import type { TensorLike } from "../tensor/tensor.ts";

/** What is attributed to: a tensor (or what can be made one) for every input of the model, one row an example. */
export type Inputs = Readonly<Record<string, TensorLike>>;

/** What every method that explains an output takes. */
export interface TargetOptions extends WorkOptions {
  /** Which number of the output is explained. @defaultValue all of it: `[n, ...output, ...input]` where that is more than one number */
  readonly target?: Target;
}

/** What every method that takes features away takes. */
export interface PerturbationOptions extends TargetOptions {
  /** What stands for an absent feature, by input name. @defaultValue 0 */
  readonly baselines?: Baselines | undefined;
  /** Which elements are one feature, by input name; equal ids are one feature, across inputs too. @defaultValue every element is one */
  readonly featureMask?: FeatureMask | undefined;
}
