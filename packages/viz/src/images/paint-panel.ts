import type { ImagePixels } from "../documents/image-document.ts";
import type { Raster } from "./png.ts";
import { type Grid, resample } from "./resample.ts";
import { paletteIndex, scorePalette } from "./score-colors.ts";

/** Rows and columns of a raster. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Long sides of the rasters: below, they are enlarged by a whole number; above, they shrink. */
const [smallest, largest] = [192, 384];

/** The size at which a map or picture is painted, so that it is sharp on the page and the file stays small. */
export function rasterSize({ width, height }: Size, most: number = largest): Size {
  const long = Math.max(width, height);
  const limit = Math.min(most, largest);
  if (long > limit)
    return { width: Math.max(1, Math.round((width * limit) / long)), height: Math.max(1, Math.round((height * limit) / long)) };
  const times = Math.max(1, Math.ceil(Math.min(smallest, limit) / long));
  return { width: width * times, height: height * times };
}

/** Shares of the scale (-1 to 1, NaN) as colours whose opacity is the strength; `striped` leaves bars out of what is negative. */
export function paintShares(shares: Grid, size: Size, scaling: "nearest" | "smooth", opacity: number, striped: boolean): Raster {
  const { width, height } = size;
  const values = resample(shares, width, height, scaling);
  const data = new Uint8Array(width * height);
  const none = paletteIndex(0);
  const period = Math.max(4, Math.round(Math.max(width, height) / 32));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const share = values[y * width + x]!;
      const gap = striped && share < 0 && (x + y) % period < period / 3;
      data[y * width + x] = gap ? none : paletteIndex(share);
    }
  return { width, height, format: "palette", data, palette: scorePalette(opacity) };
}

/** The picture, in grey where an overlay of colours lies on it. */
export function paintPicture(picture: ImagePixels, size: Size, grey: boolean): Raster {
  const { width, height } = size;
  const channels = channelsOf(picture, size);
  const data = new Uint8Array(width * height * (grey || channels.length === 1 ? 1 : 3));
  if (channels.length === 1) data.set(toBytes(channels[0]!));
  else if (grey)
    for (let i = 0; i < data.length; i++)
      data[i] = byte(0.299 * channels[0]![i]! + 0.587 * channels[1]![i]! + 0.114 * channels[2]![i]!);
  else for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) data[3 * i + c] = byte(channels[c]![i]!);
  return { width, height, format: data.length === width * height ? "grey" : "rgb", data };
}

/** The picture, as opaque as the scores are strong; black where there is no picture. */
export function paintMasked(picture: ImagePixels | undefined, shares: Grid, size: Size, scaling: "nearest" | "smooth"): Raster {
  const { width, height } = size;
  const strength = resample(shares, width, height, scaling);
  const channels = picture === undefined ? undefined : channelsOf(picture, size);
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = channels === undefined ? 128 : byte((channels[c] ?? channels[0]!)[i]!);
    data[4 * i + 3] = byte(Math.abs(strength[i]!) * 255);
  }
  return { width, height, format: "rgba", data };
}

function channelsOf({ width, height, channels, data }: ImagePixels, size: Size): Float64Array[] {
  return Array.from({ length: channels }, (_, channel) => {
    const plane = new Float64Array(width * height);
    for (let i = 0; i < plane.length; i++) plane[i] = data[i * channels + channel]!;
    return resample({ width, height, data: plane }, size.width, size.height, "nearest");
  });
}

function toBytes(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = byte(values[i]!);
  return bytes;
}

/** 0 to 255; 0 for NaN. */
function byte(value: number): number {
  return Math.round(Math.min(255, Math.max(0, Number.isNaN(value) ? 0 : value)));
}
