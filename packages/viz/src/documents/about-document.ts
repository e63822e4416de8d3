import type { DocumentHead } from "./document.ts";

/** "Explains the log-probability of Sue. FeatureAblation, scores in nats." */
export function aboutDocument({ explained, method, unit }: DocumentHead): string {
  return `Explains ${explained}. ${method}, scores in ${unit}.`;
}

/** "Partial result: 120 of 400 evaluations."; nothing for a whole one. */
export function partialInWords({ partial }: DocumentHead): string[] {
  return partial === undefined ? [] : [`Partial result: ${partial.done} of ${partial.total} ${partial.unit}.`];
}
