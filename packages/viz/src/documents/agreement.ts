import { rankCorrelation, type TopAgreement, topAgreement } from "@attr/core";
import type { AlignedScores } from "./aligned-scores.ts";

/** How far two parts of a comparison agree. */
export interface PairAgreement {
  /** Places of the two among the parts. */
  readonly one: number;
  readonly other: number;
  /** Spearman's correlation of the two orders by strength, -1 to 1; NaN where there is no order. */
  readonly rankCorrelation: number;
  readonly top: TopAgreement;
}

/** How many of the strongest are compared: half of few, five of some, a tenth of many. */
export function topCount(things: number): number {
  return things <= 10 ? Math.max(1, Math.floor(things / 2)) : Math.max(5, Math.round(things / 10));
}

/** Every two parts, by how they order things and by what they call strongest. */
export function agreementOf({ scores }: AlignedScores): PairAgreement[] {
  const count = topCount(scores[0]?.length ?? 0);
  const sizes = scores.map((own) => own.map(Math.abs));
  return scores.flatMap((own, one) =>
    scores.slice(one + 1).map((others, at) => {
      const other = one + 1 + at;
      return {
        one,
        other,
        rankCorrelation: rankCorrelation(sizes[one]!, sizes[other]!),
        top: topAgreement(own, others, count),
      };
    }),
  );
}

/** "0.93"; "none" where there is no order to compare. */
export function correlationText({ rankCorrelation: value }: PairAgreement): string {
  return Number.isNaN(value) ? "none" : value.toFixed(2).replace("-", "−");
}

/** "4 of 5". */
export function shareText(count: number, { of }: TopAgreement): string {
  return of === 0 ? "none" : `${count} of ${of}`;
}
