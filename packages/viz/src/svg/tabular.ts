import { strongestFirst } from "../documents/facts.ts";
import { meanMagnitudes } from "../documents/mean-magnitudes.ts";
import type { TabularDocument, TabularView } from "../documents/tabular-document.ts";
import { ungrouped } from "../documents/ungrouped.ts";
import { numberFormat } from "../number-format.ts";
import { ScoreScale } from "../score-scale.ts";
import { visibleLabel } from "../visible-text.ts";
import { drawBeeswarm } from "./beeswarm.ts";
import { drawDependence } from "./dependence.ts";
import { drawFeatureBars } from "./feature-bars.ts";
import type { Page } from "./page.ts";
import { drawWaterfall } from "./waterfall.ts";

/** The view a document asks for, or what suits its number of rows. */
function viewOf({ view, rows }: TabularDocument): TabularView {
  return view ?? (rows.length > 1 ? "beeswarm" : "bars");
}

/** @param beside The documents whose scores share the axis with this one's. */
export function drawTabular(page: Page, grouped: TabularDocument, beside: readonly TabularDocument[] = [grouped]): void {
  const document = ungrouped(grouped);
  const others = beside.map(ungrouped);
  if (document.rows.length === 0 || document.features.length === 0) {
    page.sentence("There are no scores to show.", "faint");
    return;
  }
  switch (viewOf(document)) {
    case "bars":
      drawFeatureBars(page, document, others);
      break;
    case "waterfall":
      drawWaterfall(page, document, others);
      break;
    case "beeswarm":
      drawBeeswarm(page, document, others);
      break;
    case "dependence":
      drawDependence(page, document);
      break;
  }
}

/** The strongest features with their numbers, for who does not see the picture. */
export function tabularInWords(grouped: TabularDocument): string {
  const document = ungrouped(grouped);
  const { rows, features } = document;
  if (rows.length === 0 || features.length === 0) return "There are no scores.";
  const single = viewOf(document) === "bars" || viewOf(document) === "waterfall";
  const scores = single ? rows[0]!.scores : meanMagnitudes(document);
  const numbers = numberFormat(new ScoreScale([{ scores }]).magnitude, "−");
  const strongest = strongestFirst(scores)
    .slice(0, 5)
    .map(
      (feature) =>
        `${visibleLabel(features[feature]!)} ${single ? numbers.signed(scores[feature]!) : numbers.plain(scores[feature]!)}`,
    );
  const head = single ? `For ${visibleLabel(rows[0]!.label)}, strongest` : `Over ${rows.length} rows, largest mean magnitudes`;
  return `${head}: ${strongest.join(", ")}.`;
}
