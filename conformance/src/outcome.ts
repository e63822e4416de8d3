import type { Comparison } from "./compare/compare.ts";

/** How one case went, and the line's words after its name. */
export interface Outcome {
  readonly status: "pass" | "FAIL" | "skip";
  readonly text: string;
}

/** Told about every case as it is done. */
export type Report = (id: string, outcome: Outcome) => void;

export const skip = (reason: string): Outcome => ({ status: "skip", text: reason });

/** A case that could not be run, or did not hold, in the words of what was thrown. */
export function failure(error: unknown): Outcome {
  return { status: "FAIL", text: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

/** Passes when every comparison holds; shows all of them. */
export function verdict(comparisons: Readonly<Record<string, Comparison>>): Outcome {
  const all = Object.entries(comparisons);
  return {
    status: all.every(([, { holds }]) => holds) ? "pass" : "FAIL",
    text: all.map(([name, { text }]) => `${name} ${text}`).join(", "),
  };
}
