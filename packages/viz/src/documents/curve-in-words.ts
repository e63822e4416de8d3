import { tickText } from "../number-format.ts";
import { visibleLabel } from "../visible-text.ts";
import { areaUnder } from "./area-under.ts";
import type { Curve, CurveDocument } from "./curve-document.ts";

/** "deletion: from 0.93 to 0.04, area 0.31". */
export function curveInWords(document: CurveDocument, curve: Curve): string {
  const label = visibleLabel(curve.label);
  if (curve.y.length === 0) return `${label}: no points`;
  const error = curve.standardErrors?.at(-1);
  const last = `${shortNumber(curve.y.at(-1)!)}${error === undefined ? "" : ` ± ${shortNumber(error)}`}`;
  const area = document.area === true ? `, area ${shortNumber(areaUnder(curve))}` : "";
  return `${label}: from ${shortNumber(curve.y[0]!)} to ${last}${area}`;
}

/** A number of four digits. */
export function shortNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+∞" : "−∞";
  return tickText(Number(value.toPrecision(4)), false);
}
