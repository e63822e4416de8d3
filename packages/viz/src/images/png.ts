import { deflate } from "./deflate.ts";

/** Pixels row by row, 8 bits a number: grey, red-green-blue, the same with opacity, or places in a palette of such. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly format: "grey" | "rgb" | "rgba" | "palette";
  readonly data: Uint8Array;
  /** Red, green, blue, opacity of each entry, for `palette`: at most 256. */
  readonly palette?: Uint8Array | undefined;
}

const colorTypes = { grey: 0, rgb: 2, palette: 3, rgba: 6 } as const;
const channels = { grey: 1, rgb: 3, palette: 1, rgba: 4 } as const;

/** A raster as the bytes of a PNG file. */
export function encodePng({ width, height, format, data, palette }: Raster): Uint8Array {
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([8, colorTypes[format], 0, 0, 0], 8);

  // Every row begins with the number of its filter; 0 leaves it as it is.
  const stride = width * channels[format];
  const rows = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const packed = deflate(rows);
  const zlib = new Uint8Array(packed.length + 6);
  zlib.set([0x78, 0x01]);
  zlib.set(packed, 2);
  new DataView(zlib.buffer).setUint32(packed.length + 2, adler32(rows));

  const parts = [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), chunk("IHDR", head)];
  if (format === "palette" && palette !== undefined) {
    const entries = palette.length / 4;
    const colors = new Uint8Array(entries * 3);
    const opacities = new Uint8Array(entries);
    for (let i = 0; i < entries; i++) {
      colors.set(palette.subarray(i * 4, i * 4 + 3), i * 3);
      opacities[i] = palette[i * 4 + 3]!;
    }
    parts.push(chunk("PLTE", colors), chunk("tRNS", opacities));
  }
  parts.push(chunk("IDAT", zlib), chunk("IEND", new Uint8Array(0)));
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

/** A raster as a `data:` address that an image element shows. */
export function pngAddress(raster: Raster): string {
  return `data:image/png;base64,${base64(encodePng(raster))}`;
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let i = 0; i < bytes.length; i++) {
    a = (a + bytes[i]!) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64, without what only some runtimes have. */
function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const bits = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    parts.push(
      digits[bits >> 18]! +
        digits[(bits >> 12) & 63]! +
        (left > 1 ? digits[(bits >> 6) & 63]! : "=") +
        (left > 2 ? digits[bits & 63]! : "="),
    );
  }
  return parts.join("");
}
