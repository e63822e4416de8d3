import { type CallLimits, callCost, rowBatches } from "./row-batches.ts";
import { type TrieNode, tokenTrie } from "./token-trie.ts";

/** One row of a call: the tokens `start .. end` (exclusive) of a sequence, going on from what another row computed before `start`. */
export interface PlannedRow {
  /** The sequence whose tokens these are. */
  readonly sequence: number;
  readonly start: number;
  readonly end: number;
  /** The row whose keys and values up to `start` this row goes on from; -1 where it starts anew (`start` is 0). */
  readonly parent: number;
}

/** One call of the model. */
export interface PlannedCall {
  /** Indices of the rows it holds. */
  readonly rows: readonly number[];
  /** New tokens of its widest row: all others are padded to it. */
  readonly width: number;
  /** Tokens before `start` of the row that has most of them. */
  readonly past: number;
}

/** Which rows are computed in which calls, in an order in which every row's parent comes before it. */
export interface ScoringPlan {
  readonly rows: readonly PlannedRow[];
  readonly calls: readonly PlannedCall[];
  /** The row that holds the last token of every sequence; the tokens before its start are held by its parents. */
  readonly rowOf: Int32Array;
  /** How many of a row's tokens (those before its start included) other rows go on from; 0: its keys and values are not needed. */
  readonly kept: Int32Array;
  /** Token positions computed in all, padding included. */
  readonly tokens: number;
}

/** What a plan may use. */
export interface PlanLimits extends CallLimits {
  /** Whether a row can go on from keys and values computed before; without it every row holds a whole sequence. */
  readonly cached: boolean;
  /** Whether tokens that sequences share may be computed once; needs `cached`. */
  readonly sharing: boolean;
  /** Whether rows of one call may go on from different numbers of tokens (needs a mask and position ids). */
  readonly mixedPasts: boolean;
  /** Tokens a row must have before it for going on from another one to be worth its while. */
  readonly minimumShared: number;
  /** The width every row is padded to, where the model's length is fixed. */
  readonly fixedWidth?: number | undefined;
}

/**
 * Plans the calls that compute every sequence. Sequences that begin alike share those tokens: they form a trie, one row follows the
 * way to most of its leaves, and a row that leaves the way goes on from the keys and values up to there. Every distinct token is so
 * computed once, and no row waits for more than log2(sequences) others (and the pieces a long row is cut into). Where that does not pay
 * (short shared beginnings, more calls than saved tokens) every sequence is computed by itself.
 */
export function planScoring(sequences: readonly Int32Array[], limits: PlanLimits): ScoringPlan {
  const trie = tokenTrie(sequences);
  const plain = assemble(planRows(sequences.length, trie, limits, Number.POSITIVE_INFINITY), limits);
  if (!limits.sharing) return plain;
  const shared = assemble(planRows(sequences.length, trie, limits, limits.minimumShared), limits);
  return planCost(shared, limits) < planCost(plain, limits) ? shared : plain;
}

function planCost(plan: ScoringPlan, limits: PlanLimits): number {
  let cost = 0;
  for (const call of plan.calls) cost += callCost(call.rows.length, call.width, limits);
  return cost;
}

interface RowsOfTrie {
  readonly rows: PlannedRow[];
  readonly rowOf: Int32Array;
  /** The lowest sequence index every row serves, its own and those that go on from it. */
  readonly earliest: number[];
}

/** A node that a row starts at: its way from `start` tokens on is not computed yet. */
interface Branch {
  readonly at: TrieNode;
  readonly start: number;
  readonly parent: number;
}

/** Covers the trie with rows: one for every leaf, each from where it parts from an earlier row. */
function planRows(sequences: number, trie: TrieNode, limits: PlanLimits, minimumShared: number): RowsOfTrie {
  const rows: PlannedRow[] = [];
  const earliest: number[] = [];
  const rowOf = new Int32Array(sequences);
  // A row longer than a call may hold is cut into pieces that go on from each other.
  const longest = limits.cached ? limits.maxTokens : Number.POSITIVE_INFINITY;
  const waiting: Branch[] = trie.children.map((at) => ({ at, start: 0, parent: -1 })).reverse();
  for (let branch = waiting.pop(); branch !== undefined; branch = waiting.pop()) {
    const { start } = branch;
    const first = rows.length;
    const way = wayToMostLeaves(branch.at);
    const end = way.at(-1)!;
    for (let from = start, parent = branch.parent; from < end.depth; from += longest) {
      parent = rows.push({ sequence: end.sequence, start: from, end: Math.min(end.depth, from + longest), parent }) - 1;
      earliest.push(branch.at.earliest);
    }
    for (const [step, at] of way.entries()) {
      const piece = first + Math.floor((at.depth - 1 - start) / longest);
      for (const sequence of at.ends) rowOf[sequence] = piece;
      for (const child of at.children) {
        if (child === way[step + 1]) continue;
        const shares = at.depth >= minimumShared;
        waiting.push({ at: child, start: shares ? at.depth : 0, parent: shares ? piece : -1 });
      }
    }
  }
  return { rows, rowOf, earliest };
}

/** The nodes from `from` down to a leaf, each time to the child with most leaves below; of equals the one asked for first. */
function wayToMostLeaves(from: TrieNode): TrieNode[] {
  const way = [from];
  for (let at = from; at.children.length > 0; way.push(at)) {
    at = at.children.reduce((best, child) =>
      child.leaves > best.leaves || (child.leaves === best.leaves && child.earliest < best.earliest) ? child : best,
    );
  }
  return way;
}

function assemble({ rows, rowOf, earliest }: RowsOfTrie, limits: PlanLimits): ScoringPlan {
  const kept = new Int32Array(rows.length);
  const children: number[][] = rows.map(() => []);
  const roots: number[] = [];
  for (const [index, row] of rows.entries()) {
    if (row.parent < 0) roots.push(index);
    else {
      children[row.parent]!.push(index);
      kept[row.parent] = Math.max(kept[row.parent]!, row.start);
    }
  }
  const levels = levelsBelow(rows);
  const calls: PlannedCall[] = [];
  /**
   * Rows that others go on from are computed first, as many at a time as may be kept; rows that nothing goes on from wait for the
   * rows after them, to fill calls with. Every level gets its part of the memory, so all levels together stay within it.
   */
  const schedule = (ready: readonly number[], mayKeep: number): void => {
    let leaves = ready.filter((row) => kept[row] === 0);
    const inner = ready.filter((row) => kept[row]! > 0).sort((a, b) => earliest[a]! - earliest[b]!);
    const share = mayKeep / inner.reduce((most, row) => Math.max(most, levels[row]!), 1);
    for (let from = 0; from < inner.length; ) {
      const group: number[] = [];
      let held = 0;
      for (; from < inner.length; from++) {
        const more = held + kept[inner[from]!]!;
        if (group.length > 0 && more > share) break;
        group.push(inner[from]!);
        held = more;
      }
      for (const call of callsFor(rows, group, earliest, limits)) calls.push(call);
      schedule([...group.flatMap((row) => children[row]!), ...leaves], mayKeep - held);
      leaves = [];
    }
    for (const call of callsFor(rows, leaves, earliest, limits)) calls.push(call);
  };
  schedule(roots, limits.maxStoredTokens);
  let tokens = 0;
  for (const call of calls) tokens += call.rows.length * call.width;
  return { rows, calls, rowOf, kept, tokens };
}

/** How many rows stand in line below every row: 0 where nothing goes on from it. */
function levelsBelow(rows: readonly PlannedRow[]): Int32Array {
  const levels = new Int32Array(rows.length);
  // A row comes after its parent, so from the back every row is complete when it is passed on.
  for (let index = rows.length - 1; index >= 0; index--) {
    const { parent } = rows[index]!;
    if (parent >= 0) levels[parent] = Math.max(levels[parent]!, levels[index]! + 1);
  }
  return levels;
}

/** Cuts rows into calls, the call with the sequence asked for first in front. */
function callsFor(
  rows: readonly PlannedRow[],
  members: readonly number[],
  earliest: readonly number[],
  limits: PlanLimits,
): PlannedCall[] {
  const widthOf = (row: PlannedRow): number => limits.fixedWidth ?? row.end - row.start;
  const calls: PlannedCall[] = [];
  for (const group of limits.mixedPasts ? [members] : groupByStart(rows, members)) {
    const sizes = group.map((index) => ({ past: rows[index]!.start, width: widthOf(rows[index]!) }));
    for (const batch of rowBatches(sizes, limits)) {
      calls.push({
        rows: batch.map((index) => group[index]!),
        width: batch.reduce((most, index) => Math.max(most, sizes[index]!.width), 0),
        past: batch.reduce((most, index) => Math.max(most, sizes[index]!.past), 0),
      });
    }
  }
  const first = new Map(calls.map((call) => [call, call.rows.reduce((least, row) => Math.min(least, earliest[row]!), Infinity)]));
  return calls.sort((a, b) => first.get(a)! - first.get(b)!);
}

function groupByStart(rows: readonly PlannedRow[], members: readonly number[]): Iterable<number[]> {
  const groups = new Map<number, number[]>();
  for (const index of members) {
    const { start } = rows[index]!;
    const group = groups.get(start);
    if (group === undefined) groups.set(start, [index]);
    else group.push(index);
  }
  return groups.values();
}
