import { factsInWords, sumOf } from "../documents/facts.ts";
import type { ImageDocument, ImageOverlay, ImagePanel } from "../documents/image-document.ts";
import { contours } from "../images/contours.ts";
import { paintMasked, paintPicture, paintShares, rasterSize } from "../images/paint-panel.ts";
import { pngAddress, type Raster } from "../images/png.ts";
import { type Grid, resample } from "../images/resample.ts";
import { panelScales } from "../images/scale-end.ts";
import { sharesOf } from "../images/shares.ts";
import { strongSpots } from "../images/strong-spots.ts";
import { type NumberFormat, numberFormat } from "../number-format.ts";
import { shorten, visibleLabel, visibleText } from "../visible-text.ts";
import { drawImageRamp } from "./image-ramp.ts";
import { box, column, glyphs, hinted, lineHeight, margin, type Page, stroke } from "./page.ts";

/** Panels drawn; of more, the first ones. */
const mostPanels = 36;
const gap = 16;

/** Small multiples: a map of scores a panel, over the picture where there is one; its sum below it; the scale with unit and sign. */
export function drawImage(page: Page, document: ImageDocument): void {
  const panels = document.panels.slice(0, mostPanels);
  if (panels.length === 0) {
    page.sentence("There are no maps to show.", "faint");
    return;
  }
  const { outlierPercent, shared, sharedEnd, endOf } = panelScales(document, panels);
  const single = panels.length === 1;
  const whole = panels.length === 1 || document.value !== undefined || document.baseValue !== undefined;
  const total = sumOf(document.panels.map(({ scores, groups }) => sumOf(scores, groups)));
  // The sum over overlapping windows is far more than the value, which is to be read as well.
  const sizes = [total, document.value ?? panels[0]?.value ?? 0].map(Math.abs).filter((size) => size >= 1e-4);
  const totals = numberFormat(sizes.length === 0 ? sharedEnd : Math.min(...sizes), "−");
  if (whole) page.sentence(sentence(factsInWords({ ...panels[0], ...document }, total, document.unit, totals)), "plain");
  page.down(2);

  // As many columns as fit, and no more than even rows need.
  const fit = Math.max(2, Math.floor((page.inner + gap) / (180 + gap)));
  const columns = Math.ceil(panels.length / Math.ceil(panels.length / fit));
  const side = single ? Math.min(360, page.inner) : Math.min(260, (page.inner - gap * (columns - 1)) / columns);
  const overlay = document.overlay ?? (document.picture === undefined ? "heat" : "blended");
  definePicture(page, document, overlay, panels.length);
  for (let start = 0; start < panels.length; start += columns) {
    const row = panels.slice(start, start + columns);
    const top = page.y - 8;
    let bottom = top;
    row.forEach((panel, index) => {
      const left = margin + index * (side + gap);
      const size = shownSize(document.picture ?? panel, side);
      drawPanel(page, document, panel, overlay, endOf(panel), { left, top, ...size }, single, panels.length);
      const numbers = numberFormat(endOf(panel), "−");
      bottom = Math.max(
        bottom,
        caption(page, document, panel, left, top + size.height, side, single, shared ? undefined : endOf(panel), numbers),
      );
    });
    page.y = bottom + lineHeight + 4;
  }
  if (panels.length < document.panels.length)
    page.sentence(`${document.panels.length - panels.length} more maps are not drawn.`, "faint");
  drawImageRamp(
    page,
    document.sign ?? "all",
    overlay,
    shared ? sharedEnd : undefined,
    document.unit,
    numberFormat(shared ? sharedEnd : 1, "−"),
  );
  for (const line of explanations(document, panels, overlay, outlierPercent)) page.sentence(line, "faint");
}

/** The sums and the strongest places of the maps, for who does not see the picture. */
export function imageInWords({ panels, unit }: ImageDocument): string {
  return panels
    .slice(0, mostPanels)
    .map(({ label, scores, groups, width, height }) => {
      const [spot] = strongSpots({ width, height, data: scores }, 1, 1);
      const sum = sumOf(scores, groups);
      const numbers = numberFormat(Math.abs(sum) || 1, "−");
      const where = spot === undefined ? "" : `, strongest at column ${spot.x + 1} and row ${spot.y + 1} of ${width}×${height}`;
      return `${visibleLabel(label)}: sum of scores ${numbers.signed(sum)} ${visibleText(unit, "show")}${where}.`;
    })
    .join(" ");
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels on the page: the map's proportions inside a square, a very long one no thinner than can be seen. */
function shownSize(
  { width, height }: { readonly width: number; readonly height: number },
  side: number,
): { width: number; height: number } {
  const scale = side / Math.max(width, height);
  return { width: Math.max(8, width * scale), height: Math.max(8, height * scale) };
}

/** The picture once, where panels lie over it. */
function definePicture(page: Page, { picture }: ImageDocument, overlay: ImageOverlay, panels: number): void {
  if (picture === undefined || overlay === "heat" || overlay === "masked") return;
  const raster = paintPicture(picture, rasterSize(picture, rasterLimit(panels)), overlay !== "contour");
  page.parts.push(
    `<defs><image id="${page.scope}-picture" width="1" height="1" preserveAspectRatio="none" href="${pngAddress(raster)}"/></defs>`,
  );
}

/** The more panels, the smaller each is painted: the file stays small. */
function rasterLimit(panels: number): number {
  return panels === 1 ? 384 : 224;
}

function image(raster: Raster, { left, top, width, height }: Place): string {
  return `<image x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" preserveAspectRatio="none" href="${pngAddress(raster)}"/>`;
}

function drawPanel(
  page: Page,
  document: ImageDocument,
  panel: ImagePanel,
  overlay: ImageOverlay,
  end: number,
  place: Place,
  single: boolean,
  panels: number,
): void {
  const { picture } = document;
  const scaling = document.scaling ?? "nearest";
  const shares = sharesOf(panel, end, document.sign ?? "all");
  const size = rasterSize(picture !== undefined && overlay !== "heat" ? picture : panel, rasterLimit(panels));
  const parts: string[] = [];
  if (picture !== undefined && overlay !== "heat" && overlay !== "masked")
    parts.push(
      `<use href="#${page.scope}-picture" transform="translate(${place.left.toFixed(1)} ${place.top.toFixed(1)}) scale(${place.width.toFixed(1)} ${place.height.toFixed(1)})"/>`,
    );
  if (overlay === "contour") parts.push(contourLines(shares, place, panels));
  else if (overlay === "masked") parts.push(image(paintMasked(picture, shares, size, scaling), place));
  else
    parts.push(
      image(
        paintShares(shares, size, scaling, picture === undefined || overlay === "heat" ? 1 : 0.8, overlay === "signed"),
        place,
      ),
    );
  parts.push(box("frame line", place.left, place.top, place.left + place.width, place.top + place.height));
  if (overlay !== "contour" && overlay !== "signed" && document.sign !== "absolute")
    for (const { x, y, score } of strongSpots(shares, single ? 3 : 1, 6))
      parts.push(
        signMark(
          place.left + ((x + 0.5) / shares.width) * place.width,
          place.top + ((y + 0.5) / shares.height) * place.height,
          score > 0,
        ),
      );
  page.parts.push(
    hinted(
      `${visibleLabel(panel.label)}: sum of scores ${sumOf(panel.scores, panel.groups)} ${panel.unit ?? document.unit}`,
      parts.join(""),
    ),
  );
}

/** Lines at a quarter, half and three quarters of the scale on both sides, over a halo that parts them from the picture. */
function contourLines(shares: Grid, { left, top, width, height }: Place, panels: number): string {
  const most = Math.max(16, Math.floor(72 / Math.sqrt(panels)));
  const long = Math.max(shares.width, shares.height);
  const [columns, rows] =
    long <= most
      ? [shares.width, shares.height]
      : [Math.max(1, Math.round((shares.width * most) / long)), Math.max(1, Math.round((shares.height * most) / long))];
  const grid: Grid = { width: columns, height: rows, data: resample(shares, columns, rows, "nearest") };
  const opposite: Grid = { ...grid, data: Float64Array.from(grid.data, (share) => -share) };
  const pathOf = (side: Grid, level: number): string =>
    contours(side, level)
      .map((line) =>
        line
          .map(
            ([x, y], i) =>
              `${i === 0 ? "M" : "L"}${(left + (x / columns) * width).toFixed(1)} ${(top + (y / rows) * height).toFixed(1)}`,
          )
          .join(""),
      )
      .join("");
  return [0.25, 0.5, 0.75]
    .flatMap((level) => [
      { side: grid, kind: "raises", level },
      { side: opposite, kind: "lowers", level },
    ])
    .map(({ side, kind, level }) => {
      const d = pathOf(side, level);
      return d === ""
        ? ""
        : `<path class="contour-halo" d="${d}"/><path class="${kind}" stroke-opacity="${level + 0.25}" d="${d}"/>`;
    })
    .join("");
}

/** A plus or a minus in a ring: the sign of a strong place, whatever its colour. */
function signMark(x: number, y: number, raises: boolean): string {
  return `<circle class="hollow error" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="7"/>${stroke("raises", x - 4, y, x + 4, y)}${raises ? stroke("raises", x, y - 4, x, y + 4) : ""}`;
}

/** What stands below a panel; gives where it ends. */
function caption(
  page: Page,
  document: ImageDocument,
  panel: ImagePanel,
  left: number,
  top: number,
  side: number,
  single: boolean,
  ownEnd: number | undefined,
  numbers: NumberFormat,
): number {
  const room = Math.max(6, Math.floor((single ? page.inner : side) / column));
  const unit = visibleText(panel.unit ?? document.unit, "show");
  const sum = sumOf(panel.scores, panel.groups);
  // A map alone needs no name, and its sum stands above it.
  const lines = single && panel.label === "" ? [] : [shorten(visibleLabel(panel.label), room)];
  if (!single) lines.push(`sum ${numberFormat(Math.abs(sum) || 1, "−").signed(sum)}`);
  if (!single && panel.baseValue !== undefined)
    lines.push(`base value ${numberFormat(Math.abs(panel.baseValue) || 1, "−").plain(panel.baseValue)}`);
  if (ownEnd !== undefined) lines.push(`scale to ±${numbers.plain(ownEnd)} ${unit}`);
  let y = top + 18;
  lines.forEach((line, index) => {
    page.parts.push(glyphs(left, y, shorten(line, room), index === 0 ? "plain" : "faint"));
    y += 20;
  });
  return y - 8;
}

/** What is to be known of how the maps were drawn. */
function explanations(document: ImageDocument, panels: readonly ImagePanel[], overlay: ImageOverlay, percent: number): string[] {
  const lines: string[] = [];
  if (percent > 0) lines.push(`Scores beyond the scale's end hold at most ${percent} % of the strength.`);
  const { width, height } = panels[0]!;
  const onto = overlay === "heat" ? undefined : document.picture;
  if (onto !== undefined && (onto.width !== width || onto.height !== height))
    lines.push(
      `${width}×${height} scores over ${onto.width}×${onto.height} pixels, ${document.scaling === "smooth" ? "evened out between centres" : "nearest one each"}.`,
    );
  let unknown = 0;
  for (const { scores } of panels) for (let i = 0; i < scores.length; i++) if (Number.isNaN(scores[i]!)) unknown++;
  if (unknown > 0) lines.push(`${unknown} scores are not numbers: grey.`);
  if (overlay === "signed") lines.push("Striped: lowers.");
  if (overlay === "contour")
    lines.push("Lines at a quarter, half and three quarters of the scale; whole: raises, broken: lowers.");
  if (overlay === "masked") lines.push("The picture shows as densely as the scores are strong.");
  return lines;
}
