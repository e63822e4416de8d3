/** Where a picture's axes are in a shape with the batch first. */
export interface PictureAxes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly channelsFirst: boolean;
}

/** The axes of a value of a picture's shape: `[n, c, h, w]`, `[n, h, w, c]` with at most four channels; undefined for others. */
export function pictureAxes(shape: readonly number[]): PictureAxes | undefined {
  if (shape.length !== 4) return undefined;
  const [, first = 0, second = 0, last = 0] = shape;
  if (first <= 4 && last > 4) return { channels: first, height: second, width: last, channelsFirst: true };
  if (last <= 4) return { channels: last, height: first, width: second, channelsFirst: false };
  return undefined;
}
