import { agreementOf, correlationText, shareText } from "../documents/agreement.ts";
import { alignedScores } from "../documents/aligned-scores.ts";
import type { ComparisonDocument } from "../documents/comparison-document.ts";
import { comparisonRows } from "../documents/comparison-rows.ts";
import { costInWords } from "../documents/cost-in-words.ts";
import { curveInWords } from "../documents/curve-in-words.ts";
import type { AttributionDocument } from "../documents/document.ts";
import { sumOf } from "../documents/facts.ts";
import { meanMagnitudes } from "../documents/mean-magnitudes.ts";
import type { TabularDocument } from "../documents/tabular-document.ts";
import type { DocumentRow, TextDocument } from "../documents/text-document.ts";
import { featureLabel } from "../documents/top-features.ts";
import { ungrouped } from "../documents/ungrouped.ts";

/** Rows of a table that are each listed; of more, the means are. */
const mostRows = 8;

/** Any document as rows of scores over labels, as a terminal shows them. */
export function asText(document: AttributionDocument): TextDocument {
  const { title, explained, unit, method, notes, partial } = document;
  const head = { kind: "text" as const, title, explained, unit, method, partial, pieces: [] };
  switch (document.kind) {
    case "text":
      return document;
    case "tabular":
      return { ...head, notes, ...tableAsText(ungrouped(document)) };
    case "layers": {
      const { layers, measure, value, baseValue } = document;
      const standardErrors = layers.every(({ standardError }) => standardError !== undefined)
        ? layers.map(({ standardError }) => standardError!)
        : undefined;
      const row: DocumentRow = {
        label: `${measure} of each layer`,
        scores: layers.map(({ score }) => score),
        standardErrors,
        value,
        baseValue,
      };
      return { ...head, notes, features: layers.map(({ name }) => name), rows: layers.length === 0 ? [] : [row] };
    }
    case "image": {
      const { panels, value, baseValue } = document;
      const row: DocumentRow = {
        label: "sum of each map",
        scores: panels.map(({ scores, groups }) => sumOf(scores, groups)),
        value,
        baseValue,
      };
      const features = panels.map(({ label, width, height }) => `${label === "" ? "all" : label} (${width}×${height})`);
      return { ...head, notes, features, rows: panels.length === 0 ? [] : [row] };
    }
    case "comparison":
      return comparisonAsText(document);
    case "curve":
      return {
        ...head,
        notes: [...document.curves.map((curve) => curveInWords(document, curve)), ...notes],
        features: [],
        rows: [],
      };
  }
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
  const sums = parts.map(({ document: part }) => sumOf(asText(part).rows[0]?.scores ?? []));
  return {
    ...head,
    kind: "text",
    pieces: [],
    notes: said,
    features: parts.map(({ label }) => label),
    rows: [{ label: "sum of scores of each part", scores: sums }],
  };
}

function tableAsText(document: TabularDocument): Pick<TextDocument, "features" | "rows"> {
  const { rows, features } = document;
  if (rows.length === 1) return { features: features.map((_, feature) => featureLabel(document, feature)), rows };
  if (rows.length <= mostRows) return { features, rows };
  return { features, rows: [{ label: `mean magnitude of ${rows.length} rows`, scores: meanMagnitudes(document) }] };
}
