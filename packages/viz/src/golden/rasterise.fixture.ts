import { inflateSync } from "node:zlib";
import { Resvg } from "@resvg/resvg-js";

/** Pixels as red, green, blue and opacity, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * A picture as pixels, the same on every machine: fonts differ between machines, so each text becomes a bar as long as the text is
 * held to. Half the size is enough. What it says is tested as text; that it has its place, its length and its colour is seen here.
 */
export function rasterise(svg: string): Pixels {
  const rendered = new Resvg(textAsBars(svg), { font: { loadSystemFonts: false }, fitTo: { mode: "zoom", value: 0.5 } }).render();
  return { width: rendered.width, height: rendered.height, data: Uint8Array.from(rendered.pixels) };
}

function textAsBars(svg: string): string {
  return svg
    .replace(
      /<text class="([^"]*)" x="([^"]*)" y="([^"]*)"( text-anchor="(\w+)")? textLength="([^"]*)"[^>]*>[^<]*<\/text>/g,
      (_, kind, x, y, __, anchor, length) => {
        const left = Number(x) - (anchor === "end" ? Number(length) : anchor === "middle" ? Number(length) / 2 : 0);
        return `<rect class="text ${kind}" x="${left}" y="${Number(y) - 9}" width="${length}" height="9"/>`;
      },
    )
    .replace(/(\.attr-\w+) ((?:[\w.-]+ )*)text\b/g, "$1 $2.text");
}

/** The pixels of a PNG file as our own encoder writes it: 8 bits a channel, with opacity, no filters. */
export function decodePng(file: Uint8Array): Pixels {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let [width, height] = [0, 0];
  const packed: Uint8Array[] = [];
  for (let at = 8; at < file.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (name === "IHDR") {
      [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      if (file[at + 16] !== 8 || file[at + 17] !== 6) throw new Error("not 8 bits of red, green, blue and opacity");
    }
    if (name === "IDAT") packed.push(file.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const rows = inflateSync(Buffer.concat(packed));
  const stride = width * 4;
  const data = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    if (rows[y * (stride + 1)] !== 0) throw new Error("a filter");
    data.set(rows.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)), y * stride);
  }
  return { width, height, data };
}

/** The share of pixels in which a channel differs by more than 24 of 255; 1 for pictures of different sizes. */
export function difference(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let different = 0;
  for (let i = 0; i < a.data.length; i += 4) {
    let most = 0;
    for (let c = 0; c < 4; c++) most = Math.max(most, Math.abs(a.data[i + c]! - b.data[i + c]!));
    if (most > 24) different++;
  }
  return different / (a.width * a.height);
}
