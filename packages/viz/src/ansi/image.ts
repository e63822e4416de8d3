import { sumOf } from "../documents/facts.ts";
import type { ImageDocument, ImagePanel } from "../documents/image-document.ts";
import type { DocumentRow, TextDocument } from "../documents/text-document.ts";
import { flatten } from "../images/flatten.ts";
import { paintMasked, paintPicture, paintShares, type Size } from "../images/paint-panel.ts";
import { type Grid, resample } from "../images/resample.ts";
import { panelScales } from "../images/scale-end.ts";
import { sharesOf } from "../images/shares.ts";
import { strongSpots } from "../images/strong-spots.ts";
import { type NumberFormat, numberFormat } from "../number-format.ts";
import { type Color, scaleColor, textColor } from "../score-scale.ts";
import { wrapWords } from "../text-flow.ts";
import { pad, shorten, visibleLabel, visibleText } from "../visible-text.ts";
import type { AnsiOptions } from "./ansi-options.ts";
import { columnsOf, scaleLines } from "./page.ts";
import { type Painter, painter, visibleShare } from "./painter.ts";
import { textAnsi } from "./text.ts";

/** Maps drawn; of more, the first ones. */
const mostPanels = 12;
/** Pixels of a map, of which a line of text has two: at most so many. */
const [mostColumns, mostHeight] = [64, 44];
const gap = 2;
const key = "+ and # raise, - and = lower; # and = by more than half of the scale. ? is no number.";

/** Maps of half blocks in colour, or of signs; the scale; each map's sum and strongest places in numbers. */
export function imageAnsi(document: ImageDocument, options: AnsiOptions): string {
  const panels = document.panels.slice(0, mostPanels);
  const { title, explained, unit, method, notes, partial, value, baseValue } = document;
  const names = panels.map(({ label, width, height }) => `${label === "" ? "all" : label} (${width}×${height})`);
  const row: DocumentRow = {
    label: "sum of each map",
    scores: panels.map(({ scores, groups }) => sumOf(scores, groups)),
    value,
    baseValue,
  };
  const left = document.panels.length - panels.length;
  const text: TextDocument = {
    kind: "text",
    title,
    explained,
    unit,
    method,
    partial,
    pieces: [],
    features: names,
    rows: panels.length === 0 ? [] : [row],
    notes: [...(left > 0 ? [`${left} more maps are not drawn.`] : []), ...notes],
  };
  return textAnsi(text, { top: mostPanels, ...options }, imageFigure(document, options));
}

/** The maps with their scale and strongest places; nothing where there are none. */
export function imageFigure(document: ImageDocument, options: AnsiOptions): string[][] {
  const panels = document.panels.slice(0, mostPanels);
  if (panels.length === 0) return [];
  const paint = painter(options);
  const width = columnsOf(options);
  const { shared, sharedEnd, endOf } = panelScales(document, panels);
  // As many side by side as keep 20 columns each.
  const across = Math.min(panels.length, Math.max(1, Math.floor((width + gap) / (22 + gap))));
  const room = Math.min(mostColumns, Math.floor((width - gap * (across - 1)) / across) - 2);
  const height = panels.length === 1 ? mostHeight : Math.min(mostHeight, 32);
  const blocks = panels.map((panel) => block(document, panel, endOf(panel), room, height, paint, options, panels.length === 1));
  const sections = rowsOf(blocks, width).map((beside) => {
    const tallest = Math.max(...beside.map(({ lines }) => lines.length));
    return Array.from({ length: tallest }, (_, line) =>
      beside
        .map(({ lines, columns }) => lines[line] ?? " ".repeat(columns))
        .join(" ".repeat(gap))
        .trimEnd(),
    );
  });
  const legend = shared
    ? scaleLines(sharedEnd, document.unit, paint, width)
    : wrapWords(`Each map has a scale of its own, in ${visibleText(document.unit, "show")}.`, width);
  if (paint.colors === "none" || paint.colors === "16") legend.push(...wrapWords(key, width));
  else if (document.overlay === "masked")
    legend.push(...wrapWords("The picture shows as densely as the scores are strong.", width));
  sections.push(legend, spotLines(document, panels, endOf, width));
  return sections;
}

/** Blocks side by side, as many as fit a line each. */
function rowsOf(blocks: readonly Block[], width: number): Block[][] {
  const rows: Block[][] = [];
  let used = width; // full: the first block begins a line
  for (const block of blocks) {
    if (used + gap + block.columns > width) {
      rows.push([]);
      used = -gap;
    }
    rows.at(-1)!.push(block);
    used += gap + block.columns;
  }
  return rows;
}

interface Block {
  readonly lines: readonly string[];
  /** Columns of each line. */
  readonly columns: number;
}

/** A map in its frame, below its name. */
function block(
  document: ImageDocument,
  panel: ImagePanel,
  end: number,
  room: number,
  height: number,
  paint: Painter,
  options: AnsiOptions,
  single: boolean,
): Block {
  const sign = document.sign ?? "all";
  const shares = sharesOf(panel, end, sign);
  const overlay = document.overlay ?? (document.picture === undefined ? "heat" : "blended");
  const onPicture =
    document.picture !== undefined && overlay !== "heat" && (paint.colors === "256" || paint.colors === "truecolor");
  const size = fit(onPicture ? document.picture! : panel, room, height);
  const cells = onPicture || paint.colors === "256" || paint.colors === "truecolor" ? colorCells : signCells;
  const body = cells({ document, shares, size, paint, options, single });
  const label = single && panel.label === "" ? [] : [visibleLabel(panel.label)];
  const columns = size.width + 2;
  const edge = (left: string, right: string): string => paint.faint(`${left}${"─".repeat(size.width)}${right}`);
  const side = paint.faint("│");
  return {
    lines: [
      ...label.map((text) => pad(shorten(text, columns), columns, "right")),
      edge("┌", "┐"),
      ...body.map((line) => side + line + side),
      edge("└", "┘"),
    ],
    columns,
  };
}

/** Columns and half lines of a map: enlarged by a whole number, or shrunk to its place. */
function fit({ width, height }: Size, columns: number, most: number): Size {
  const times = Math.min(columns / width, most / height);
  const scale = times >= 1 ? Math.floor(times) : times;
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

interface Cells {
  readonly document: ImageDocument;
  readonly shares: Grid;
  readonly size: Size;
  readonly paint: Painter;
  readonly options: AnsiOptions;
  readonly single: boolean;
}

/** Two pixels a cell, one above the other; the strongest places carry their sign. */
function colorCells({ document, shares, size, paint, options, single }: Cells): string[] {
  const { picture } = document;
  const ground = scaleColor(0, options.theme ?? "dark");
  const overlay = document.overlay ?? (picture === undefined ? "heat" : "blended");
  const scaling = document.scaling ?? "nearest";
  const over = picture !== undefined && overlay !== "heat";
  const colors = flatten(
    size,
    ground,
    overlay === "masked"
      ? [paintMasked(picture, shares, size, scaling)]
      : [...(over ? [paintPicture(picture, size, true)] : []), paintShares(shares, size, scaling, over ? 0.8 : 1, false)],
  );
  const signs = new Map<string, string>();
  if (document.sign !== "absolute")
    for (const { x, y, score } of strongSpots(shares, single ? 3 : 1, 6)) {
      const [column, line] = [
        Math.floor(((x + 0.5) / shares.width) * size.width),
        Math.floor((((y + 0.5) / shares.height) * size.height) / 2),
      ];
      signs.set(`${column} ${line}`, score > 0 ? "+" : "-");
    }
  return Array.from({ length: Math.ceil(size.height / 2) }, (_, line) => {
    let text = "";
    // Neighbours of the same colours share one escape code.
    let run: { text: string; readonly ink: Color; readonly ground: Color } | undefined;
    for (let column = 0; column < size.width; column++) {
      const upper = colors(column, 2 * line);
      const lower = 2 * line + 1 < size.height ? colors(column, 2 * line + 1) : ground;
      const sign = signs.get(`${column} ${line}`);
      const cell =
        sign === undefined ? { text: "▀", ink: upper, ground: lower } : { text: sign, ink: textColor(upper), ground: upper };
      if (run !== undefined && `${run.ink} ${run.ground}` === `${cell.ink} ${cell.ground}`) run.text += cell.text;
      else {
        if (run !== undefined) text += paint.on(run.text, run.ink, run.ground);
        run = cell;
      }
    }
    return run === undefined ? text : text + paint.on(run.text, run.ink, run.ground);
  });
}

/** A character for every two pixels, by the stronger of them; in sixteen colours it has that of its sign as well. */
function signCells({ shares, size, paint }: Cells): string[] {
  const grid = resample(shares, size.width, size.height, "nearest");
  return Array.from({ length: Math.ceil(size.height / 2) }, (_, line) => {
    let text = "";
    for (let column = 0; column < size.width; column++) {
      const upper = grid[2 * line * size.width + column]!;
      const lower = 2 * line + 1 < size.height ? grid[(2 * line + 1) * size.width + column]! : 0;
      const share = Number.isNaN(upper) || Math.abs(upper) >= Math.abs(lower) ? upper : lower;
      text += paint.score(signOf(share), share);
    }
    return text;
  });
}

function signOf(share: number): string {
  if (Number.isNaN(share)) return "?";
  if (Math.abs(share) < visibleShare) return " ";
  const strong = Math.abs(share) > 0.5;
  return share > 0 ? (strong ? "#" : "+") : strong ? "=" : "-";
}

/** "strongest: +0.020 at column 17 and row 20, …", and each map's own scale where they differ. */
function spotLines(
  document: ImageDocument,
  panels: readonly ImagePanel[],
  endOf: (panel: ImagePanel) => number,
  width: number,
): string[] {
  return panels.flatMap((panel) => {
    const { label, width: columns, height, scores } = panel;
    const numbers: NumberFormat = numberFormat(endOf(panel), "-");
    const spots = strongSpots({ width: columns, height, data: scores }, panels.length === 1 ? 2 : 1, 6)
      .map(({ x, y, score }) => `${numbers.signed(score)} at column ${x + 1}, row ${y + 1}`)
      .join("; ");
    const name = panels.length === 1 && label === "" ? "" : `${visibleLabel(label)}: `;
    const own = document.scale === "each" ? ` (scale to ±${numbers.plain(endOf(panel))})` : "";
    return wrapWords(`${name}${spots === "" ? "no strong places" : spots}${own}`, width);
  });
}
