import { channelsOf, type ImagePreprocessing } from "./image-preprocessing.ts";
import { placeImage } from "./place-image.ts";
import { resamplePlane } from "./resample.ts";
import { checkPixels, type RgbaPixels } from "./rgba-pixels.ts";

/** Colours of 0 to 255, a plane a channel in the order of the model's channels, of the tensor's width and height. */
export interface SeenPlanes {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Uint8Array[];
}

/** The picture as the model sees it, before colours become the model's numbers: resized and cut. Opacity is left out. */
export function seenPlanes(pixels: RgbaPixels, preprocessing: ImagePreprocessing): SeenPlanes {
  checkPixels(pixels);
  const { resized, left, top, width, height } = placeImage(pixels, preprocessing);
  const planes = colorPlanes(pixels, preprocessing.colors).map((plane) => {
    const whole = resamplePlane(plane, pixels.width, pixels.height, resized.width, resized.height, preprocessing.filter);
    return width === resized.width && height === resized.height
      ? whole
      : cut(whole, resized.width, resized.height, { left, top, width, height });
  });
  return { width, height, planes };
}

function colorPlanes({ width, height, data }: RgbaPixels, colors: ImagePreprocessing["colors"]): readonly Uint8Array[] {
  const size = width * height;
  const planes = Array.from({ length: channelsOf(colors) }, () => new Uint8Array(size));
  if (colors === "grey") {
    const [grey] = planes;
    for (let i = 0; i < size; i++)
      grey![i] =
        (19595 * toByte(data[4 * i]!) + 38470 * toByte(data[4 * i + 1]!) + 7471 * toByte(data[4 * i + 2]!) + 32768) >> 16;
    return planes;
  }
  planes.forEach((plane, channel) => {
    const from = colors === "bgr" ? 2 - channel : channel;
    for (let i = 0; i < size; i++) plane[i] = toByte(data[4 * i + from]!);
  });
  return planes;
}

function toByte(value: number): number {
  return value > 0 ? Math.min(255, Math.round(value)) : 0;
}

function cut(
  plane: Uint8Array,
  fromWidth: number,
  fromHeight: number,
  { left, top, width, height }: { left: number; top: number; width: number; height: number },
): Uint8Array {
  const result = new Uint8Array(width * height);
  const [start, end] = [Math.max(0, -left), Math.min(width, fromWidth - left)];
  for (let y = Math.max(0, -top); y < Math.min(height, fromHeight - top); y++) {
    const row = (top + y) * fromWidth + left;
    result.set(plane.subarray(row + start, row + end), y * width + start);
  }
  return result;
}

/**
 * The pixels the model sees, resized and cut, in colours and of the tensor's width and height: what a heat map of the tensor is drawn over.
 *
 * @throws InvalidArgumentError for what is no picture.
 */
export function seenPixels(
  pixels: RgbaPixels,
  preprocessing: ImagePreprocessing,
): RgbaPixels & { readonly data: Uint8ClampedArray } {
  const { width, height, planes } = seenPlanes(pixels, preprocessing);
  return { width, height, data: interleave(planes, width * height, preprocessing.colors) };
}

/** Planes in the order of `colors` as opaque red, green, blue and opacity. */
export function interleave(
  planes: readonly ArrayLike<number>[],
  size: number,
  colors: ImagePreprocessing["colors"],
): Uint8ClampedArray {
  const data = new Uint8ClampedArray(4 * size).fill(255);
  for (let color = 0; color < 3; color++) {
    const plane = planes[colors === "grey" ? 0 : colors === "bgr" ? 2 - color : color]!;
    for (let i = 0; i < size; i++) data[4 * i + color] = plane[i]!;
  }
  return data;
}
