import type { Curve, CurveDocument } from "../documents/curve-document.ts";
import { curveInWords, shortNumber } from "../documents/curve-in-words.ts";
import { axisName, drawnCurve } from "../documents/drawn-curve.ts";
import { evenly } from "../evenly.ts";
import { LinearScale } from "../linear-scale.ts";
import { tickText } from "../number-format.ts";
import { seriesColors } from "../series-colors.ts";
import { shorten, visibleLabel } from "../visible-text.ts";
import { horizontalAxis, verticalAxis } from "./axis.ts";
import { column, hinted, lineHeight, margin, type Page, stroke } from "./page.ts";

/** Lines drawn: more cannot be told apart. The table of numbers has all. */
const mostCurves = 24;

/** Lines over a common pair of axes, with bands of one standard error, levels to compare with, and a legend with each line's numbers. */
export function drawCurves(page: Page, document: CurveDocument): void {
  const curves = document.curves.slice(0, mostCurves).map(drawnCurve);
  const levels = document.levels ?? [];
  if (curves.every(({ x }) => x.length === 0)) {
    page.sentence("There are no points to show.", "faint");
    return;
  }
  const heights = curves.flatMap(({ y, standardErrors }) =>
    standardErrors === undefined ? y : y.flatMap((value, i) => [value, value - standardErrors[i]!, value + standardErrors[i]!]),
  );
  const vertical = new LinearScale([...heights, ...levels.map(({ y }) => y)], 0.02);
  const horizontal = new LinearScale(curves.flatMap(({ x }) => x));
  const [left, right] = [margin + 10 * column, page.asked - margin];
  page.text(margin, axisName(document.y.label, document.unit, page.columns - 4), "faint");
  const top = page.y - 8;
  const bottom = top + Math.min(340, Math.max(180, (right - left) * 0.5));
  verticalAxis(page, vertical, left, right, top, bottom, false);
  const place = (x: number, y: number): [number, number] => [
    left + horizontal.at(x) * (right - left),
    bottom - vertical.at(y) * (bottom - top),
  ];
  for (const { label, y } of levels) {
    const [, height] = place(0, y);
    page.parts.push(
      hinted(`${visibleLabel(label)}: ${tickText(y, false)} ${document.unit}`, stroke("level", left, height, right, height)),
    );
  }
  curves.forEach((curve, index) => {
    page.parts.push(drawCurve(curve, index, place, document.unit));
  });
  page.y = bottom;
  horizontalAxis(page, horizontal, left, right, top, axisName(document.x.label, document.x.unit, page.columns - 4), false);

  curves.forEach((curve, index) => {
    const y = page.y - 5;
    page.parts.push(
      stroke(`curve k${index % seriesColors} d${index % 6}`, margin, y, margin + 40, y),
      point(index, margin + 20, y),
    );
    page.text(margin + 52, shorten(curveInWords(document, curve), page.columns - 7), "plain");
  });
  for (const { label, y } of levels) {
    page.parts.push(stroke("level", margin, page.y - 5, margin + 40, page.y - 5));
    page.text(margin + 52, shorten(`${visibleLabel(label)}: ${tickText(y, false)}`, page.columns - 7), "plain");
  }
  if (curves.some(({ standardErrors }) => standardErrors !== undefined))
    page.text(margin, "bands: one standard error to either side", "faint");
  if (document.curves.length > curves.length)
    page.text(margin, `${document.curves.length - curves.length} more lines are not drawn`, "faint");
  page.down(lineHeight / 2);
}

/** Where every line begins and ends, for who does not see the picture. */
export function curvesInWords(document: CurveDocument): string {
  return document.curves
    .slice(0, mostCurves)
    .map((curve) => `${curveInWords(document, curve)}.`)
    .join(" ");
}

function drawCurve(curve: Curve, index: number, place: (x: number, y: number) => [number, number], unit: string): string {
  const at = (x: number, y: number): string =>
    place(x, y)
      .map((coordinate) => coordinate.toFixed(1))
      .join(" ");
  const { x, y, standardErrors } = curve;
  const line = x.map((value, i) => `${i === 0 ? "M" : "L"}${at(value, y[i]!)}`).join("");
  const known = x.map((_, i) => i).filter((i) => standardErrors !== undefined && !Number.isNaN(standardErrors[i]!));
  const edge = (i: number, side: 1 | -1): string => at(x[i]!, y[i]! + side * Math.max(0, standardErrors![i]!)); // known ones alone are asked for
  const upper = known.map((i, place) => `${place === 0 ? "M" : "L"}${edge(i, 1)}`);
  const lower = known.map((i) => `L${edge(i, -1)}`).reverse();
  const band = known.length < 2 ? "" : `<path class="band f${index % seriesColors}" d="${upper.join("")}${lower.join("")}Z"/>`;
  const marks = evenly(
    x.map((_, i) => i),
    9,
  ).map((i) => point(index, ...place(x[i]!, y[i]!)));
  const path = x.length < 2 ? "" : `<path class="curve k${index % seriesColors} d${index % 6}" d="${line}"/>`;
  return hinted(
    `${visibleLabel(curve.label)}: ${shortNumber(y[0] ?? Number.NaN)} to ${shortNumber(y.at(-1) ?? Number.NaN)} ${unit}`,
    band + path + marks.join(""),
  );
}

/** A small shape, a different one for each line in turn. */
function point(index: number, x: number, y: number): string {
  const kind = `f${index % seriesColors}`;
  const around = (corners: readonly (readonly [number, number])[]): string =>
    `<polygon class="${kind}" points="${corners.map(([dx, dy]) => `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`).join(" ")}"/>`;
  switch (index % 4) {
    case 0:
      return `<circle class="${kind}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"/>`;
    case 1:
      return around([
        [-4, -4],
        [4, -4],
        [4, 4],
        [-4, 4],
      ]);
    case 2:
      return around([
        [0, -5],
        [5, 4],
        [-5, 4],
      ]);
    default:
      return around([
        [0, -5.5],
        [5.5, 0],
        [0, 5.5],
        [-5.5, 0],
      ]);
  }
}
