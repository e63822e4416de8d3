/** A stretch of items that is shown or folded away, from `start` up to `end`. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly folded: boolean;
}

export interface FoldOptions {
  /** Items that matter at most: of more, the strongest. */
  readonly most: number;
  /** How near an item must be to one that matters, to the beginning or to the end, to be shown: the size of what lies between. */
  readonly context: number;
  /** The size below which a stretch is not worth folding. */
  readonly least: number;
}

/** An item matters where its strength is at least this share of the scale. */
const matters = 1 / 5;

/**
 * Which stretches of a long text are folded: those that are far from all that matters.
 *
 * @param strengths How strong each item is, as a share of the scale.
 * @param sizes How much room each takes.
 */
export function foldAround(
  strengths: readonly number[],
  sizes: readonly number[],
  { most, context, least }: FoldOptions,
): Stretch[] {
  const strong = new Set(
    strengths
      .map((_, index) => index)
      .filter((index) => strengths[index]! >= matters)
      .sort((a, b) => strengths[b]! - strengths[a]! || a - b)
      .slice(0, most),
  );
  const near = new Array<boolean>(strengths.length).fill(false);
  for (const order of [strengths.map((_, index) => index), strengths.map((_, index) => strengths.length - 1 - index)]) {
    let between = 0;
    for (const index of order) {
      if (strong.has(index)) between = 0;
      if (strong.has(index) || between < context) near[index] = true;
      if (!strong.has(index)) between += sizes[index]!;
    }
  }
  const stretches: Stretch[] = [];
  for (let start = 0; start < near.length; ) {
    let end = start;
    let size = 0;
    while (end < near.length && near[end] === near[start]) size += sizes[end++]!;
    const folded = !near[start]! && size >= least;
    const last = stretches.at(-1);
    if (last !== undefined && !last.folded && !folded) stretches[stretches.length - 1] = { ...last, end };
    else stretches.push({ start, end, folded });
    start = end;
  }
  return stretches;
}
