import type { NumberFormat } from "../number-format.ts";
import { visibleText } from "../visible-text.ts";
import type { ExplainedValues } from "./document.ts";

/** "value −0.25, base value −4.38, difference +4.13, sum of scores +4.13 nats": what is known of the explained number. */
export function factsInWords({ value, baseValue }: ExplainedValues, sum: number, unit: string, numbers: NumberFormat): string {
  const parts: string[] = [];
  if (value !== undefined) parts.push(`value ${numbers.plain(value)}`);
  if (baseValue !== undefined) parts.push(`base value ${numbers.plain(baseValue)}`);
  if (value !== undefined && baseValue !== undefined) parts.push(`difference ${numbers.signed(value - baseValue)}`);
  parts.push(`sum of scores ${numbers.signed(sum)}`);
  return `${parts.join(", ")} ${visibleText(unit, "show")}`;
}

/** The sum of scores; of those that carry one group's whole score each, the first alone. */
export function sumOf(scores: readonly number[], groups?: readonly number[]): number {
  let sum = 0;
  const seen = new Set<number>();
  for (let i = 0; i < scores.length; i++) {
    if (groups !== undefined) {
      const group = groups[i]!;
      if (seen.has(group)) continue;
      seen.add(group);
    }
    sum += scores[i]!;
  }
  return sum;
}

/** The order of scores by strength: the largest magnitude first, equal ones as they came, what is no number last. */
export function strongestFirst(scores: readonly number[]): number[] {
  const strength = (index: number): number => (Number.isNaN(scores[index]!) ? -1 : Math.abs(scores[index]!));
  // Infinity less itself is NaN, so equal strengths are asked for first.
  return scores
    .map((_, index) => index)
    .sort((a, b) => (strength(a) === strength(b) ? a - b : strength(b) > strength(a) ? 1 : -1));
}
