import type { Evaluations } from "../methods/attribution-result.ts";

/** What `infidelity` and `sensitivityMax` found: plain data. */
export interface SampledMetric {
  readonly metric: "infidelity" | "sensitivityMax";
  /** Name of the method, where it is known. */
  readonly method?: string | undefined;
  readonly samples: number;
  /** `[example]`. */
  readonly score: readonly number[];
  /** What the score is the mean or the largest of, `[example][sample]`. */
  readonly values: readonly (readonly number[])[];
  readonly evaluations: Evaluations;
}
