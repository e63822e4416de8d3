import { readsFromRight } from "./visible-text.ts";

/**
 * The parts of one line from left to right as they are seen: runs of right-to-left words are turned round, and so is the whole line
 * where its first letter runs from right to left (the bidirectional algorithm with words in place of characters).
 */
export function visualOrder<T extends { readonly text: string }>(parts: readonly T[]): T[] {
  const base = readsFromRight(parts.map(({ text }) => text).join(""));
  const own = parts.map(({ text }) => (/\p{L}/u.test(text) ? readsFromRight(text) : undefined));
  const directed = parts.map((part, index): { readonly part: T; readonly fromRight: boolean } => {
    const direction = own[index];
    if (direction !== undefined) return { part, fromRight: direction };
    // Spaces and signs between two words of one direction are read with them.
    const before = own.slice(0, index).findLast((one) => one !== undefined) ?? base;
    const after = own.slice(index + 1).find((one) => one !== undefined) ?? base;
    return { part, fromRight: before === after ? before : base };
  });
  const ordered: T[] = [];
  for (let start = 0; start < directed.length; ) {
    let end = start + 1;
    while (end < directed.length && directed[end]!.fromRight === directed[start]!.fromRight) end++;
    const run = directed.slice(start, end);
    if (run[0]!.fromRight !== base) run.reverse();
    ordered.push(...run.map(({ part }) => part));
    start = end;
  }
  return base ? ordered.reverse() : ordered;
}
