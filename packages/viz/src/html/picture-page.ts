import type { AttributionDocument } from "../documents/document.ts";
import { numbersOf } from "../documents/numbers-table.ts";
import { toSvg } from "../svg.ts";
import type { ThemeChoice } from "../theme-style.ts";
import { type PageContent, shown } from "./page-content.ts";

/** A picture, and its numbers as tables that open below it. */
export function picturePage(document: AttributionDocument, theme: ThemeChoice): PageContent {
  return {
    main: `<figure class="picture">
${toSvg(document, { theme, heading: false, width: 960 })}</figure>
${numbersMarkup(document)}`,
    end: "",
  };
}

/** The numbers of a document as markup of tables, folded. */
export function numbersMarkup(document: AttributionDocument): string {
  return numbersOf(document)
    .map(({ caption, head, rows, left }) => {
      const cells = rows.map(
        ([first = "", ...rest]) =>
          `<tr><th scope="row"><bdi>${shown(first)}</bdi></th>${rest.map((cell) => `<td>${shown(cell)}</td>`).join("")}</tr>`,
      );
      const more = left > 0 ? `<p class="caption">${left} more rows are not in this table.</p>` : "";
      return `<details><summary>${shown(caption)}</summary>
<div class="scroll" tabindex="0" role="group" aria-label="${shown(caption)}">
<table class="numbers">
<thead><tr>${head.map((cell) => `<th scope="col"><bdi>${shown(cell)}</bdi></th>`).join("")}</tr></thead>
<tbody>
${cells.join("\n")}
</tbody>
</table>
</div>${more}</details>`;
    })
    .join("\n");
}
