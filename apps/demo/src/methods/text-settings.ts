/** What stands for a piece of a text that is taken away: nothing, or the model's mask token. */
export type Absent = "removed" | "masked";

export const absences: readonly { readonly name: Absent; readonly label: string }[] = [
  { name: "removed", label: "nothing" },
  { name: "masked", label: "the mask token" },
];

export function absentNamed(name: string | null, otherwise: Absent): Absent {
  return absences.find((absence) => absence.name === name)?.name ?? otherwise;
}

/** A number of samples or steps from an address. */
export function sampleCount(text: string | null, otherwise: number): number {
  const value = Number(text);
  return text !== null && Number.isInteger(value) && value >= 1 && value <= 10_000 ? value : otherwise;
}
