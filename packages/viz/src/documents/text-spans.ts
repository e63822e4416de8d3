import type { TextDocument } from "./text-document.ts";

/** Where a piece lies in a text: characters from `start` to before `end`, without the spaces around it. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** The place of every feature; a feature of several pieces reaches from its first to its last. Undefined where one has no piece. */
export function textSpans({ pieces, features }: TextDocument): readonly TextSpan[] | undefined {
  const spans: (TextSpan | undefined)[] = features.map(() => undefined);
  let at = 0;
  for (const { text, feature } of pieces) {
    if (feature !== undefined) {
      const before = text.length - text.trimStart().length;
      const words = text.trim().length;
      // White space alone is a piece too.
      const own = words === 0 ? { start: at, end: at + text.length } : { start: at + before, end: at + before + words };
      const known = spans[feature];
      spans[feature] = known === undefined ? own : { start: Math.min(known.start, own.start), end: Math.max(known.end, own.end) };
    }
    at += text.length;
  }
  return spans.every((span) => span !== undefined) ? spans : undefined;
}
