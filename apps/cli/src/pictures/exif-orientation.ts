import type { RgbaPixels } from "@attr/inputs";

/** How the pixels of a photograph lie, as the camera wrote it down: 1 as they are seen, 2 to 8 mirrored or turned. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const orientationTag = 0x0112;

/** What the metadata of a JPEG file says of its orientation; 1 where it says nothing that can be read. */
export function exifOrientation(bytes: Uint8Array): Orientation {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Segments: 0xFF, a kind, the length of what follows. The first of the picture itself (0xDA) ends them.
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; ) {
    const length = view.getUint16(at + 2);
    const end = at + 2 + length;
    if (length < 2 || end > bytes.length) return 1;
    if (bytes[at + 1] === 0xe1 && length >= 16 && text(bytes, at + 4, 6) === "Exif\0\0")
      return ofDirectory(new DataView(bytes.buffer, bytes.byteOffset + at + 10, length - 8));
    at = end;
  }
  return 1;
}

/** The tag among those of the first directory of what is a TIFF file inside. */
function ofDirectory(tiff: DataView): Orientation {
  const order = tiff.getUint16(0);
  const little = order === 0x4949;
  if (!little && order !== 0x4d4d) return 1;
  const start = tiff.getUint32(4, little);
  if (start + 2 > tiff.byteLength) return 1;
  const entries = tiff.getUint16(start, little);
  for (let entry = 0; entry < entries; entry++) {
    const at = start + 2 + 12 * entry;
    if (at + 12 > tiff.byteLength) return 1;
    if (tiff.getUint16(at, little) !== orientationTag) continue;
    const value = tiff.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? (value as Orientation) : 1; // just held to its bounds
  }
  return 1;
}

function text(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

/** A picture turned and mirrored so that it is seen as it was taken. */
export function upright(picture: RgbaPixels, orientation: Orientation): RgbaPixels {
  if (orientation === 1) return picture;
  const { width, height, data } = picture;
  const turned = orientation >= 5;
  const [across, down] = turned ? [height, width] : [width, height];
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < down; y++)
    for (let x = 0; x < across; x++) {
      // Where the pixel that is seen at (x, y) lies in the file.
      const [u, v] = turned ? [y, x] : [x, y];
      const column = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8 ? width - 1 - u : u;
      const row = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7 ? height - 1 - v : v;
      const from = 4 * (row * width + column);
      const to = 4 * (y * across + x);
      for (let color = 0; color < 4; color++) pixels[to + color] = data[from + color]!;
    }
  return { width: across, height: down, data: pixels };
}
