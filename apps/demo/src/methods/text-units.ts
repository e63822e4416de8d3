/** What is taken away at a time, as the page offers it. */
export const textUnits = [
  { name: "word", label: "words" },
  { name: "token", label: "tokens" },
  { name: "sentence", label: "sentences" },
  { name: "line", label: "lines" },
] as const;

export type TextUnit = (typeof textUnits)[number]["name"];

export function textUnitNamed(name: string | null): TextUnit {
  return textUnits.find((unit) => unit.name === name)?.name ?? "word";
}
