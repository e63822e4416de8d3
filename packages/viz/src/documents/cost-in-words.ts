import type { ComparisonCost } from "./comparison-document.ts";

/** "9 calls of the model, 40 rows, 0.21 s". */
export function costInWords({ calls, rows, milliseconds }: ComparisonCost): string {
  const parts = [`${calls} ${calls === 1 ? "call" : "calls"} of the model`];
  if (rows !== undefined) parts.push(`${rows} ${rows === 1 ? "row" : "rows"}`);
  if (milliseconds !== undefined) parts.push(secondsText(milliseconds));
  return parts.join(", ");
}

/** "0.21 s", "12 s", "3 ms". */
export function secondsText(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return "an unknown time";
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 100) return `${Math.round(milliseconds)} ms`;
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(2)} s` : `${Math.round(milliseconds / 1000)} s`;
}
