/** At most `most` of the entries, evenly spread over them, first and last among them. */
export function evenly<T>(entries: readonly T[], most: number): readonly T[] {
  if (entries.length <= most) return entries;
  return Array.from({ length: most }, (_, index) => entries[Math.round((index * (entries.length - 1)) / (most - 1))]!);
}
