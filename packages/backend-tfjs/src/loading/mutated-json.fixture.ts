import { fc } from "@fast-check/vitest";

/** What is done to one place of a JSON text; numbers pick places and values, whatever the text is. */
export interface Mutation {
  readonly at: number;
  readonly what: "delete" | "replace" | "word" | "copy" | "repeat" | "rename";
  readonly by: number;
}

export const mutations: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  what: fc.constantFrom("delete", "replace", "word", "copy", "repeat", "rename"),
  by: fc.nat(),
});

const strange: readonly unknown[] = [
  ...[null, true, false, -1, 0, 1, 3, 1.5, 1e9, 2 ** 53, 1e308, -1e9, "", "x", "NaN", "float32", "complex64"],
  ...["__proto__", "constructor", "toString", "Lambda", [], {}, [null], [[[]]], [-1, -1], [1e9, 1e9]],
  ...[{ class_name: "Lambda", config: {} }, { class_name: "Dense", config: { units: 1e9 } }, { s: 3 }],
];

type Place = readonly [holder: Record<string, unknown>, key: string];

/** A JSON text with one place changed: taken away, replaced by something strange or by what stands elsewhere, doubled, renamed. */
export function mutated(text: string, { at, what, by }: Mutation): string {
  const json: unknown = JSON.parse(text);
  const places: Place[] = [];
  const words: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value === "string") words.push(value);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push([value as Record<string, unknown>, key]); // an array too, by its indices
      words.push(key);
      look(inner);
    }
  };
  look(json);
  const [holder, key] = places[at % places.length]!;
  const word = words[by % words.length]!;
  const [otherHolder, otherKey] = places[by % places.length]!;
  if (what === "delete") {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (what === "word") holder[key] = word;
  else if (what === "copy") holder[key] = structuredClone(otherHolder[otherKey]);
  else if (what === "repeat" && Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
  else if (what === "rename" && !Array.isArray(holder)) {
    const value = holder[key];
    delete holder[key];
    holder[word] = value;
  } else holder[key] = structuredClone(strange[by % strange.length]);
  return JSON.stringify(json);
}
