import { layerLabel } from "../documents/layer-label.ts";
import type { LayersDocument } from "../documents/layers-document.ts";
import { valuesInWords } from "../documents/values-in-words.ts";
import { evenly } from "../evenly.ts";
import { numberFormat } from "../number-format.ts";
import { ScoreScale } from "../score-scale.ts";
import { wrapWords } from "../text-flow.ts";
import { pad, shorten, visibleLabel, visibleText } from "../visible-text.ts";
import type { AnsiOptions } from "./ansi-options.ts";
import { bar, columnsOf, columnWidth, headingLines, noteLines, page, scaleLines } from "./page.ts";
import { painter } from "./painter.ts";

/** Layers drawn; of more, evenly chosen ones. */
const mostLayers = 60;

/** A strip from the input (above) to the output (below): a line a layer with its sign, number and bar. */
export function layersAnsi(document: LayersDocument, options: AnsiOptions): string {
  const paint = painter(options);
  const width = columnsOf(options);
  const layers = evenly(document.layers, mostLayers);
  const scale = new ScoreScale([{ scores: document.layers.map(({ score }) => score) }]);
  const numbers = numberFormat(scale.magnitude, "-");
  const facts = `A layer's number is its ${visibleText(document.measure, "show")}. ${valuesInWords(document, document.unit, numbers)}`;
  const labels = layers.map((layer) => visibleLabel(layerLabel(layer)));
  const values = layers.map(({ score }) => numbers.signed(score));
  const errors = layers.map(({ standardError }) => (standardError === undefined ? "" : ` ± ${numbers.plain(standardError)}`));
  const labelWidth = Math.min(columnWidth(labels), Math.max(8, Math.floor(width / 3)));
  const [valueWidth, errorWidth] = [columnWidth(values), columnWidth(errors)];
  const room = Math.max(0, Math.min(30, width - 6 - labelWidth - 2 - valueWidth - errorWidth - 2));
  const strip = layers.map(({ score }, index) => {
    const share = scale.share(score);
    const sign = Number.isNaN(score) ? "?" : score > 0 ? "+" : score < 0 ? "-" : "0";
    const label = pad(shorten(labels[index]!, labelWidth), labelWidth, "right");
    const number = `${pad(values[index]!, valueWidth, "left")}${pad(errors[index]!, errorWidth, "right")}`;
    return `│ ${paint.score(`[${sign}]`, share)} ${shorten(`${label}  ${number}`, width - 6)}  ${bar(share, room, paint)}`.trimEnd();
  });
  return page([
    headingLines(document, width, paint),
    layers.length === 0 ? ["There are no layers to show."] : scaleLines(scale.magnitude, document.unit, paint, width),
    layers.length === 0 ? [] : [...wrapWords(facts.trim(), width), "input", ...strip, "output"],
    layers.length < document.layers.length
      ? [paint.faint(shorten(`${layers.length} of ${document.layers.length} layers are drawn, evenly chosen.`, width))]
      : [],
    noteLines(document.notes, width),
  ]);
}
