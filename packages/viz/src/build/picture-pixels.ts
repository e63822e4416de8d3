import { InvalidArgumentError } from "@attr/core";
import type { ImagePixels } from "../documents/image-document.ts";
import { type ChannelLayout, planesOf } from "./planes.ts";
import type { TensorLike } from "./result-part.ts";

/** What became of a picture's numbers. */
export interface ReadPicture {
  readonly picture: ImagePixels;
  /** A sentence where the numbers were no colours, and were stretched to be seen. */
  readonly note?: string | undefined;
}

/**
 * A picture as colours of 0 to 255, from a tensor `[h, w]`, `[c, h, w]` or `[h, w, c]`, or one of such with examples before. Numbers from
 * 0 to 1, or 0 to 255, are colours; any others (a picture less a mean) are stretched from the least to the largest, which the note says.
 * Of other than one or three channels the first three, or their mean where there are two, are shown; a fourth is opacity and is left out.
 *
 * @throws InvalidArgumentError where the shape is no picture's.
 */
export function picturePixels(tensor: TensorLike, example: number, layout: ChannelLayout | undefined): ReadPicture {
  const { shape, data } = tensor;
  let own = shape;
  let from = 0;
  if (shape.length === 4 || (shape.length === 3 && shape[0] === 1)) {
    own = shape.slice(1);
    const row = shape[0] === 1 ? 0 : example;
    if (row >= shape[0]!) throw new InvalidArgumentError(`picture has ${shape[0]} examples, and example ${example} is explained`);
    from = row * own.reduce((product, length) => product * length, 1);
  }
  const size = own.reduce((product, length) => product * length, 1);
  if (size === 0 || data.length < from + size)
    throw new InvalidArgumentError(`picture has shape [${shape.join(", ")}] and ${data.length} numbers`);
  const numbers = Array.from({ length: size }, (_, index) => Number(data[from + index]!));
  const { width, height, planes } = planesOf(numbers, own, layout, "picture");
  const shown =
    planes.length >= 3
      ? planes.slice(0, 3)
      : [planes.length === 1 ? planes[0]! : planes[0]!.map((value, i) => (value + planes[1]![i]!) / 2)];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const plane of shown)
    for (const value of plane) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  const colors = low >= 0 && high <= 255;
  const [start, range] = colors ? [0, high <= 1 ? 1 : 255] : [low, high - low || 1];
  const pixels = new Array<number>(width * height * shown.length);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < shown.length; c++)
      pixels[i * shown.length + c] = Math.round(((shown[c]![i]! - start) / range) * 255 * 100) / 100;
  return {
    picture: { width, height, channels: shown.length === 3 ? 3 : 1, data: pixels },
    ...(!colors && { note: `The picture's numbers, ${low.toPrecision(3)} to ${high.toPrecision(3)}, are stretched to colours.` }),
  };
}
