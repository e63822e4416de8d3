import { HostTensor, InvalidArgumentError } from "@attr/core";
import { blurPlane } from "./blur.ts";
import type { ImagePreprocessing } from "./image-preprocessing.ts";
import { planesTensor, shapeOf } from "./image-tensor.ts";
import type { RgbaPixels } from "./rgba-pixels.ts";
import { seenPlanes } from "./seen-pixels.ts";

/**
 * What stands for an absent part of a picture, as data.
 *
 * - `black`, `white`, or a `color` of your own;
 * - `mean`: the mean colour of the picture as the model sees it;
 * - `neutral`: 0 in the model's own numbers, the mean colour of what it was trained on where its file says one;
 * - `blurred`: the picture itself, blurred by a Gaussian of `radius` pixels (standard deviation) of what the model sees.
 */
export type ImageBaseline =
  | { readonly kind: "black" | "white" | "mean" | "neutral" }
  /** Red, green and blue, 0 to 255. */
  | { readonly kind: "color"; readonly color: readonly [number, number, number] }
  | { readonly kind: "blurred"; readonly radius: number };

/**
 * A baseline for a picture in the model's own numbers and the shape of {@link imageTensor}: what methods take as `baselines`.
 *
 * @throws InvalidArgumentError for what is no picture, a colour outside 0 to 255, or a radius that is not from 0 to 1000.
 */
export function imageBaseline(
  pixels: RgbaPixels,
  preprocessing: ImagePreprocessing,
  baseline: ImageBaseline,
): HostTensor<"float32"> {
  const { width, height, planes } = seenPlanes(pixels, preprocessing);
  const size = width * height;
  if (baseline.kind === "neutral") {
    const shape = shapeOf(planes.length, width, height, preprocessing.layout);
    return new HostTensor(new Float32Array(planes.length * size), shape, "float32");
  }
  const filled = (colors: readonly number[]): Float64Array[] =>
    planes.map((_, channel) => new Float64Array(size).fill(colors[channel]!));
  return planesTensor(changed(), width, height, preprocessing);

  function changed(): readonly ArrayLike<number>[] {
    switch (baseline.kind) {
      case "black":
        return filled([0, 0, 0]);
      case "white":
        return filled([255, 255, 255]);
      case "mean":
        return filled(planes.map(meanOf));
      case "color":
        return filled(inChannels(checkColor(baseline.color), preprocessing.colors));
      case "blurred": {
        const { radius } = baseline;
        if (!(radius >= 0 && radius <= 1000))
          throw new InvalidArgumentError(`radius must be a number from 0 to 1000, got ${radius}`);
        return planes.map((plane) => blurPlane(plane, width, height, radius));
      }
      default:
        throw new InvalidArgumentError(
          `baseline must be of the kind black, white, mean, neutral, color or blurred, got ${JSON.stringify(baseline)}`,
        );
    }
  }
}

function meanOf(plane: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < plane.length; i++) sum += plane[i]!;
  return sum / plane.length;
}

function checkColor(color: readonly number[]): readonly number[] {
  if (!Array.isArray(color) || color.length !== 3 || !color.every((value) => value >= 0 && value <= 255))
    throw new InvalidArgumentError(`color must be three numbers from 0 to 255 (red, green, blue), got ${JSON.stringify(color)}`);
  return color;
}

function inChannels([red = 0, green = 0, blue = 0]: readonly number[], colors: ImagePreprocessing["colors"]): readonly number[] {
  if (colors === "grey") return [0.299 * red + 0.587 * green + 0.114 * blue];
  return colors === "bgr" ? [blue, green, red] : [red, green, blue];
}
