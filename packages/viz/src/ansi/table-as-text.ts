import { meanMagnitudes } from "../documents/mean-magnitudes.ts";
import type { TabularDocument } from "../documents/tabular-document.ts";
import type { TextDocument } from "../documents/text-document.ts";
import { featureLabel } from "../documents/top-features.ts";
import { ungrouped } from "../documents/ungrouped.ts";

/** Rows of a table that are each listed; of more, the means are. */
const mostRows = 8;

/** A table as rows of scores over labels, as a terminal shows them. */
export function tableAsText(document: TabularDocument): TextDocument {
  const { title, explained, unit, method, notes, partial } = document;
  return { kind: "text", title, explained, unit, method, notes, partial, pieces: [], ...rowsOf(ungrouped(document)) };
}

function rowsOf(document: TabularDocument): Pick<TextDocument, "features" | "rows"> {
  const { rows, features } = document;
  if (rows.length === 1) return { features: features.map((_, feature) => featureLabel(document, feature)), rows };
  if (rows.length <= mostRows) return { features, rows };
  return { features, rows: [{ label: `mean magnitude of ${rows.length} rows`, scores: meanMagnitudes(document) }] };
}
