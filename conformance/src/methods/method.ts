import type { HostData } from "@attr/core";
import type { CaseFolder } from "../case-folder.ts";
import type { Case } from "../format/case.ts";

/** What a method said to a case. */
export interface Answer {
  /** The result by the names the case expects. */
  readonly values: Readonly<Record<string, HostData>>;
  /** Sum of the attributions less the difference of the outputs, one number an example. */
  readonly delta?: HostData | undefined;
  /** The outputs at the inputs and at the baselines, one number an example: the delta is of their difference. */
  readonly ends?: { readonly value: HostData; readonly baseValue: HostData } | undefined;
  readonly inputTokens?: readonly string[] | undefined;
  readonly outputTokens?: readonly string[] | undefined;
}

/** Puts a case to one of our methods. */
export type CaseMethod = (one: Case, folder: CaseFolder) => Promise<Answer>;
