import { InvalidArgumentError } from "@attr/core";

/**
 * A picture's colours: red, green, blue and opacity of every pixel, 0 to 255, row by row. What a canvas calls `ImageData`, and what
 * decoders of picture files give.
 */
export interface RgbaPixels {
  readonly width: number;
  readonly height: number;
  /** `4 × width × height` numbers. */
  readonly data: ArrayLike<number>;
}

/** Width and height, in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** More pixels than this and a picture is refused: nothing that is explained is that large. */
const mostPixels = 2 ** 28;

/** @throws InvalidArgumentError for what holds no picture of at least one pixel. */
export function checkPixels(pixels: RgbaPixels, argument = "pixels"): void {
  checkSize(pixels, argument);
  const { width, height, data } = pixels;
  if (data?.length !== 4 * width * height)
    throw new InvalidArgumentError(
      `${argument} of ${width} × ${height} must hold ${4 * width * height} numbers (red, green, blue, opacity), got ${data?.length}`,
    );
}

/** @throws InvalidArgumentError for a width or height that is no whole number from 1 up. */
export function checkSize({ width, height }: PictureSize, argument: string): void {
  for (const [name, length] of Object.entries({ width, height }))
    if (!Number.isInteger(length) || length < 1)
      throw new InvalidArgumentError(`${argument} has the ${name} ${String(length)}; it must be a whole number from 1 up`);
  if (width * height > mostPixels)
    throw new InvalidArgumentError(`${argument} has ${width} × ${height} pixels; at most ${mostPixels} are read`);
}
