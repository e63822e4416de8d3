/** `[start, end)` in UTF-16 code units. */
export type Span = readonly [start: number, end: number];

/** The kinds of pieces a text is cut into. */
export type SegmentKind = "word" | "sentence" | "line" | "paragraph";

/**
 * The pieces of a text, in order and without overlap. Words are what the language's rules call words (Unicode UAX 29; Chinese and
 * Japanese by dictionary), without the punctuation around them; sentences, lines and paragraphs are without the white space around
 * them. Lines end at line breaks, paragraphs at empty lines.
 */
export function segmentText(text: string, kind: SegmentKind, locale?: string): Span[] {
  switch (kind) {
    case "word":
      return hasSegmenter()
        ? segmenterSpans(text, "word", locale)
        : matches(text, /[\p{L}\p{M}\p{N}_]+(?:['’.][\p{L}\p{M}\p{N}_]+)*/gu);
    case "sentence":
      return trimmed(
        text,
        hasSegmenter() ? segmenterSpans(text, "sentence", locale) : matches(text, /[^.!?…。！？]*[.!?…。！？]*["'”’)\]]*\s*/gu),
      );
    case "line":
      return trimmed(text, matches(text, /[^\r\n]+/g));
    case "paragraph":
      return trimmed(text, matches(text, /(?:(?!(?:\r\n|\r(?!\n)|\n)[^\S\r\n]*[\r\n])[\s\S])+/g));
  }
}

function hasSegmenter(): boolean {
  return typeof Intl === "object" && "Segmenter" in Intl;
}

function segmenterSpans(text: string, granularity: "word" | "sentence", locale: string | undefined): Span[] {
  const spans: Span[] = [];
  for (const { index, segment, isWordLike } of new Intl.Segmenter(locale, { granularity }).segment(text))
    if (granularity === "sentence" || isWordLike === true) spans.push([index, index + segment.length]);
  return spans;
}

function matches(text: string, pattern: RegExp): Span[] {
  return Array.from(text.matchAll(pattern), (match): Span => [match.index, match.index + match[0].length]).filter(
    ([start, end]) => end > start,
  );
}

/** Spans without the white space at their ends; those of nothing else are left out. */
function trimmed(text: string, spans: readonly Span[]): Span[] {
  return spans.flatMap(([start, end]): Span[] => {
    const part = text.slice(start, end);
    const kept = part.trim();
    if (kept === "") return [];
    const from = start + (part.length - part.trimStart().length);
    return [[from, from + kept.length]];
  });
}
