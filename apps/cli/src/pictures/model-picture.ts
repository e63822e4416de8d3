import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { type HostTensor, InvalidArgumentError } from "@attr/core";
import {
  fitPreprocessing,
  type ImagePreprocessing,
  imageTensor,
  type RgbaPixels,
  readImageClassifier,
  seenPixels,
} from "@attr/inputs";
import { digits } from "@attr/models";
import type { Arguments, Option } from "../arguments.ts";
import { labelsIn } from "../models/class-labels.ts";
import type { TensorModel } from "../models/open-tensor-model.ts";

/**
 * What colours become, where no `preprocessor_config.json` says it: numbers of 0 to 1, of −1 to 1, of 0 to 255, or those of 0 to 1 less the
 * mean and by the deviation of ImageNet.
 */
export const colorRanges = ["unit", "signed", "bytes", "imagenet"] as const;

export type ColorRange = (typeof colorRanges)[number];

/** The option that says it. */
export const rangeOption: Option = {
  name: "range",
  type: "string",
  value: "RANGE",
  help: "what colours become where the model's folder does not say it (0 to 1, -1 to 1, 0 to 255, ImageNet's)",
  choices: colorRanges,
  default: "unit",
};

/** What the user says of colours. */
export interface AskedRange {
  readonly range: ColorRange;
  /** Whether it holds against what the model's folder says. */
  readonly insisted: boolean;
}

/** What is typed holds against a model's folder; what stands in a file of settings gives way to it. */
export function chosenRange(given: Arguments): AskedRange {
  return { range: given.choice("range", colorRanges, "unit"), insisted: given.typed("range") };
}

const ranges: Readonly<Record<ColorRange, Partial<ImagePreprocessing>>> = {
  unit: {},
  signed: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  bytes: { scale: 1 },
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
};

/** What a model's folder says of its classes and of how pictures are prepared. */
export interface PictureReading {
  readonly input: string;
  readonly labels: readonly string[];
  readonly preprocessing: ImagePreprocessing;
}

/**
 * How pictures are prepared for a model: as `preprocessor_config.json` beside it says, else by the shape of its input and a range of
 * colours.
 *
 * @throws InvalidArgumentError for a model that takes no picture.
 */
export async function readingOf(
  { model, folder, name }: TensorModel,
  { range, insisted }: AskedRange = { range: "unit", insisted: false },
): Promise<PictureReading> {
  const [info, ...others] = model.inputs;
  if (info === undefined || others.length > 0 || info.shape === undefined)
    throw new InvalidArgumentError(
      `"${name}" takes ${model.inputs.map((one) => `"${one.name}"`).join(", ") || "nothing"}: pictures are for models of one input whose shape is known`,
    );
  const described = !insisted && existsSync(join(folder, "preprocessor_config.json"));
  if (described) {
    const { labels, preprocessing } = await readImageClassifier(folder);
    return { input: info.name, labels, preprocessing: fitPreprocessing(info.shape, preprocessing) };
  }
  const plain = fitPreprocessing(info.shape);
  const own = ranges[range];
  const channels = plain.mean.length;
  const cut = (numbers: readonly number[] | undefined, otherwise: readonly number[]): readonly number[] =>
    numbers === undefined ? otherwise : numbers.slice(0, channels);
  const preprocessing = { ...plain, ...own, mean: cut(own.mean, plain.mean), std: cut(own.std, plain.std) };
  return { input: info.name, labels: await labelsIn(folder), preprocessing };
}

/** A picture as a model is fed it and as it is drawn. */
export interface PreparedPicture {
  readonly tensor: HostTensor;
  /** What the model sees, in colours. */
  readonly seen: RgbaPixels;
}

export function preparedPicture(picture: RgbaPixels, { preprocessing }: PictureReading): PreparedPicture {
  return { tensor: imageTensor(picture, preprocessing), seen: seenPixels(picture, preprocessing) };
}

/** `[height, width, 3]` of 0 to 255, or `[height, width]` where it is grey: what pictures are drawn over. */
export function drawnPixels(
  { width, height, data }: RgbaPixels,
  grey: boolean,
): { readonly data: readonly number[]; readonly shape: readonly number[] } {
  const channels = grey ? 1 : 3;
  const numbers = new Array<number>(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let channel = 0; channel < channels; channel++) numbers[pixel * channels + channel] = data[4 * pixel + channel]!;
  return { data: numbers, shape: grey ? [height, width] : [height, width, 3] };
}

/** How many pictures come with the embedded digits. */
export const exampleCount = 25;

/** One of the embedded digits' pictures; number k shows digit k mod 10, save for the last five. */
export async function examplePicture(index: number): Promise<{ readonly picture: RgbaPixels; readonly label: number }> {
  // Our own file, whose layout a test holds.
  const { width, height, images } = JSON.parse(await readFile(new URL("examples.json", digits), "utf8")) as {
    readonly width: number;
    readonly height: number;
    readonly images: readonly { readonly label: number; readonly pixels: readonly number[] }[];
  };
  const image = images[index];
  if (image === undefined)
    throw new InvalidArgumentError(
      `--example ${index} is none of the ${images.length} embedded pictures (0 to ${images.length - 1})`,
    );
  return { picture: { width, height, data: image.pixels.flatMap((grey) => [grey, grey, grey, 255]) }, label: image.label };
}

/** Whether a path ends as pictures do, of kinds that are read or not. */
export function isPicture(path: string): boolean {
  return /^\.(png|jpe?g|jfif|webp|gif|bmp|avif|heic|tiff?)$/i.test(extname(path));
}
