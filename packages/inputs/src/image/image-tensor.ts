import { HostTensor, InvalidArgumentError } from "@attr/core";
import { channelsOf, type ImagePreprocessing } from "./image-preprocessing.ts";
import type { RgbaPixels } from "./rgba-pixels.ts";
import { interleave, seenPlanes } from "./seen-pixels.ts";

/**
 * What the model is fed for a picture, float32, `[1, channels, height, width]` or `[1, height, width, channels]`: resized, cut, and in the
 * model's own numbers, `(color × scale − mean) / std`.
 *
 * @throws InvalidArgumentError for what is no picture, and for a mean or deviation that has not one number a channel.
 */
export function imageTensor(pixels: RgbaPixels, preprocessing: ImagePreprocessing): HostTensor<"float32"> {
  const { width, height, planes } = seenPlanes(pixels, preprocessing);
  return planesTensor(planes, width, height, preprocessing);
}

/** Planes of colours, 0 to 255, in the model's own numbers. */
export function planesTensor(
  planes: readonly ArrayLike<number>[],
  width: number,
  height: number,
  preprocessing: ImagePreprocessing,
): HostTensor<"float32"> {
  const { scale, layout } = preprocessing;
  const [mean, std] = channelNumbers(preprocessing);
  const channels = planes.length;
  const size = width * height;
  const data = new Float32Array(channels * size);
  planes.forEach((plane, channel) => {
    const [start, step] = layout === "channels-first" ? [channel * size, 1] : [channel, channels];
    for (let i = 0; i < size; i++) data[start + i * step] = (plane[i]! * scale - mean[channel]!) / std[channel]!;
  });
  return new HostTensor(data, shapeOf(channels, width, height, layout), "float32");
}

/** The shape of one picture's tensor. */
export function shapeOf(
  channels: number,
  width: number,
  height: number,
  layout: ImagePreprocessing["layout"],
): readonly number[] {
  return layout === "channels-first" ? [1, channels, height, width] : [1, height, width, channels];
}

function channelNumbers({ colors, mean, std }: ImagePreprocessing): readonly [readonly number[], readonly number[]] {
  const channels = channelsOf(colors);
  for (const [name, numbers] of Object.entries({ mean, std }))
    if (numbers.length !== channels || !numbers.every(Number.isFinite))
      throw new InvalidArgumentError(
        `${name} must have one finite number for each of the ${channels} channels of "${colors}", got [${numbers.join(", ")}]`,
      );
  if (std.includes(0)) throw new InvalidArgumentError(`std must not be 0, got [${std.join(", ")}]`);
  return [mean, std];
}

/**
 * The way back: the colours that a tensor in the model's own numbers shows, so that a baseline or a changed input can be looked at. Numbers
 * beyond what a colour can be are drawn as the nearest one. It undoes {@link imageTensor} up to rounding to whole colours.
 *
 * @param tensor `[1, channels, height, width]` or `[1, height, width, channels]` as `preprocessing.layout` says.
 * @throws InvalidArgumentError for another shape.
 */
export function tensorPixels(
  tensor: { readonly data: ArrayLike<number | bigint>; readonly shape: readonly number[] },
  preprocessing: ImagePreprocessing,
): RgbaPixels & { readonly data: Uint8ClampedArray } {
  const { layout, colors, scale } = preprocessing;
  const [mean, std] = channelNumbers(preprocessing);
  const { shape } = tensor;
  const [channels, height, width] = layout === "channels-first" ? [shape[1], shape[2], shape[3]] : [shape[3], shape[1], shape[2]];
  if (shape.length !== 4 || shape[0] !== 1 || channels !== channelsOf(colors))
    throw new InvalidArgumentError(
      `tensor has shape [${shape.join(", ")}]; a picture of "${colors}", ${layout}, has [${shapeOf(
        channelsOf(colors),
        0,
        0,
        layout,
      )
        .map((length) => length || "…")
        .join(", ")}]`,
    );
  const size = width! * height!;
  const planes = Array.from({ length: channels }, (_, channel) => {
    const plane = new Uint8ClampedArray(size);
    const [start, step] = layout === "channels-first" ? [channel * size, 1] : [channel, channels];
    for (let i = 0; i < size; i++) plane[i] = (Number(tensor.data[start + i * step]!) * std[channel]! + mean[channel]!) / scale;
    return plane;
  });
  return { width: width!, height: height!, data: interleave(planes, size, colors) };
}
