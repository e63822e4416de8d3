import { InvalidArgumentError } from "@attr/core";
import { checkPixels, type RgbaPixels } from "./rgba-pixels.ts";
import type { Segments } from "./segments.ts";

/** How fine the superpixels of an image are, and how closely they follow its colours. */
export interface SuperpixelOptions {
  /** About how many parts are wanted; pictures of few colours get fewer. @defaultValue 40 */
  readonly count?: number | undefined;
  /** How even the parts are: larger is rounder, smaller follows the colours. @defaultValue 10 */
  readonly compactness?: number | undefined;
  /** Rounds of assignment. @defaultValue 10 */
  readonly iterations?: number | undefined;
}

/**
 * A picture cut into connected parts of like colour (SLIC). The same picture is always cut the same way. Hand over what the model sees
 * (`seenPixels`), so that the parts are of its tensor. For XRAI, cut with several counts.
 *
 * Achanta, Shaji, Smith, Lucchi, Fua and Süsstrunk, "SLIC superpixels compared to state-of-the-art superpixel methods", 2012.
 *
 * @throws InvalidArgumentError for what is no picture, and for options that are no numbers above 0.
 */
export function superpixels(pixels: RgbaPixels, options: SuperpixelOptions = {}): Segments {
  checkPixels(pixels);
  const { count = 40, compactness = 10, iterations = 10 } = options;
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError(`count must be a whole number from 1 up, got ${count}`);
  if (!(compactness > 0 && Number.isFinite(compactness)))
    throw new InvalidArgumentError(`compactness must be a number above 0, got ${compactness}`);
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > 1000)
    throw new InvalidArgumentError(`iterations must be a whole number from 1 to 1000, got ${iterations}`);
  const { width, height } = pixels;
  const lab = labColors(pixels);
  const spacing = Math.sqrt((width * height) / Math.min(count, width * height));
  const grid = { across: Math.max(1, Math.round(width / spacing)), down: Math.max(1, Math.round(height / spacing)) };
  const centers = firstCenters(lab, width, height, grid);
  const nearest = new Int32Array(width * height);
  for (let round = 0; round < iterations; round++) {
    assign(lab, width, height, centers, grid, compactness / spacing, nearest);
    if (!moveCenters(lab, width, centers, nearest)) break;
  }
  const { labels, count: found } = connect(nearest, width, height, Math.max(1, Math.floor((spacing * spacing) / 4)));
  return { width, height, labels, count: found };
}

/** Lightness and two axes of colour (CIELAB, D65) of every pixel, three numbers each: distances there are as seen. */
function labColors({ width, height, data }: RgbaPixels): Float64Array {
  const linear = Float64Array.from({ length: 256 }, (_, value) => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  const curve = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (t * (24389 / 27) + 16) / 116);
  const lab = new Float64Array(3 * width * height);
  const byte = (at: number): number => Math.max(0, Math.min(255, Math.round(data[at]!) || 0));
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = [linear[byte(4 * i)]!, linear[byte(4 * i + 1)]!, linear[byte(4 * i + 2)]!];
    const x = curve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    const y = curve(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
    const z = curve((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
    lab[3 * i] = 116 * y - 16;
    lab[3 * i + 1] = 500 * (x - y);
    lab[3 * i + 2] = 200 * (y - z);
  }
  return lab;
}

/** Centres, five numbers each: lightness, two axes of colour, column, row. */
type Centers = Float64Array;

/** How many centres there are at the beginning, in a row and in a column. */
interface Grid {
  readonly across: number;
  readonly down: number;
}

/** Centres on an even grid, each moved to the smoothest pixel of the nine around it, so that none begins on an edge. */
function firstCenters(lab: Float64Array, width: number, height: number, { across, down }: Grid): Centers {
  const centers = new Float64Array(5 * across * down);
  let center = 0;
  for (let row = 0; row < down; row++)
    for (let column = 0; column < across; column++) {
      const x = Math.min(width - 1, Math.floor(((column + 0.5) * width) / across));
      const y = Math.min(height - 1, Math.floor(((row + 0.5) * height) / down));
      let [best, bestX, bestY] = [gradient(lab, width, height, x, y), x, y];
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) {
          const [nx, ny] = [x + dx, y + dy];
          if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
          const own = gradient(lab, width, height, nx, ny);
          if (own < best) [best, bestX, bestY] = [own, nx, ny];
        }
      const at = 3 * (bestY * width + bestX);
      centers.set([lab[at]!, lab[at + 1]!, lab[at + 2]!, bestX, bestY], 5 * center++);
    }
  return centers;
}

function gradient(lab: Float64Array, width: number, height: number, x: number, y: number): number {
  const [left, right] = [Math.max(0, x - 1), Math.min(width - 1, x + 1)];
  const [above, below] = [Math.max(0, y - 1), Math.min(height - 1, y + 1)];
  let sum = 0;
  for (let c = 0; c < 3; c++) {
    sum += (lab[3 * (y * width + right) + c]! - lab[3 * (y * width + left) + c]!) ** 2;
    sum += (lab[3 * (below * width + x) + c]! - lab[3 * (above * width + x) + c]!) ** 2;
  }
  return sum;
}

/**
 * Every pixel goes to the nearest centre, by colour and place, of those that it lies within a cell of the grid of. A pixel that all centres
 * have moved away from stays where it was; at the beginning there is none.
 */
function assign(
  lab: Float64Array,
  width: number,
  height: number,
  centers: Centers,
  { across, down }: Grid,
  placeScale: number,
  nearest: Int32Array,
): void {
  const distances = new Float64Array(width * height).fill(Number.POSITIVE_INFINITY);
  const placeWeight = placeScale * placeScale;
  // One pixel more than a cell: centres begin on whole pixels, moved by up to one.
  const [reachX, reachY] = [Math.ceil(width / across) + 1, Math.ceil(height / down) + 1];
  for (let center = 0; center < centers.length / 5; center++) {
    const [l, a, b, cx, cy] = [
      centers[5 * center]!,
      centers[5 * center + 1]!,
      centers[5 * center + 2]!,
      centers[5 * center + 3]!,
      centers[5 * center + 4]!,
    ];
    const [fromX, toX] = [Math.max(0, Math.floor(cx - reachX)), Math.min(width - 1, Math.ceil(cx + reachX))];
    const [fromY, toY] = [Math.max(0, Math.floor(cy - reachY)), Math.min(height - 1, Math.ceil(cy + reachY))];
    for (let y = fromY; y <= toY; y++)
      for (let x = fromX; x <= toX; x++) {
        const at = y * width + x;
        const dl = lab[3 * at]! - l;
        const da = lab[3 * at + 1]! - a;
        const db = lab[3 * at + 2]! - b;
        const distance = dl * dl + da * da + db * db + placeWeight * ((x - cx) * (x - cx) + (y - cy) * (y - cy));
        if (distance < distances[at]!) {
          distances[at] = distance;
          nearest[at] = center;
        }
      }
  }
}

/** Moves every centre to the mean of its pixels; false where none moved. */
function moveCenters(lab: Float64Array, width: number, centers: Centers, nearest: Int32Array): boolean {
  const sums = new Float64Array(centers.length);
  const counts = new Int32Array(centers.length / 5);
  for (let at = 0; at < nearest.length; at++) {
    const center = nearest[at]!;
    counts[center]!++;
    sums[5 * center]! += lab[3 * at]!;
    sums[5 * center + 1]! += lab[3 * at + 1]!;
    sums[5 * center + 2]! += lab[3 * at + 2]!;
    sums[5 * center + 3]! += at % width;
    sums[5 * center + 4]! += Math.floor(at / width);
  }
  let moved = false;
  for (let i = 0; i < centers.length; i++) {
    const pixels = counts[Math.floor(i / 5)]!;
    if (pixels === 0) continue;
    const mean = sums[i]! / pixels;
    if (mean !== centers[i]) moved = true;
    centers[i] = mean;
  }
  return moved;
}

/** Every part becomes connected: pieces of fewer than `least` pixels join the part found before them beside them. Numbers parts through. */
function connect(nearest: Int32Array, width: number, height: number, least: number): { labels: Int32Array; count: number } {
  const labels = new Int32Array(nearest.length).fill(-1);
  const piece = new Int32Array(nearest.length);
  let count = 0;
  for (let start = 0; start < nearest.length; start++) {
    if (labels[start] !== -1) continue;
    let beside = -1;
    let size = 0;
    piece[size++] = start;
    labels[start] = count;
    for (let next = 0; next < size; next++) {
      const at = piece[next]!;
      const x = at % width;
      for (let side = 0; side < 4; side++) {
        const other = side === 0 ? at - 1 : side === 1 ? at + 1 : side === 2 ? at - width : at + width;
        if ((side === 0 && x === 0) || (side === 1 && x === width - 1) || other < 0 || other >= width * height) continue;
        const label = labels[other]!;
        if (label === -1) {
          if (nearest[other] !== nearest[start]) continue;
          labels[other] = count;
          piece[size++] = other;
        } else if (label !== count) beside = label;
      }
    }
    if (size >= least || beside === -1) count++;
    else for (let i = 0; i < size; i++) labels[piece[i]!] = beside;
  }
  return { labels, count };
}
