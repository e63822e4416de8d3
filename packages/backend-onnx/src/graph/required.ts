import type { GraphIndex } from "./graph-index.ts";

/** What has to be computed for `fetches` once the values `fed` are given. */
export interface Needed {
  /** Indices of nodes, ascending. */
  readonly nodes: readonly number[];
  /** All values read or fetched that no needed node makes: fed values, inputs and constants. */
  readonly sources: ReadonlySet<string>;
}

export function neededFor(index: GraphIndex, fed: ReadonlySet<string>, fetches: Iterable<string>): Needed {
  const nodes = new Set<number>();
  const seen = new Set<string>();
  const sources = new Set<string>();
  const open = [...fetches];
  while (open.length > 0) {
    const name = open.pop()!;
    if (seen.has(name)) continue;
    seen.add(name);
    const producer = fed.has(name) ? undefined : index.producers.get(name);
    if (producer === undefined) sources.add(name);
    else if (!nodes.has(producer)) {
      nodes.add(producer);
      for (const read of index.reads[producer]!) open.push(read);
    }
  }
  return { nodes: [...nodes].sort((a, b) => a - b), sources };
}

/** The inputs that still reach `fetches` when `fed` are given, in the file's order. */
export function requiredInputs(index: GraphIndex, fed: readonly string[], fetches: readonly string[]): readonly string[] {
  const given = new Set(fed);
  const { sources } = neededFor(index, given, fetches);
  return index.inputs.filter((name) => sources.has(name) && !given.has(name));
}
