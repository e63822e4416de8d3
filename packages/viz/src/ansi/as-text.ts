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
    case "curve":
      return {
        ...head,
        notes: [...document.curves.map((curve) => curveInWords(document, curve)), ...notes],
        features: [],
        rows: [],
      };
  }
}

function tableAsText(document: TabularDocument): Pick<TextDocument, "features" | "rows"> {
  const { rows, features } = document;
  if (rows.length === 1) return { features: features.map((_, feature) => featureLabel(document, feature)), rows };
  if (rows.length <= mostRows) return { features, rows };
  return { features, rows: [{ label: `mean magnitude of ${rows.length} rows`, scores: meanMagnitudes(document) }] };
}
