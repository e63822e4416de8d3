import type { Curve, CurveDocument } from "../documents/curve-document.ts";
import { curveInWords } from "../documents/curve-in-words.ts";
import { axisName, drawnCurve } from "../documents/drawn-curve.ts";
import { evenly } from "../evenly.ts";
import { LinearScale } from "../linear-scale.ts";
import { tickText } from "../number-format.ts";
import { wrapWords } from "../text-flow.ts";
import { displayWidth, pad, shorten, visibleLabel } from "../visible-text.ts";
import type { AnsiOptions } from "./ansi-options.ts";
import { BrailleField } from "./braille.ts";
import { columnsOf, columnWidth, headingLines, noteLines, page } from "./page.ts";
import { type Painter, painter } from "./painter.ts";

/** Lines drawn; more cannot be told apart. Their numbers are told all the same. */
const mostCurves = 12;
const [rows, mostColumns] = [14, 90];
const marks = ["●", "■", "▲", "◆", "○", "□", "△", "◇"] as const;

/** Lines of braille dots over a pair of axes, with dotted bands of one standard error; below them every line in words. */
export function curveAnsi(document: CurveDocument, options: AnsiOptions): string {
  const paint = painter(options);
  const width = columnsOf(options);
  const curves = document.curves.map(drawnCurve);
  const shown = curves.slice(0, mostCurves);
  const hasPoints = shown.some(({ x }) => x.length > 0);
  return page([
    headingLines(document, width, paint),
    hasPoints ? plot(document, shown, paint, width) : ["There are no points to show."],
    document.curves.flatMap((curve, index) => {
      const words = wrapWords(curveInWords(document, curve), width - 2);
      const mark = index < mostCurves ? paint.series(marks[index % marks.length]!, index) : "·";
      return words.map((line, i) => (i === 0 ? `${mark} ${line}` : `  ${line}`));
    }),
    (document.levels ?? []).flatMap(({ label, y }) => wrapWords(`┄ ${visibleLabel(label)}: ${tickText(y, false)}`, width)),
    hasPoints && shown.some(({ standardErrors }) => standardErrors !== undefined)
      ? [paint.faint(shorten("dotted: one standard error to either side", width))]
      : [],
    noteLines(document.notes, width),
  ]);
}

function plot(document: CurveDocument, curves: readonly Curve[], paint: Painter, width: number): string[] {
  const levels = document.levels ?? [];
  const heights = curves.flatMap(({ y, standardErrors }) =>
    standardErrors === undefined ? y : y.flatMap((value, i) => [value, value - standardErrors[i]!, value + standardErrors[i]!]),
  );
  const vertical = new LinearScale([...heights, ...levels.map(({ y }) => y)]);
  const horizontal = new LinearScale(curves.flatMap(({ x }) => x));
  const tickRows = new Map<number, string>();
  for (const tick of vertical.ticks(5)) {
    const row = Math.min(rows - 1, Math.max(0, Math.round((1 - vertical.at(tick)) * (rows - 1))));
    tickRows.set(row, tickText(tick, false));
  }
  const gutter = Math.min(12, columnWidth([...tickRows.values()]));
  const field = new BrailleField(Math.max(10, Math.min(mostColumns, width - gutter - 3)), rows);
  const place = (x: number, y: number): [number, number] => [
    Math.round(horizontal.at(x) * (field.width - 1)),
    Math.round((1 - vertical.at(y)) * (field.height - 1)),
  ];
  for (const { y } of levels) {
    const [, at] = place(0, y);
    field.line(0, at, field.width - 1, at, curves.length, 1, 4);
  }
  curves.forEach((curve, index) => {
    band(field, curve, index, place);
  });
  curves.forEach(({ x, y }, index) => {
    for (let i = 1; i < x.length; i++) field.line(...place(x[i - 1]!, y[i - 1]!), ...place(x[i]!, y[i]!), index);
    // Shapes tell lines apart that have no colour; each begins a little later than the one before.
    const at = evenly([...x.keys()], 5);
    for (const i of at) field.mark(...place(x[i]!, y[i]!), marks[index % marks.length]!, index);
  });
  const color = (text: string, owner: number): string =>
    owner === curves.length ? paint.faint(text) : paint.series(text, owner);
  const lines = Array.from({ length: rows }, (_, row) => {
    const tick = tickRows.get(row);
    return `${pad(shorten(tick ?? "", gutter), gutter, "left")} ${tick === undefined ? "│" : "┤"}${field.text(row, color).trimEnd()}`;
  });
  return [
    paint.faint(axisName(document.y.label, document.unit, width)),
    ...lines,
    ...horizontalAxis(horizontal, field, gutter + 1),
    paint.faint(pad(axisName(document.x.label, document.x.unit, field.columns), gutter + 2 + field.columns, "left")),
  ];
}

/** The edges of the band of one standard error, dotted. */
function band(
  field: BrailleField,
  { x, y, standardErrors }: Curve,
  owner: number,
  place: (x: number, y: number) => [number, number],
): void {
  if (standardErrors === undefined) return;
  for (let i = 1; i < x.length; i++)
    for (const side of [1, -1]) {
      const [from, to] = [i - 1, i].map((at) => y[at]! + side * Math.max(0, standardErrors[at]!));
      if (!Number.isNaN(from!) && !Number.isNaN(to!)) field.line(...place(x[i - 1]!, from!), ...place(x[i]!, to!), owner, 1, 3);
    }
}

/** The line below the field with its ticks, and their numbers. */
function horizontalAxis(scale: LinearScale, field: BrailleField, left: number): string[] {
  const line = ["└", ...new Array<string>(field.columns).fill("─")];
  let numbers = "";
  for (const tick of scale.ticks(Math.max(2, Math.floor(field.columns / 12)))) {
    const column = Math.round(scale.at(tick) * (field.columns - 1));
    const text = tickText(tick, false);
    const start = Math.max(0, left + 1 + column - Math.floor(displayWidth(text) / 2));
    if (start + displayWidth(text) > left + 2 + field.columns || (numbers !== "" && start <= numbers.length)) continue;
    line[1 + column] = "┴";
    numbers = `${pad(numbers, start, "right")}${text}`;
  }
  return [`${" ".repeat(left)}${line.join("")}`, numbers];
}
