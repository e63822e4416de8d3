import type { AlignedScores } from "./aligned-scores.ts";
import { primaryRow } from "./check-text.ts";
import type { ComparedDocument, ComparisonDocument } from "./comparison-document.ts";
import type { ExplainedValues } from "./document.ts";
import type { TextDocument } from "./text-document.ts";

/** The scores of all parts as one table: a row a part, a feature a piece. Undefined where the things compared have no names. */
export function comparisonRows(document: ComparisonDocument, { names, scores }: AlignedScores): TextDocument | undefined {
  if (names === undefined) return undefined;
  const { kind: _, parts, ...head } = document;
  return {
    ...head,
    kind: "text",
    pieces: piecesOf(
      parts.map((part) => part.document),
      names,
    ),
    features: names,
    rowKind: "method",
    rows: parts.map(({ label, document: part }, index) => ({ label, scores: scores[index]!, ...valuesOf(part) })),
  };
}

/** The words between the pieces, of a part whose pieces are those compared. */
function piecesOf(documents: readonly ComparedDocument[], names: readonly string[]): TextDocument["pieces"] {
  for (const document of documents)
    if (document.kind === "text" && document.features.length === names.length) return document.pieces;
  return [];
}

function valuesOf(document: ComparedDocument): ExplainedValues {
  const row =
    document.kind === "text"
      ? document.rows[primaryRow(document)]
      : document.kind === "tabular" && document.rows.length === 1
        ? document.rows[0]
        : undefined;
  return {
    ...(row?.value !== undefined && { value: row.value }),
    ...(row?.baseValue !== undefined && { baseValue: row.baseValue }),
  };
}
