/** A point of the trie where sequences part or end. */
export interface TrieNode {
  /** Tokens from the root to here. */
  readonly depth: number;
  /** Nodes further down, in the order of their next token. */
  readonly children: readonly TrieNode[];
  /** The sequences that end here: equal ones share a node. */
  readonly ends: readonly number[];
  /** A sequence that passes or ends here: its first `depth` tokens spell the way from the root. */
  readonly sequence: number;
  /** How many distinct sequences end here or further down. */
  readonly leaves: number;
  /** The lowest index among the sequences that end here or further down. */
  readonly earliest: number;
}

interface GrowingNode extends TrieNode {
  readonly children: GrowingNode[];
  readonly ends: number[];
  leaves: number;
  earliest: number;
}

function compare(a: Int32Array, b: Int32Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function sharedLength(a: Int32Array, b: Int32Array): number {
  const longest = Math.min(a.length, b.length);
  let length = 0;
  while (length < longest && a[length] === b[length]) length++;
  return length;
}

function node(depth: number, sequence: number): GrowingNode {
  return { depth, sequence, children: [], ends: [], leaves: 0, earliest: Number.POSITIVE_INFINITY };
}

/** Counts what hangs below a finished node; its children are finished. */
function finish(of: GrowingNode): void {
  of.leaves = of.ends.length > 0 ? 1 : 0;
  for (const end of of.ends) of.earliest = Math.min(of.earliest, end);
  for (const child of of.children) {
    of.leaves += child.leaves;
    of.earliest = Math.min(of.earliest, child.earliest);
  }
}

/** The compressed trie of token sequences: its nodes are where sequences part or end, and what two sequences share is there once. */
export function tokenTrie(sequences: readonly Int32Array[]): TrieNode {
  const order = Array.from(sequences, (_, index) => index).sort((a, b) => compare(sequences[a]!, sequences[b]!) || a - b);
  const root = node(0, order[0] ?? 0);
  // In sorted order every sequence hangs off the way to the one before it, so the open way is all there is to look at.
  const open: GrowingNode[] = [root];
  let previous: Int32Array | undefined;
  for (const index of order) {
    const sequence = sequences[index]!;
    const shared = previous === undefined ? 0 : sharedLength(previous, sequence);
    closeTo(open, shared);
    if (shared < sequence.length) {
      const leaf = node(sequence.length, index);
      open.at(-1)!.children.push(leaf);
      open.push(leaf);
    }
    open.at(-1)!.ends.push(index);
    previous = sequence;
  }
  closeTo(open, 0);
  finish(root);
  return root;
}

/** Finishes the open nodes deeper than `depth` and leaves a node of that depth at the end of the open way. */
function closeTo(open: GrowingNode[], depth: number): void {
  let below: GrowingNode | undefined;
  while (open.at(-1)!.depth > depth) {
    below = open.pop()!;
    finish(below);
  }
  const end = open.at(-1)!;
  if (end.depth === depth) return;
  // The way to `below` is cut in two: a new node takes its place and holds it.
  const cut = node(depth, below!.sequence);
  cut.children.push(below!);
  end.children[end.children.length - 1] = cut;
  open.push(cut);
}

/** How many distinct token positions the sequences have: what scoring them costs when nothing is computed twice. */
export function distinctTokens(trie: TrieNode): number {
  let total = 0;
  const waiting: TrieNode[] = [trie];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const child of at.children) {
      total += child.depth - at.depth;
      waiting.push(child);
    }
  }
  return total;
}
