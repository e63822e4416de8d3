import { InvalidArgumentError } from "@attr/core";
import { channelsOf, type ImagePreprocessing, plainPreprocessing } from "./image-preprocessing.ts";

/**
 * The preprocessing for an input of a model that declares this shape: where its channels are, and how many, is taken from the shape, and so
 * are width and height where they are fixed and the preprocessing says none. Without a preprocessing, colours of 0 to 1 are squeezed into
 * the declared size. A model of one channel is fed grey where the preprocessing does the same to all colours.
 *
 * @param shape as the model declares it: `[n, 3, 224, 224]`, `[n, 28, 28, 1]`; what is no number is free.
 * @throws InvalidArgumentError where the shape is no picture's, or its channels or fixed sizes are not what the preprocessing makes.
 */
export function fitPreprocessing(
  shape: readonly (number | string | null)[],
  preprocessing: ImagePreprocessing = plainPreprocessing,
): ImagePreprocessing {
  const told = `[${shape.map((length) => length ?? "?").join(", ")}]`;
  if (shape.length !== 4)
    throw new InvalidArgumentError(`the model's input has shape ${told}; a picture's has four axes, of which one is channels`);
  const isChannels = (length: unknown): boolean => length === 1 || length === 3;
  const [, first, , last] = shape;
  if (typeof first === "number" && !isChannels(first) && typeof last === "number" && !isChannels(last))
    throw new InvalidArgumentError(`the model's input has shape ${told}; neither axis 1 nor axis 3 is of 1 or 3 channels`);
  const layout =
    isChannels(first) && !isChannels(last)
      ? "channels-first"
      : isChannels(last) && !isChannels(first)
        ? "channels-last"
        : preprocessing.layout;
  const [channels, height, width] = layout === "channels-first" ? [shape[1], shape[2], shape[3]] : [shape[3], shape[1], shape[2]];
  const fitted = { ...withChannels(preprocessing, channels, told), layout } as const;
  if (typeof width !== "number" || typeof height !== "number") return fitted;
  const made = fitted.crop ?? (fitted.resize !== undefined && "width" in fitted.resize ? fitted.resize : undefined);
  if (made === undefined && fitted.resize !== undefined) return { ...fitted, crop: { width, height } };
  if (made === undefined) return { ...fitted, resize: { width, height } };
  if (made.width !== width || made.height !== height)
    throw new InvalidArgumentError(
      `pictures are prepared in ${made.width} × ${made.height} pixels, but the model's input has shape ${told}`,
    );
  return fitted;
}

function withChannels(preprocessing: ImagePreprocessing, channels: unknown, told: string): ImagePreprocessing {
  const made = channelsOf(preprocessing.colors);
  if (typeof channels !== "number" || channels === made) return preprocessing;
  const { mean, std } = preprocessing;
  // What is done to all colours alike can be done to their grey.
  const alike = [mean, std].every((numbers) => numbers.every((one) => one === numbers[0]));
  if (channels === 1 && alike) return { ...preprocessing, colors: "grey", mean: mean.slice(0, 1), std: std.slice(0, 1) };
  throw new InvalidArgumentError(`pictures are prepared with ${made} channels, but the model's input has shape ${told}`);
}
