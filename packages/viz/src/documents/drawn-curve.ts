import { evenly } from "../evenly.ts";
import { shorten, visibleText } from "../visible-text.ts";
import type { Curve } from "./curve-document.ts";

/** Points drawn of a line: more cannot be seen. */
const mostPoints = 800;

/** A line without the points that have no place, thinned out where there are very many. */
export function drawnCurve(curve: Curve): Curve {
  const kept = [...curve.x.keys()].filter((index) => !Number.isNaN(curve.x[index]!) && !Number.isNaN(curve.y[index]!));
  const shown = evenly(kept, mostPoints);
  return {
    label: curve.label,
    x: shown.map((index) => curve.x[index]!),
    y: shown.map((index) => curve.y[index]!),
    standardErrors: curve.standardErrors && shown.map((index) => curve.standardErrors![index]!),
  };
}

/** What an axis measures, with its unit, in no more than `columns`. */
export function axisName(label: string, unit: string | undefined, columns: number): string {
  return shorten(visibleText(unit === undefined ? label : `${label} (${unit})`, "show"), columns);
}
