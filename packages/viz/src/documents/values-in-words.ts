import type { NumberFormat } from "../number-format.ts";
import { visibleText } from "../visible-text.ts";
import type { ExplainedValues } from "./document.ts";

/** "Value −0.25, base value −4.38, difference +4.13 nats."; nothing where neither is known. */
export function valuesInWords({ value, baseValue }: ExplainedValues, unit: string, numbers: NumberFormat): string {
  const parts: string[] = [];
  if (value !== undefined) parts.push(`value ${numbers.plain(value)}`);
  if (baseValue !== undefined) parts.push(`base value ${numbers.plain(baseValue)}`);
  if (value !== undefined && baseValue !== undefined) parts.push(`difference ${numbers.signed(value - baseValue)}`);
  if (parts.length === 0) return "";
  const text = parts.join(", ");
  return `${text[0]!.toUpperCase()}${text.slice(1)} ${visibleText(unit, "show")}.`;
}
