import { type AlignedText, sliceAligned } from "./aligned-text.ts";

/** What becomes of the separators when a text is split at them, in the words of tokenizer.json. */
export type SplitBehavior = "Removed" | "Isolated" | "MergedWithPrevious" | "MergedWithNext" | "Contiguous";

export const splitBehaviors: readonly SplitBehavior[] = [
  "Removed",
  "Isolated",
  "MergedWithPrevious",
  "MergedWithNext",
  "Contiguous",
];

interface Part {
  start: number;
  end: number;
  readonly separator: boolean;
}

/** Splits a text at the matches of a global expression; with `inverted` at what lies between them. */
export function splitText(aligned: AlignedText, pattern: RegExp, behavior: SplitBehavior, inverted = false): AlignedText[] {
  const pieces: AlignedText[] = [];
  for (const part of merged(partsOf(aligned.text, pattern, inverted), behavior)) {
    if (part.end > part.start) pieces.push(sliceAligned(aligned, part.start, part.end));
  }
  return pieces;
}

function partsOf(text: string, pattern: RegExp, inverted: boolean): Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > done) parts.push({ start: done, end: match.index, separator: inverted });
    done = match.index + match[0].length;
    parts.push({ start: match.index, end: done, separator: !inverted });
  }
  if (done < text.length) parts.push({ start: done, end: text.length, separator: inverted });
  return parts;
}

function merged(parts: readonly Part[], behavior: SplitBehavior): readonly Part[] {
  switch (behavior) {
    case "Isolated":
      return parts;
    case "Removed":
      return parts.filter((part) => !part.separator);
    case "Contiguous":
      return join(parts, (previous, part) => previous.separator === part.separator);
    case "MergedWithPrevious":
      return join(parts, (previous, part) => part.separator && !previous.separator);
    case "MergedWithNext": {
      const joined: Part[] = [];
      let next: Part | undefined;
      for (let index = parts.length - 1; index >= 0; index--) {
        const part = parts[index]!;
        const last = joined.at(-1);
        if (part.separator && last !== undefined && next !== undefined && !next.separator) last.start = part.start;
        else joined.push({ ...part });
        next = part;
      }
      return joined.reverse();
    }
  }
}

/** Joins a part to the ones before it where `joins` says so of its neighbour. */
function join(parts: readonly Part[], joins: (previous: Part, part: Part) => boolean): Part[] {
  const joined: Part[] = [];
  let previous: Part | undefined;
  for (const part of parts) {
    const last = joined.at(-1);
    if (last !== undefined && previous !== undefined && joins(previous, part)) last.end = part.end;
    else joined.push({ ...part });
    previous = part;
  }
  return joined;
}
