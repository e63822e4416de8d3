import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import type { RgbaPixels } from "@attr/inputs";
import jpeg from "jpeg-js";
import { PNG } from "pngjs";
import { exifOrientation, upright } from "./exif-orientation.ts";

/** Pixels above which a picture is refused before anything of it is unpacked. */
const mostPixels = 100_000_000;

/** The beginnings of files that are pictures, but of a kind that is not read here. */
const otherKinds: readonly (readonly [kind: string, beginning: RegExp])[] = [
  ["WebP", /^RIFF.{4}WEBP/s],
  ["GIF", /^GIF8/],
  ["BMP", /^BM/],
  ["TIFF", /^(II\*\0|MM\0\*)/],
  ["AVIF or HEIC", /^.{4}ftyp/s],
  ["SVG", /^\s*<(\?xml|svg)/],
];

/**
 * A picture from a PNG or JPEG file, upright as it was taken.
 *
 * @throws InvalidArgumentError for a file that is missing, broken or no picture; UnsupportedError for one of another kind.
 */
export async function readPicture(path: string): Promise<RgbaPixels> {
  const name = basename(path);
  const bytes = await readFile(path).catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") throw new InvalidArgumentError(`there is no picture "${path}"`, { cause });
    if (code === "EISDIR") throw new InvalidArgumentError(`"${path}" is a folder, not a picture`, { cause });
    throw cause;
  });
  return decodePicture(bytes, name);
}

/** The same from the bytes of the file; `name` is what sentences call it. */
export function decodePicture(bytes: Uint8Array, name: string): RgbaPixels {
  const beginning = String.fromCharCode(...bytes.subarray(0, 64));
  if (beginning.startsWith("\x89PNG\r\n\x1a\n")) return decodePng(bytes, name);
  if (beginning.startsWith("\xff\xd8\xff")) return decodeJpeg(bytes, name);
  const other = otherKinds.find(([, pattern]) => pattern.test(beginning));
  if (other !== undefined) throw new UnsupportedError(`"${name}" is a picture of the kind ${other[0]}; PNG and JPEG are read`);
  throw new InvalidArgumentError(`"${name}" is no picture: PNG and JPEG are read`);
}

function decodePng(bytes: Uint8Array, name: string): RgbaPixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 24) checkSize(view.getUint32(16), view.getUint32(20), name);
  return whole(name, () => {
    const { width, height, data } = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return { width, height, data };
  });
}

function decodeJpeg(bytes: Uint8Array, name: string): RgbaPixels {
  // What is missing of a file would else be filled with grey.
  const options = {
    useTArray: true,
    tolerantDecoding: false,
    maxResolutionInMP: mostPixels / 1e6,
    maxMemoryUsageInMB: 2048,
  } as const;
  return whole(name, () => {
    const { width, height, data } = jpeg.decode(bytes, options);
    return upright({ width, height, data }, exifOrientation(bytes));
  });
}

function checkSize(width: number, height: number, name: string): void {
  if (width * height > mostPixels)
    throw new InvalidArgumentError(`"${name}" has ${width} × ${height} pixels; at most ${mostPixels} are read`);
}

/** What a decoder gives; what it throws says which file is broken. */
function whole(name: string, decode: () => RgbaPixels): RgbaPixels {
  try {
    const picture = decode();
    if (picture.data.length === 4 * picture.width * picture.height && picture.data.length > 0) return picture;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidArgumentError(`"${name}" is a broken picture: ${why}`, { cause });
  }
  throw new InvalidArgumentError(`"${name}" is a broken picture: it ends too soon`);
}
