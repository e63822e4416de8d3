import { layerLabel } from "../documents/layer-label.ts";
import type { LayersDocument } from "../documents/layers-document.ts";
import { valuesInWords } from "../documents/values-in-words.ts";
import { evenly } from "../evenly.ts";
import { LinearScale } from "../linear-scale.ts";
import { numberFormat } from "../number-format.ts";
import { ScoreScale } from "../score-scale.ts";
import { stepClass } from "../theme-style.ts";
import { visibleLabel } from "../visible-text.ts";
import { drawBars, placeOfBars } from "./bars.ts";
import { box, glyphs, lineHeight, margin, type Page, stroke } from "./page.ts";

/** Layers drawn; of more, evenly chosen ones. */
const mostLayers = 200;
/** Pixels that the strip takes left of the labels. */
const strip = 34;

/** A strip through the network from the input (above) to the output (below): a box a layer in the colour of its number, and its bar. */
export function drawLayers(page: Page, document: LayersDocument): void {
  const layers = evenly(document.layers, mostLayers);
  if (layers.length === 0) {
    page.sentence("There are no layers to show.", "faint");
    return;
  }
  const scale = new ScoreScale([{ scores: document.layers.map(({ score }) => score) }]);
  const numbers = numberFormat(scale.magnitude, "−");
  page.sentence(
    `A layer's number is its ${document.measure}. ${valuesInWords(document, document.unit, numbers)}`.trim(),
    "plain",
  );
  if (layers.length < document.layers.length)
    page.sentence(`${layers.length} of ${document.layers.length} layers are drawn, evenly chosen.`, "faint");
  page.down(lineHeight / 3);
  page.parts.push(glyphs(margin, page.y, "input", "faint"));
  page.down(lineHeight);
  const bars = layers.map((layer) => ({ label: layerLabel(layer), score: layer.score, standardError: layer.standardError }));
  const place = placeOfBars(
    page,
    bars.map(({ label }) => label),
    false, // the strip has a box at every line
    strip,
  );
  const x = margin + 12;
  const top = page.y;
  page.parts.push(stroke("axis", x, top - 18, x, top + layers.length * lineHeight - 8));
  layers.forEach(({ score }, index) => {
    const y = top + index * lineHeight;
    const step = scale.step(score);
    page.parts.push(
      `<g class="${stepClass(step)}">${box("outline-box", x - 9, y - 13, x + 9, y + 3)}${glyphs(x, y, sign(score), "on", "middle")}</g>`,
      box("outline", x - 9, y - 13, x + 9, y + 3),
    );
  });
  const ends = layers.flatMap(({ score, standardError = 0 }) => [score - standardError, score + standardError]);
  drawBars(page, bars, place, new LinearScale([0, ...ends]), document.unit, numbers, strip);
  page.parts.push(glyphs(margin, top + layers.length * lineHeight + 10, "output", "faint"));
}

/** The strongest layers with their numbers, for who does not see the picture. */
export function layersInWords({ layers }: LayersDocument): string {
  const numbers = numberFormat(new ScoreScale([{ scores: layers.map(({ score }) => score) }]).magnitude, "−");
  const told = [...layers]
    .filter(({ score }) => !Number.isNaN(score))
    .sort((a, b) => (Math.abs(a.score) === Math.abs(b.score) ? 0 : Math.abs(b.score) > Math.abs(a.score) ? 1 : -1))
    .slice(0, 5)
    .map(({ name, score }) => `${visibleLabel(name)} ${numbers.signed(score)}`);
  return told.length === 0 ? "There are no layers." : `${layers.length} layers, strongest: ${told.join(", ")}.`;
}

function sign(score: number): string {
  return Number.isNaN(score) ? "?" : score > 0 ? "+" : score < 0 ? "−" : "0";
}
