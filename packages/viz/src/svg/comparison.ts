import { agreementOf, correlationText, type PairAgreement, shareText, topCount } from "../documents/agreement.ts";
import { type AlignedScores, alignedScores } from "../documents/aligned-scores.ts";
import { primaryRow, sumOfScores } from "../documents/check-text.ts";
import type { ComparisonDocument, ComparisonPart } from "../documents/comparison-document.ts";
import { comparisonRows } from "../documents/comparison-rows.ts";
import { partsByUnit } from "../documents/comparison-units.ts";
import { costInWords } from "../documents/cost-in-words.ts";
import { factsInWords } from "../documents/facts.ts";
import type { ImageDocument } from "../documents/image-document.ts";
import type { TabularDocument } from "../documents/tabular-document.ts";
import type { TextDocument } from "../documents/text-document.ts";
import { type NumberFormat, numberFormat } from "../number-format.ts";
import { ScoreScale } from "../score-scale.ts";
import { displayWidth, shorten, visibleLabel } from "../visible-text.ts";
import { drawImage, imageInWords } from "./image.ts";
import { column, glyphs, lineHeight, margin, Page } from "./page.ts";
import { drawRamp } from "./ramp.ts";
import { drawTabular, tabularInWords } from "./tabular.ts";
import { drawScores, drawWords, layoutOf, textInWords } from "./text.ts";

/** Parts drawn; of more, the first ones. */
const mostParts = 12;
/** Pairs whose agreement is listed, and features in the common table. */
const [mostPairs, mostFeatures] = [28, 40];
/** The width a part needs beside another one, and the width below which tables give up room. */
const [besideWidth, narrow] = [380, 520];

/** How the scores of one unit are coloured and written. */
interface UnitScale {
  readonly scale: ScoreScale;
  readonly numbers: NumberFormat;
}

/** Every part with its cost, as many beside each other as there is room; the scales; all scores in one table; how far the parts agree. */
export function drawComparison(page: Page, document: ComparisonDocument, fold?: number): void {
  const parts = document.parts.slice(0, mostParts);
  const scales = unitScales(parts);
  const images = parts.flatMap(({ document: one }) => (one.kind === "image" ? [one] : []));
  if (images.length > 0) drawMaps(page, parts, images);
  else drawParts(page, parts, scales, fold);
  if (parts.length < document.parts.length)
    page.sentence(`${document.parts.length - parts.length} more parts are not drawn.`, "faint");
  const aligned = alignedScores({ ...document, parts });
  const table = typeof aligned === "string" ? undefined : comparisonRows({ ...document, parts }, aligned);
  if (table !== undefined || parts.some(({ document: one }) => one.kind === "text")) drawRamps(page, scales);
  if (table !== undefined) drawTable(page, parts, table, scales);
  if (typeof aligned !== "string" && parts.length > 1) drawAgreement(page, parts, aligned);
}

/** What each part shows and how far they agree, for who does not see the picture. */
export function comparisonInWords(document: ComparisonDocument): string {
  const words = document.parts.slice(0, mostParts).map(({ label, document: part }) => {
    const said = part.kind === "text" ? textInWords(part) : part.kind === "tabular" ? tabularInWords(part) : imageInWords(part);
    return `${visibleLabel(label)}. ${said}`;
  });
  const aligned = alignedScores(document);
  if (typeof aligned === "string") return words.join(" ");
  const pairs = agreementOf(aligned)
    .slice(0, mostPairs)
    .map(
      (pair) =>
        `${pairLabel(document.parts, pair)}: rank correlation ${correlationText(pair)}, ${shareText(pair.top.shared, pair.top)} strongest shared.`,
    );
  return [...words, ...pairs].join(" ");
}

function unitScales(parts: readonly ComparisonPart[]): ReadonlyMap<string, UnitScale> {
  return new Map(
    [...partsByUnit({ parts })].map(([unit, own]) => {
      const rows = own.flatMap(({ document }): readonly { readonly scores: readonly number[] }[] => {
        if (document.kind === "image") return document.panels;
        if (document.kind === "tabular") return document.rows;
        // Of a text the row that colours it: other answers and options would make it pale.
        const row = document.rows[primaryRow(document)];
        return row === undefined ? [] : [row];
      });
      const scale = new ScoreScale(rows);
      return [unit, { scale, numbers: numberFormat(scale.magnitude, "−") }];
    }),
  );
}

/** Texts and tables: a page each, side by side where all fit. */
function drawParts(
  page: Page,
  parts: readonly ComparisonPart[],
  scales: ReadonlyMap<string, UnitScale>,
  fold: number | undefined,
): void {
  const columns = Math.max(1, Math.min(parts.length, Math.floor(page.asked / besideWidth)));
  const drawn = (width: number): Page[] => parts.map((part, index) => drawPart(page, parts, part, index, width, scales, fold));
  let width = page.asked / columns;
  let pages = drawn(width);
  // One that needs more room than its column takes the whole width, and so do all.
  if (columns > 1 && pages.some((one) => one.width > width)) {
    width = page.asked;
    pages = drawn(width);
  }
  const beside = Math.max(1, Math.round(page.asked / width));
  for (let start = 0; start < pages.length; start += beside) {
    const row = pages.slice(start, start + beside);
    const top = page.y - lineHeight;
    row.forEach((one, index) => {
      const left = index * width;
      page.widen(left + one.width);
      page.parts.push(`<g transform="translate(${left.toFixed(1)},${top.toFixed(1)})">${one.parts.join("\n")}</g>`);
    });
    page.y = top + Math.max(...row.map(({ y }) => y)) + lineHeight / 2;
  }
}

function drawPart(
  page: Page,
  parts: readonly ComparisonPart[],
  part: ComparisonPart,
  index: number,
  width: number,
  scales: ReadonlyMap<string, UnitScale>,
  fold: number | undefined,
): Page {
  const own = new Page(`${page.scope}-${index}`, width);
  own.down(lineHeight - own.y);
  own.sentence(titleOf(part, index), "strong");
  if (part.cost !== undefined) own.sentence(costInWords(part.cost), "faint");
  const { document } = part;
  if (document.kind === "text") drawText(own, document, scales.get(document.unit)!, fold);
  else if (document.kind === "tabular") {
    const beside = parts.flatMap(({ document: other }): TabularDocument[] =>
      other.kind === "tabular" && other.unit === document.unit ? [other] : [],
    );
    drawTabular(own, document, beside);
  }
  return own;
}

function drawText(page: Page, document: TextDocument, { scale, numbers }: UnitScale, fold: number | undefined): void {
  const primary = primaryRow(document);
  const row = document.rows[primary];
  if (row !== undefined) {
    const label = row.label.trim() === "" ? "" : `${row.label.trim()}: `;
    page.sentence(`${label}${factsInWords(row, sumOfScores(document, primary), document.unit, numbers)}`, "plain");
  }
  page.down(lineHeight / 4);
  drawWords(page, document, primary, scale, numbers, fold);
}

/** Maps are small multiples of one picture already. */
function drawMaps(page: Page, parts: readonly ComparisonPart[], images: readonly ImageDocument[]): void {
  const units = new Set(images.map(({ unit }) => unit));
  const [first] = images;
  const panels = parts.flatMap((part, index) =>
    part.document.kind !== "image"
      ? []
      : part.document.panels.map((panel, _, all) => ({
          ...panel,
          label: all.length === 1 ? titleOf(part, index) : `${titleOf(part, index)}: ${panel.label}`,
          unit: panel.unit ?? part.document.unit,
        })),
  );
  const { value: _, baseValue: __, ...view } = first!;
  // The score of a segment is the sum of what its pixels would have, and would make all single pixels pale.
  const alike = panels.every(
    ({ width, height, groups }) =>
      width === panels[0]!.width && height === panels[0]!.height && (groups === undefined) === (panels[0]!.groups === undefined),
  );
  drawImage(page, { ...view, panels, scale: units.size > 1 || !alike ? "each" : (view.scale ?? "shared") });
  parts.forEach((part, index) => {
    if (part.cost !== undefined) page.sentence(`${titleOf(part, index)}: ${costInWords(part.cost)}.`, "faint");
  });
  page.down(lineHeight / 2);
}

function drawRamps(page: Page, scales: ReadonlyMap<string, UnitScale>): void {
  let count = 0;
  for (const [unit, { scale, numbers }] of scales) {
    const own = new Page(`${page.scope}-r${count++}`, page.asked);
    own.y = page.y;
    drawRamp(own, scale.magnitude, unit, numbers);
    page.parts.push(...own.parts);
    page.widen(own.width);
    page.y = own.y;
  }
}

/** Every piece against every part. */
function drawTable(
  page: Page,
  parts: readonly ComparisonPart[],
  table: TextDocument,
  scales: ReadonlyMap<string, UnitScale>,
): void {
  const tight = page.asked < narrow;
  const shown: TextDocument = {
    ...table,
    rows: table.rows.map((row, index) => ({ ...row, label: tight ? `${index + 1}` : titleOf(parts[index]!, index) })),
  };
  const whole = layoutOf(shown, tight, 28);
  const layout = whole.width <= page.asked ? whole : layoutOf(shown, tight);
  page.widen(layout.width);
  drawScores(
    page,
    shown,
    layout,
    (row) => {
      const { unit } = parts[row]!.document;
      return { ...scales.get(unit)!, unit };
    },
    mostFeatures,
  );
}

/** A line a pair, or two where there is little room. */
function drawAgreement(page: Page, parts: readonly ComparisonPart[], aligned: AlignedScores): void {
  const pairs = agreementOf(aligned);
  const count = topCount(aligned.scores[0]?.length ?? 0);
  page.text(margin, "How far they agree", "strong");
  const strongest = count === 1 ? "strongest" : `${count} strongest`;
  const head = ["rank correlation", `${strongest} shared`, "same sign"];
  const widths = head.map((label) => displayWidth(label) + 3);
  const labelColumns = page.columns - widths.reduce((sum, size) => sum + size, 0);
  const tight = labelColumns < 34;
  const line = (cells: readonly string[], y: number, kind: string): void => {
    let right = page.asked - margin;
    for (let i = cells.length - 1; i >= 0; i--) {
      page.parts.push(glyphs(right, y, cells[i]!, kind, "end"));
      right -= widths[i]! * column;
    }
  };
  if (!tight) {
    line(head, page.y, "faint");
    page.down(lineHeight);
  }
  for (const pair of pairs.slice(0, mostPairs)) {
    const cells = [correlationText(pair), shareText(pair.top.shared, pair.top), shareText(pair.top.sameSign, pair.top)];
    if (tight) {
      page.sentence(pairLabel(parts, pair), "plain");
      page.sentence(
        `rank correlation ${cells[0]}; of the ${strongest}, ${cells[1]} shared, ${cells[2]} with the same sign`,
        "faint",
      );
      continue;
    }
    page.parts.push(glyphs(margin, page.y, shorten(pairLabel(parts, pair), labelColumns), "plain"));
    line(cells, page.y, "plain");
    page.down(lineHeight);
  }
  if (pairs.length > mostPairs) page.sentence(`… and ${pairs.length - mostPairs} more pairs`, "faint");
  page.down(lineHeight / 2);
}

function titleOf({ label }: ComparisonPart, index: number): string {
  return `${index + 1} ${visibleLabel(label).trim()}`;
}

function pairLabel(parts: readonly ComparisonPart[], { one, other }: PairAgreement): string {
  return `${titleOf(parts[one]!, one)}, ${titleOf(parts[other]!, other)}`;
}
