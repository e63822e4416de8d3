import { sumOf } from "./documents/facts.ts";
import type { TextDocument } from "./documents/text-document.ts";
import { foldAround } from "./fold.ts";
import type { NumberFormat } from "./number-format.ts";
import type { ScoreScale } from "./score-scale.ts";
import type { Fragment } from "./text-flow.ts";
import { visibleText } from "./visible-text.ts";

/** Lines of a text above which it is folded, unless another number is asked for. */
export const foldAfter = 40;

/** Lines of a text, or a sentence that stands for lines that were folded away. */
export type FoldedText = readonly ({ readonly lines: readonly (readonly Fragment[])[] } | { readonly folded: string })[];

/** A long text folded around what matters by a row's scores; one of at most `most` lines as it is. */
export function foldLines(
  lines: readonly (readonly Fragment[])[],
  document: TextDocument,
  row: number,
  scale: ScoreScale,
  numbers: NumberFormat,
  most: number = foldAfter,
): FoldedText {
  if (!(lines.length > most)) return [{ lines }];
  const scores = document.rows[row]?.scores ?? [];
  const strengths = lines.map((line) =>
    strengthOf(line.map(({ feature }) => (feature === undefined ? 0 : scale.share(scores[feature] ?? 0)))),
  );
  const sizes = lines.map(() => 1);
  return foldAround(strengths, sizes, { most: Math.max(1, Math.floor(most / 4)), context: 1, least: 3 }).map(
    ({ start, end, folded }) => {
      const part = lines.slice(start, end);
      if (!folded) return { lines: part };
      const features = part.flatMap((line) => line.flatMap(({ feature }) => (feature === undefined ? [] : [feature])));
      return { folded: `⋯ ${end - start} lines folded${foldedInWords(features, document, row, numbers)}` };
    },
  );
}

/** The largest of some shares of the scale, without their sign; what is no number matters. */
export function strengthOf(shares: readonly number[]): number {
  let most = 0;
  for (const share of shares) most = Math.max(most, Number.isNaN(share) ? 1 : Math.abs(share));
  return most;
}

/** ": 120 features, together −0.03 nats"; nothing where no feature is among them. */
export function foldedInWords(features: readonly number[], document: TextDocument, row: number, numbers: NumberFormat): string {
  const scores = document.rows[row]?.scores;
  const own = [...new Set(features)];
  if (scores === undefined || own.length === 0) return "";
  const groups = document.groups && own.map((feature) => document.groups![feature]!);
  const sum = sumOf(
    own.map((feature) => scores[feature]!),
    groups,
  );
  return `: ${own.length} features, together ${numbers.signed(sum)} ${visibleText(document.unit, "show")}`;
}
