import { tickText } from "../number-format.ts";
import { agreementOf, correlationText, shareText } from "./agreement.ts";
import { alignedScores } from "./aligned-scores.ts";
import { areaUnder } from "./area-under.ts";
import { sumOfScores } from "./check-text.ts";
import type { ComparisonDocument } from "./comparison-document.ts";
import { comparisonRows } from "./comparison-rows.ts";
import { secondsText } from "./cost-in-words.ts";
import type { CurveDocument } from "./curve-document.ts";
import type { AttributionDocument } from "./document.ts";
import { sumOf } from "./facts.ts";
import type { ImageDocument } from "./image-document.ts";
import type { LayersDocument } from "./layers-document.ts";
import type { TabularDocument } from "./tabular-document.ts";
import type { TextDocument } from "./text-document.ts";

/** A document's numbers in lines: what a picture shows, for who wants to read or copy it. */
export interface NumbersTable {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Lines left out because there are too many. */
  readonly left: number;
}

/** Cells of a table above which lines are left out. */
const mostCells = 20_000;

/** The tables of a document. */
export function numbersOf(document: AttributionDocument): NumbersTable[] {
  switch (document.kind) {
    case "text":
      return document.rows.length === 0 ? [] : [textNumbers(document)];
    case "image":
      return [imageNumbers(document)];
    case "tabular":
      return [tabularNumbers(document)];
    case "curve":
      return document.curves.slice(0, 24).map((curve) => curveNumbers(document, curve));
    case "layers":
      return [layerNumbers(document)];
    case "comparison":
      return comparisonNumbers(document);
  }
}

function bounded(
  caption: string,
  head: readonly string[],
  count: number,
  row: (index: number) => readonly string[],
): NumbersTable {
  const kept = Math.min(count, Math.max(50, Math.floor(mostCells / head.length)));
  return { caption, head, rows: Array.from({ length: kept }, (_, index) => row(index)), left: count - kept };
}

/** A line a piece, a column a row of the document; below them what is known of the explained number. */
function textNumbers(document: TextDocument): NumbersTable {
  const { features, rows, unit } = document;
  const labels = rows.map(({ label }) => (label.trim() === "" ? label : label.trim()));
  const table = bounded(`All numbers, in ${unit}`, ["piece", ...labels], features.length, (index) => [
    features[index]!,
    ...rows.map(({ scores, standardErrors }) => {
      const error = standardErrors?.[index];
      return `${written(scores[index], true)}${error === undefined ? "" : ` ± ${written(error)}`}`;
    }),
  ]);
  const facts: readonly (readonly string[])[] = [
    ["sum of scores", ...rows.map((_, row) => written(sumOfScores(document, row), true))],
    ["value", ...rows.map(({ value }) => written(value))],
    ["base value", ...rows.map(({ baseValue }) => written(baseValue))],
  ];
  return { ...table, rows: [...table.rows, ...facts.filter(([, ...cells]) => cells.some((cell) => cell !== ""))] };
}

function imageNumbers({ panels, unit }: ImageDocument): NumbersTable {
  return bounded(
    `Numbers of the maps, in ${unit}`,
    ["map", "sum of scores", "lowest", "highest", "value", "base value"],
    panels.length,
    (index) => {
      const { label, scores, groups, value, baseValue } = panels[index]!;
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let i = 0; i < scores.length; i++) {
        low = Math.min(low, Number.isNaN(scores[i]!) ? low : scores[i]!);
        high = Math.max(high, Number.isNaN(scores[i]!) ? high : scores[i]!);
      }
      return [
        label,
        written(sumOf(scores, groups), true),
        written(low, true),
        written(high, true),
        written(value),
        written(baseValue),
      ];
    },
  );
}

/** One row: a line a feature. More: a line a row, a column a feature. */
function tabularNumbers({ features, groups, rows, unit }: TabularDocument): NumbersTable {
  if (rows.length === 1) {
    const { scores, inputs, standardErrors, value, baseValue } = rows[0]!;
    const head = ["feature", "its value", "score", "standard error"];
    const facts: readonly (readonly string[])[] = [
      ["sum of scores", "", written(sumOf(scores, groups), true), ""],
      ["value", "", written(value), ""],
      ["base value", "", written(baseValue), ""],
    ];
    const table = bounded(`All numbers, in ${unit}`, head, features.length, (index) => [
      features[index]!,
      written(inputs?.[index]),
      written(scores[index], true),
      written(standardErrors?.[index]),
    ]);
    return { ...table, rows: [...table.rows, ...facts.filter(([, , number]) => number !== "")] };
  }
  const shown = features.slice(0, 100);
  const head = ["row", ...shown, "sum of scores", "value", "base value"];
  return bounded(
    `Scores of every row, in ${unit}${shown.length < features.length ? ` (the first ${shown.length} features)` : ""}`,
    head,
    rows.length,
    (index) => {
      const { label, scores, value, baseValue } = rows[index]!;
      return [
        label,
        ...shown.map((_, feature) => written(scores[feature], true)),
        written(sumOf(scores, groups), true),
        written(value),
        written(baseValue),
      ];
    },
  );
}

function curveNumbers({ x, y, area }: CurveDocument, curve: CurveDocument["curves"][number]): NumbersTable {
  const head = [x.label, y.label, ...(curve.standardErrors === undefined ? [] : ["standard error"])];
  const told = area === true ? `, area ${written(areaUnder(curve))}` : "";
  return bounded(`${curve.label}: ${curve.x.length} points${told}`, head, curve.x.length, (index) => [
    written(curve.x[index]),
    written(curve.y[index]),
    ...(curve.standardErrors === undefined ? [] : [written(curve.standardErrors[index])]),
  ]);
}

function layerNumbers({ layers, unit, measure }: LayersDocument): NumbersTable {
  return bounded(
    `${measure} of every layer, in ${unit}`,
    ["layer", "shape", measure, "standard error", ""],
    layers.length,
    (index) => {
      const { name, shape, score, standardError, detail } = layers[index]!;
      return [name, shape === undefined ? "" : shape.join("×"), written(score, true), written(standardError), detail ?? ""];
    },
  );
}

/** The scores of all parts side by side, how far every two agree, and what each cost. */
function comparisonNumbers(document: ComparisonDocument): NumbersTable[] {
  const { parts, unit } = document;
  const labels = parts.map(({ label }) => label);
  const aligned = alignedScores(document);
  const tables: NumbersTable[] = [];
  const rows = typeof aligned === "string" ? undefined : comparisonRows(document, aligned);
  if (rows !== undefined) {
    const table = bounded(`All scores, in ${unit}`, ["piece", ...labels], rows.features.length, (index) => [
      rows.features[index]!,
      ...rows.rows.map(({ scores }) => written(scores[index], true)),
    ]);
    const facts = (["value", "baseValue"] as const).map((name) => [
      name === "value" ? "value" : "base value",
      ...rows.rows.map((row) => written(row[name])),
    ]);
    tables.push({ ...table, rows: [...table.rows, ...facts.filter((cells) => cells.slice(1).some((cell) => cell !== ""))] });
  }
  if (typeof aligned !== "string" && parts.length > 1) {
    const pairs = agreementOf(aligned);
    const head = ["these two", "rank correlation", "strongest shared", "with the same sign"];
    tables.push(
      bounded("How far they agree", head, pairs.length, (index) => {
        const pair = pairs[index]!;
        const shares = [shareText(pair.top.shared, pair.top), shareText(pair.top.sameSign, pair.top)];
        return [`${labels[pair.one]}, ${labels[pair.other]}`, correlationText(pair), ...shares];
      }),
    );
  }
  if (parts.some(({ cost }) => cost !== undefined))
    tables.push(
      bounded("What each cost", ["method", "calls of the model", "rows", "time"], parts.length, (index) => {
        const { label, cost } = parts[index]!;
        const time = cost?.milliseconds === undefined ? "" : secondsText(cost.milliseconds);
        return [label, written(cost?.calls), written(cost?.rows), time];
      }),
    );
  return tables;
}

/** A number as it may be copied; words as they are, nothing for what is not known. */
function written(value: number | string | undefined, signed = false): string {
  if (value === undefined || typeof value === "string") return value ?? "";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+∞" : "−∞";
  return tickText(value, signed);
}
