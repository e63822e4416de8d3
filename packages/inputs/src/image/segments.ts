import { HostTensor, InvalidArgumentError } from "@attr/core";
import type { ImageLayout } from "./image-preprocessing.ts";
import { checkSize, type PictureSize } from "./rgba-pixels.ts";

/** A picture cut into parts: which one every pixel belongs to. */
export interface Segments {
  readonly width: number;
  readonly height: number;
  /** The part of every pixel, 0 to `count − 1`, row by row. */
  readonly labels: Int32Array;
  /** How many parts there are; each has at least one pixel. */
  readonly count: number;
}

/**
 * A picture cut into a grid of rectangles that are as even as whole pixels allow, numbered row by row. A grid finer than the pixels is a
 * grid of pixels.
 *
 * @throws InvalidArgumentError for a picture without pixels or a grid without cells.
 */
export function gridSegments(size: PictureSize, across: number, down: number): Segments {
  checkSize(size, "the picture");
  for (const [name, cells] of Object.entries({ across, down }))
    if (!Number.isInteger(cells) || cells < 1)
      throw new InvalidArgumentError(`${name} must be a whole number of cells from 1 up, got ${cells}`);
  const { width, height } = size;
  const [columns, rows] = [Math.min(across, width), Math.min(down, height)];
  const labels = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width; x++) labels[y * width + x] = row + Math.floor((x * columns) / width);
  }
  return { width, height, labels, count: rows * columns };
}

/**
 * Parts painted by hand: pixels of equal numbers are one part, wherever they lie. Parts are numbered in the order of their numbers, so that
 * what is left unpainted, 0, is the first part (where anything is).
 *
 * @param labels a whole number for every pixel, row by row.
 * @throws InvalidArgumentError where there is not one whole number a pixel.
 */
export function paintedSegments({ width, height }: PictureSize, labels: ArrayLike<number>): Segments {
  checkSize({ width, height }, "the picture");
  if (labels.length !== width * height)
    throw new InvalidArgumentError(`labels must hold ${width * height} numbers, one a pixel, got ${labels.length}`);
  const found = new Set<number>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isSafeInteger(label)) throw new InvalidArgumentError(`label ${i} is ${label}; labels are whole numbers`);
    found.add(label);
  }
  const numbers = new Map([...found].sort((a, b) => a - b).map((label, number) => [label, number]));
  return { width, height, labels: Int32Array.from(labels, (label) => numbers.get(label)!), count: numbers.size };
}

/**
 * Parts of a picture as a feature mask, `[1, 1, height, width]` or `[1, height, width, 1]`: it broadcasts over the channels, so that a
 * part is taken away in all colours at once. For `Xrai` hand over {@link segmentLabels}.
 */
export function segmentMask({ width, height, labels }: Segments, layout: ImageLayout): HostTensor<"int32"> {
  const shape = layout === "channels-first" ? [1, 1, height, width] : [1, height, width, 1];
  return new HostTensor(labels, shape, "int32");
}

/** Parts of a picture as a map of labels, `[height, width]`: what `Xrai` takes as `segments`, of several cuts at once. */
export function segmentLabels({ width, height, labels }: Segments): HostTensor<"int32"> {
  return new HostTensor(labels, [height, width], "int32");
}

/** Which pixels lie at the edge of their part: 1 where the pixel to the right or below is of another part, row by row. */
export function segmentBorders({ width, height, labels }: Segments): Uint8Array {
  const borders = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const right = x + 1 < width && labels[at + 1] !== labels[at];
      const below = y + 1 < height && labels[at + width] !== labels[at];
      if (right || below) borders[at] = 1;
    }
  return borders;
}
