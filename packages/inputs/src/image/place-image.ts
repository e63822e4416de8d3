import type { ImagePreprocessing, ImageResize } from "./image-preprocessing.ts";
import { checkSize, type PictureSize } from "./rgba-pixels.ts";

/** Where a picture's pixels are in what the model is fed. */
export interface ImagePlacement {
  /** The picture's own size. */
  readonly picture: PictureSize;
  /** The size it is brought to. */
  readonly resized: PictureSize;
  /** The resized picture's pixel that is the tensor's first; below 0 where the tensor has a border. */
  readonly left: number;
  readonly top: number;
  /** The tensor's width and height. */
  readonly width: number;
  readonly height: number;
}

/**
 * Where the pixels of a picture of this size are in what the model is fed.
 *
 * @throws InvalidArgumentError for a picture without pixels, and for one so thin that nothing of it would be left.
 */
export function placeImage(picture: PictureSize, { resize, crop }: ImagePreprocessing): ImagePlacement {
  checkSize(picture, "the picture");
  const resized = resizedSize(picture, resize);
  checkSize(resized, `the picture of ${picture.width} × ${picture.height}, resized,`);
  const { width, height } = crop ?? resized;
  return {
    picture: { width: picture.width, height: picture.height },
    resized,
    left: Math.floor((resized.width - width) / 2),
    top: Math.floor((resized.height - height) / 2),
    width,
    height,
  };
}

function resizedSize({ width, height }: PictureSize, resize: ImageResize | undefined): PictureSize {
  if (resize === undefined) return { width, height };
  if ("width" in resize) return { width: resize.width, height: resize.height };
  const [short, long] = width <= height ? [width, height] : [height, width];
  let shortest: number;
  let longest: number;
  if ("shortestEdge" in resize) {
    shortest = resize.shortestEdge;
    if (resize.longestEdge !== undefined && (long / short) * shortest > resize.longestEdge)
      shortest = Math.max(1, Math.round((resize.longestEdge * short) / long));
    longest = Math.trunc((shortest * long) / short);
  } else {
    longest = resize.longestEdge;
    shortest = Math.max(1, Math.trunc((longest * short) / long));
  }
  return width <= height ? { width: shortest, height: longest } : { width: longest, height: shortest };
}

/** A rectangle, in pixels from the left and the top; edges lie between pixels. */
export interface PictureBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Which part of the picture the tensor's pixel in column `x` and row `y` is; it reaches beyond the picture where the tensor has a border. */
export function pictureBox({ picture, resized, left, top }: ImagePlacement, x: number, y: number): PictureBox {
  const [across, down] = [picture.width / resized.width, picture.height / resized.height];
  return {
    left: (left + x) * across,
    top: (top + y) * down,
    right: (left + x + 1) * across,
    bottom: (top + y + 1) * down,
  };
}

/** Which part of the picture the model sees at all. */
export function seenBox(placement: ImagePlacement): PictureBox {
  const first = pictureBox(placement, 0, 0);
  const last = pictureBox(placement, placement.width - 1, placement.height - 1);
  return {
    left: Math.max(0, first.left),
    top: Math.max(0, first.top),
    right: Math.min(placement.picture.width, last.right),
    bottom: Math.min(placement.picture.height, last.bottom),
  };
}
