import type { ComparisonDocument, ComparisonPart } from "./comparison-document.ts";

/** The parts whose scores share a scale, by unit, in the order they come in. */
export function partsByUnit({ parts }: Pick<ComparisonDocument, "parts">): ReadonlyMap<string, readonly ComparisonPart[]> {
  const groups = new Map<string, ComparisonPart[]>();
  for (const part of parts) {
    const group = groups.get(part.document.unit);
    if (group === undefined) groups.set(part.document.unit, [part]);
    else group.push(part);
  }
  return groups;
}
