import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import {
  channelsOf,
  type ImageColors,
  type ImageLayout,
  type ImagePreprocessing,
  type ImageResize,
} from "./image-preprocessing.ts";
import type { ResizeFilter } from "./resample.ts";
import type { PictureSize } from "./rgba-pixels.ts";

type Json = Readonly<Record<string, unknown>>;

/** `resample` of the file: the numbers of Pillow's filters. */
const filters: Readonly<Record<number, ResizeFilter>> = {
  0: "nearest",
  1: "lanczos",
  2: "bilinear",
  3: "bicubic",
  4: "box",
  5: "hamming",
};

/** Processors that take a single number as `size` for the shorter side; for all others it is both sides. */
const keepsProportions =
  /^(CLIP|ChineseCLIP|ConvNext|LeViT|Levit|MobileNetV1|MobileNetV2|MobileViT|Bit|PoolFormer|TimesFormer|VideoMAE|Vivit)/i;

/** Steps that are not done here: what would be fed without them is not what the model was trained on. */
const unsupported = ["do_thumbnail", "do_align_long_axis", "do_crop_margin", "keep_aspect_ratio", "do_image_splitting"] as const;

/**
 * Reads how pictures are prepared from a `preprocessor_config.json` as Hugging Face writes it.
 *
 * Read are `do_resize`, `size` (a number, `height` and `width`, `shortest_edge`, `longest_edge`), `resample`, `crop_pct`, `do_center_crop`,
 * `crop_size`, `do_rescale`, `rescale_factor`, `rescale_offset`, `do_normalize`, `image_mean`, `image_std`, `do_flip_channel_order` (blue,
 * green, red) and `data_format` ("channels_first", "channels_last"). Grey pictures of one channel are asked for by `do_grayscale: true` (or `do_convert_grayscale`),
 * by `num_channels: 1` here or in the model's `config.json`, or by a mean of one number.
 *
 * @param config the file, parsed.
 * @param modelConfig the model's `config.json`, parsed, which may say `num_channels`.
 * @throws InvalidArgumentError for a value that cannot be meant; UnsupportedError for a step that is not done here.
 */
export function readImagePreprocessing(config: unknown, modelConfig?: unknown): ImagePreprocessing {
  if (!isRecord(config)) throw new InvalidArgumentError("preprocessor_config.json must be an object");
  for (const key of unsupported)
    if (config[key] === true) throw new UnsupportedError(`preprocessor_config.json asks for ${key}, which is not done here`);
  if (config["do_pad"] === true && (config["pad_size"] ?? undefined) !== undefined)
    throw new UnsupportedError("preprocessor_config.json asks for pad_size, which is not done here");
  const colors = readColors(config, isRecord(modelConfig) ? modelConfig : {});
  const channels = channelsOf(colors);
  const { resize, crop } = readSizes(config);
  const scale = config["do_rescale"] === false ? 1 : numberAt(config, "rescale_factor", 1 / 255);
  const normalizes = config["do_normalize"] ?? config["image_mean"] !== undefined;
  const mean = normalizes === true ? channelNumbers(config, "image_mean", channels, 0.5) : new Array<number>(channels).fill(0);
  const std = normalizes === true ? channelNumbers(config, "image_std", channels, 0.5) : new Array<number>(channels).fill(1);
  if (std.includes(0)) throw new InvalidArgumentError("image_std of preprocessor_config.json holds 0");
  // Colours of −1 to 1: the 1 that is taken away before the mean is part of it.
  const offset = config["rescale_offset"] === true ? 1 : 0;
  // EfficientNet's classifiers divide by the deviation once more.
  const twice = /^EfficientNet/i.test(kindOf(config)) && config["include_top"] !== false && normalizes === true;
  return {
    colors,
    layout: readLayout(config),
    ...(resize !== undefined && { resize }),
    filter: readFilter(config),
    ...(crop !== undefined && { crop }),
    scale,
    mean: mean.map((value) => value + offset),
    std: twice ? std.map((value) => value * value) : std,
  };
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(key: string, expected: string, got: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${key} of preprocessor_config.json must be ${expected}, got ${JSON.stringify(got)}`);
}

function numberAt(config: Json, key: string, otherwise: number): number {
  const value = config[key] ?? otherwise;
  if (typeof value !== "number" || !Number.isFinite(value) || value === 0) throw wrong(key, "a number other than 0", value);
  return value;
}

function readColors(config: Json, modelConfig: Json): ImageColors {
  const means = config["image_mean"];
  const channels =
    config["do_grayscale"] === true || config["do_convert_grayscale"] === true
      ? 1
      : (config["num_channels"] ??
        (Array.isArray(means) && means.length === 1 ? 1 : undefined) ??
        modelConfig["num_channels"] ??
        3);
  if (channels === 1) return "grey";
  if (channels !== 3) throw wrong("num_channels", "1 or 3", channels);
  return config["do_flip_channel_order"] === true ? "bgr" : "rgb";
}

function readLayout(config: Json): ImageLayout {
  const format = config["data_format"] ?? "channels_first";
  if (format === "channels_first" || format === "FIRST") return "channels-first";
  if (format === "channels_last" || format === "LAST") return "channels-last";
  throw wrong("data_format", '"channels_first" or "channels_last"', format);
}

function readFilter(config: Json): ResizeFilter {
  const resample = config["resample"] ?? 2;
  const filter = typeof resample === "number" ? filters[resample] : undefined;
  if (filter === undefined) throw wrong("resample", "one of Pillow's filters, 0 to 5", resample);
  return filter;
}

function channelNumbers(config: Json, key: string, channels: number, otherwise: number): readonly number[] {
  const value = config[key] ?? new Array<number>(channels).fill(otherwise);
  const list: readonly unknown[] =
    typeof value === "number" ? new Array<number>(channels).fill(value) : Array.isArray(value) ? value : [];
  // One number for a grey picture that is written three times is meant once.
  const own = channels === 1 && list.length === 3 && list.every((one) => one === list[0]) ? list.slice(0, 1) : list;
  const numbers = own.filter((one): one is number => typeof one === "number" && Number.isFinite(one));
  if (numbers.length !== channels || own.length !== channels)
    throw wrong(key, channels === 1 ? "one number" : `${channels} numbers, one a channel`, value);
  return numbers;
}

function readSizes(config: Json): { resize: ImageResize | undefined; crop: PictureSize | undefined } {
  const resizes = config["do_resize"] !== false && (config["size"] ?? undefined) !== undefined;
  const resize = resizes ? readSize(config) : undefined;
  const crops = config["do_center_crop"] === true;
  const crop = crops ? exactSize("crop_size", config["crop_size"] ?? config["size"]) : undefined;
  const kind = kindOf(config);
  // LeViT's files name the side that is left; what is resized is a little larger.
  if (/^Levit/i.test(kind) && resize !== undefined && "shortestEdge" in resize)
    return { resize: { shortestEdge: Math.trunc((256 / 224) * resize.shortestEdge) }, crop };
  const percent = config["crop_pct"] ?? (/^ConvNext/i.test(kind) ? 224 / 256 : undefined);
  if (typeof percent !== "number" || resize === undefined || !("shortestEdge" in resize)) return { resize, crop };
  // ConvNeXt and ResNet: small pictures are made a little larger and cut, large ones are squeezed into the square.
  const edge = resize.shortestEdge;
  if (!(percent > 0)) throw wrong("crop_pct", "a number above 0", percent);
  const square = { width: edge, height: edge };
  return edge < 384 ? { resize: { shortestEdge: Math.trunc(edge / percent) }, crop: square } : { resize: square, crop };
}

/** Which processor wrote the file: some do a little more than their files say. */
function kindOf(config: Json): string {
  return String(config["image_processor_type"] ?? config["feature_extractor_type"] ?? "");
}

function readSize(config: Json): ImageResize {
  const { size } = config;
  if (typeof size === "number") {
    const kind = String(config["image_processor_type"] ?? config["feature_extractor_type"] ?? "");
    const proportional =
      config["default_to_square"] === false || keepsProportions.test(kind) || typeof config["crop_pct"] === "number";
    return proportional ? { shortestEdge: side("size", size) } : exactSize("size", size);
  }
  if (isRecord(size)) {
    const [shortest, longest] = [size["shortest_edge"] ?? undefined, size["longest_edge"] ?? undefined];
    if (shortest !== undefined)
      return {
        shortestEdge: side("size.shortest_edge", shortest),
        ...(longest !== undefined && { longestEdge: side("size.longest_edge", longest) }),
      };
    if (longest !== undefined) return { longestEdge: side("size.longest_edge", longest) };
  }
  return exactSize("size", size);
}

function exactSize(key: string, size: unknown): PictureSize {
  if (typeof size === "number") return { width: side(key, size), height: side(key, size) };
  if (Array.isArray(size) && size.length === 2) return { height: side(key, size[0]), width: side(key, size[1]) };
  if (isRecord(size)) {
    const { height, width, shortest_edge: shortest } = size;
    if (height !== undefined && width !== undefined)
      return { width: side(`${key}.width`, width), height: side(`${key}.height`, height) };
    if (shortest !== undefined) return { width: side(key, shortest), height: side(key, shortest) };
  }
  throw wrong(key, "a number, or an object with height and width or shortest_edge", size);
}

function side(key: string, value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > 16384)
    throw wrong(key, "a whole number of pixels, 1 to 16384", value);
  return value;
}
