import { primaryRow, sumOfScores } from "../documents/check-text.ts";
import { factsInWords } from "../documents/facts.ts";
import { strongestFeatures } from "../documents/strongest-features.ts";
import type { TextDocument } from "../documents/text-document.ts";
import { embeddedJson, escapeMarkup } from "../escape-markup.ts";
import { foldAround } from "../fold.ts";
import { foldedInWords, strengthOf } from "../fold-lines.ts";
import { type NumberFormat, numberFormat } from "../number-format.ts";
import { ScoreScale } from "../score-scale.ts";
import { stepClass } from "../theme-style.ts";
import { shorten, visibleLabel, visibleText } from "../visible-text.ts";
import { type PageContent, shown } from "./page-content.ts";
import { pageScript } from "./text-script.ts";

/** Cells of the table above which only the strongest features get a column; hover and the embedded data still have all. */
const mostCells = 40_000;

/**
 * A text: the prompt coloured by the chosen row (a click on a row, or Enter, chooses it), values on hover and with the arrow keys, and
 * the table of every number with value, base value and sum.
 */
export function textPage(document: TextDocument, fold: boolean): PageContent {
  const scale = new ScoreScale(document.rows);
  const numbers = numberFormat(scale.magnitude, "−");
  const primary = primaryRow(document);
  return {
    main: `${primary < 0 ? "" : legend(document, scale, numbers)}
${document.pieces.length === 0 ? "" : prompt(document, primary, scale, numbers, fold)}
${primary < 0 ? "" : chosenRow(document, primary, numbers)}
${primary < 0 ? "" : matrix(document, primary, scale, numbers)}`,
    end: `<div id="hint" role="status" hidden></div>
<script type="application/json" id="attr-view">${embeddedJson(view(document, scale, numbers))}</script>
<script>
${pageScript}
</script>`,
  };
}

function legend(document: TextDocument, scale: ScoreScale, numbers: NumberFormat): string {
  const unit = shown(document.unit);
  const [low, high] =
    scale.magnitude === 0 ? ["", ""] : [` ${numbers.signed(-scale.magnitude)}`, ` ${numbers.signed(scale.magnitude)}`];
  return `<figure class="legend" aria-label="Scale of the scores">
<div class="ramp"></div>
<figcaption><span><span class="lowers">lowers</span>${low}</span><span>0</span><span><span class="raises">raises</span>${high} ${unit}</span></figcaption>
</figure>`;
}

function prompt(document: TextDocument, primary: number, scale: ScoreScale, numbers: NumberFormat, fold: boolean): string {
  let first = true;
  const pieces = document.pieces.map(({ text, feature }) => {
    const words = escapeMarkup(visibleText(text, "keep"));
    if (feature === undefined || primary < 0) return words;
    const score = document.rows[primary]!.scores[feature]!;
    // One stop of the Tab key for the whole prompt; the arrow keys go from word to word.
    const stop = first ? 0 : -1;
    first = false;
    const word = text.trim() === "" ? words : words.trim();
    const start = words.indexOf(word);
    const label = `${visibleLabel(document.features[feature]!)}: ${scoreInWords(document, primary, feature, numbers)}`;
    return `${words.slice(0, start)}<span class="f ${stepClass(scale.step(score))}" data-f="${feature}" tabindex="${stop}" role="img" aria-label="${escapeMarkup(label)}">${word}</span>${words.slice(start + word.length)}`;
  });
  return `<section aria-label="Prompt">
<p class="prompt" id="prompt" dir="auto">${fold ? folded(pieces, document, primary, scale, numbers) : pieces.join("")}</p>
</section>`;
}

/** Characters above which a text is folded, around each piece that matters, and below which a stretch is not worth it. */
const [long, context, least] = [4000, 200, 600];

/** A long text with its stretches that do not matter behind buttons, which say how much they hold. */
function folded(
  pieces: readonly string[],
  document: TextDocument,
  primary: number,
  scale: ScoreScale,
  numbers: NumberFormat,
): string {
  const sizes = document.pieces.map(({ text }) => text.length);
  if (sizes.reduce((sum, size) => sum + size, 0) <= long) return pieces.join("");
  const scores = document.rows[primary]?.scores ?? [];
  const strengths = document.pieces.map(({ feature }) =>
    strengthOf([feature === undefined ? 0 : scale.share(scores[feature] ?? 0)]),
  );
  return foldAround(strengths, sizes, { most: 60, context, least })
    .map((stretch) => {
      const markup = pieces.slice(stretch.start, stretch.end).join("");
      if (!stretch.folded) return markup;
      const own = document.pieces.slice(stretch.start, stretch.end);
      const count = own.reduce((sum, { text }) => sum + text.length, 0);
      const features = own.flatMap(({ feature }) => (feature === undefined ? [] : [feature]));
      const words = `⋯ ${count} characters folded${foldedInWords(features, document, primary, numbers)}`;
      return `<button type="button" class="unfold" aria-expanded="false">${escapeMarkup(words)}</button><span class="folded" hidden>${markup}</span>`;
    })
    .join("");
}

/** "+1.25 ± 0.05 nats". */
function scoreInWords(document: TextDocument, row: number, feature: number, numbers: NumberFormat): string {
  const { scores, standardErrors } = document.rows[row]!;
  const error = standardErrors?.[feature];
  return `${numbers.signed(scores[feature]!)}${error === undefined ? "" : ` ± ${numbers.plain(error)}`} ${visibleText(document.unit, "show")}`;
}

function chosenRow(document: TextDocument, primary: number, numbers: NumberFormat): string {
  return `<p class="chosen" aria-live="polite">Coloured by <strong id="chosen-label">${escapeMarkup(visibleLabel(document.rows[primary]!.label))}</strong>: <span id="chosen-facts">${escapeMarkup(facts(document, primary, numbers))}</span></p>`;
}

function facts(document: TextDocument, row: number, numbers: NumberFormat): string {
  return factsInWords(document.rows[row]!, sumOfScores(document, row), document.unit, numbers);
}

function matrix(document: TextDocument, primary: number, scale: ScoreScale, numbers: NumberFormat): string {
  const kind = shown(document.rowKind ?? "answer");
  const features = strongestFeatures(document, Math.max(50, Math.floor(mostCells / document.rows.length)));
  const hasValue = document.rows.some((row) => row.value !== undefined);
  const hasBase = document.rows.some((row) => row.baseValue !== undefined);
  const head = features
    .map((feature) => {
      const label = visibleLabel(document.features[feature]!);
      const short = shorten(label, 20);
      const full = short === label ? "" : ` title="${escapeMarkup(label)}"`;
      return `<th scope="col"${full}><bdi>${escapeMarkup(short)}</bdi></th>`;
    })
    .join("");
  const body = document.rows.map((row, index) => {
    const cells = features
      .map(
        (feature) =>
          `<td class="${stepClass(scale.step(row.scores[feature]!))}" data-f="${feature}">${numbers.signed(row.scores[feature]!)}</td>`,
      )
      .join("");
    const value = hasValue ? `<td class="fact">${row.value === undefined ? "" : numbers.plain(row.value)}</td>` : "";
    const base = hasBase ? `<td class="fact">${row.baseValue === undefined ? "" : numbers.plain(row.baseValue)}</td>` : "";
    return `<tr data-r="${index}"${index === primary ? ' class="chosen"' : ""}><th scope="row"><button type="button" aria-pressed="${index === primary}"><bdi>${escapeMarkup(visibleLabel(row.label))}</bdi></button></th>${cells}<td class="fact">${numbers.signed(sumOfScores(document, index))}</td>${value}${base}</tr>`;
  });
  const left = document.features.length - features.length;
  const caption = `Every ${kind} against every feature, in ${shown(document.unit)}; choose a row to colour the prompt by it.${left > 0 ? ` The ${left} weakest features have no column here.` : ""}`;
  return `<section aria-label="All scores">
<p class="caption" id="caption">${caption}</p>
<div class="scroll" tabindex="0" role="group" aria-labelledby="caption">
<table id="matrix" aria-labelledby="caption">
<thead><tr><th scope="col" class="corner">${kind}</th>${head}<th scope="col" class="fact">sum of scores</th>${hasValue ? '<th scope="col" class="fact">value</th>' : ""}${hasBase ? '<th scope="col" class="fact">base value</th>' : ""}</tr></thead>
<tbody>
${body.join("\n")}
</tbody>
</table>
</div>
</section>`;
}

/** What the page's script needs to show another row: every class and every sentence, ready made. */
function view(document: TextDocument, scale: ScoreScale, numbers: NumberFormat): object {
  return {
    features: document.features.map((feature) => visibleLabel(feature)),
    rows: document.rows.map((row, index) => ({
      label: visibleLabel(row.label),
      facts: facts(document, index, numbers),
      steps: row.scores.map((score) => stepClass(scale.step(score))),
      scores: row.scores.map((_, feature) => scoreInWords(document, index, feature, numbers)),
    })),
  };
}
