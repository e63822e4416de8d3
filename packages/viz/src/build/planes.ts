import { InvalidArgumentError } from "@attr/core";

/** Where the channels of a picture's numbers are: before rows and columns, or after them. */
export type ChannelLayout = "channels-first" | "channels-last";

/** Numbers of a picture, a plane a channel, each row by row. */
export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly (readonly number[])[];
}

/**
 * The planes of `[h, w]`, `[c, h, w]` or `[h, w, c]`. Which of the last two is asked by `layout`; without it, channels are last where
 * only the last axis is of four or less.
 *
 * @throws InvalidArgumentError for other ranks; `name` says whose shape it is.
 */
export function planesOf(
  numbers: readonly number[],
  shape: readonly number[],
  layout: ChannelLayout | undefined,
  name: string,
): Planes {
  if (shape.length === 2) return { height: shape[0]!, width: shape[1]!, planes: [numbers] };
  if (shape.length !== 3)
    throw new InvalidArgumentError(
      `${name} must have the shape of a picture ([h, w], [c, h, w] or [h, w, c]), got [${shape.join(", ")}]`,
    );
  const [first, , last] = shape as [number, number, number]; // three were counted
  const lastAxis = layout === undefined ? last <= 4 && first > 4 : layout === "channels-last";
  const [channels, height, width] = lastAxis ? [last, first, shape[1]!] : [first, shape[1]!, last];
  const planes = Array.from({ length: channels }, (_, channel) => {
    const plane = new Array<number>(width * height);
    for (let i = 0; i < plane.length; i++) plane[i] = numbers[lastAxis ? i * channels + channel : channel * width * height + i]!;
    return plane;
  });
  return { width, height, planes };
}
