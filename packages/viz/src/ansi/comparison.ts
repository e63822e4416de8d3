import { agreementOf, correlationText, shareText } from "../documents/agreement.ts";
import { alignedScores } from "../documents/aligned-scores.ts";
import type { ComparedDocument, ComparisonDocument } from "../documents/comparison-document.ts";
import { comparisonRows } from "../documents/comparison-rows.ts";
import { costInWords } from "../documents/cost-in-words.ts";
import { sumOf } from "../documents/facts.ts";
import type { ImageDocument, ImagePanel } from "../documents/image-document.ts";
import type { TextDocument } from "../documents/text-document.ts";
import type { AnsiOptions } from "./ansi-options.ts";
import { imageFigure } from "./image.ts";
import { tableAsText } from "./table-as-text.ts";
import { textAnsi } from "./text.ts";

/** Every part in numbers, and how far they agree; maps are drawn side by side. */
export function comparisonAnsi(document: ComparisonDocument, options: AnsiOptions): string {
  return textAnsi(comparisonAsText(document), options, mapsOf(document, options));
}

/** The maps of all parts, with one scale where they have one unit. */
function mapsOf({ parts, unit }: ComparisonDocument, options: AnsiOptions): string[][] {
  const images = parts.flatMap(({ document }) => (document.kind === "image" ? [document] : []));
  const [first] = images;
  if (first === undefined) return [];
  const panels = parts.flatMap(({ label, document }): ImagePanel[] =>
    document.kind === "image"
      ? document.panels.map((panel) => ({
          ...panel,
          label: panel.label === "" ? label : `${label}: ${panel.label}`,
          unit: panel.unit ?? document.unit,
        }))
      : [],
  );
  const units = new Set(panels.map((panel) => panel.unit));
  const together: ImageDocument = { ...first, unit, panels, scale: units.size > 1 ? "each" : (first.scale ?? "shared") };
  return imageFigure(together, options);
}

/** A row a part, and how far they agree in words. What cannot be held against each other is told as one sum a part. */
function comparisonAsText(document: ComparisonDocument): TextDocument {
  const { kind: _, parts, notes, ...head } = document;
  const aligned = alignedScores(document);
  const table = typeof aligned === "string" ? undefined : comparisonRows(document, aligned);
  const costs = parts.flatMap(({ label, cost }) => (cost === undefined ? [] : [`${label}: ${costInWords(cost)}.`]));
  const pairs =
    typeof aligned === "string"
      ? []
      : agreementOf(aligned).map((pair) => {
          const { one, other, top } = pair;
          return `${parts[one]!.label} and ${parts[other]!.label}: rank correlation ${correlationText(pair)}; of the strongest, ${shareText(top.shared, top)} shared, ${shareText(top.sameSign, top)} with the same sign.`;
        });
  const said = [...pairs, ...costs, ...notes];
  if (table !== undefined) {
    // The first part colours the text; the others say their units where these differ.
    const { unit } = parts[0]!.document;
    const rows = table.rows.map((row, index) => {
      const own = parts[index]!.document.unit;
      return own === unit ? row : { ...row, label: `${row.label} (${own})` };
    });
    return { ...table, unit, rows, notes: said };
  }
  const sums = parts.map(({ document: part }) => partSum(part));
  return {
    ...head,
    kind: "text",
    pieces: [],
    notes: said,
    features: parts.map(({ label }) => label),
    rows: [{ label: "sum of scores of each part", scores: sums }],
  };
}

function partSum(part: ComparedDocument): number {
  if (part.kind === "image") return sumOf(part.panels.map(({ scores, groups }) => sumOf(scores, groups)));
  return sumOf((part.kind === "text" ? part : tableAsText(part)).rows[0]?.scores ?? []);
}
