import { gridSegments, paintedSegments, type RgbaPixels, type Segments, superpixels } from "@attr/inputs";
import { packBytes, unpackBytes } from "./packed-bytes.ts";

/** How a picture is cut into the parts that are taken away together. */
export type MaskSettings =
  | { readonly kind: "grid"; readonly across: number; readonly down: number }
  | { readonly kind: "superpixels"; readonly count: number }
  /** The number of the part of every pixel the model sees, row by row; 0 is what was not painted. */
  | { readonly kind: "painted"; readonly width: number; readonly height: number; readonly labels: Uint8Array };

/**
 * The parts of a picture.
 *
 * @param pixels as the model sees it.
 */
export function segmentsOf(mask: MaskSettings, pixels: RgbaPixels): Segments {
  const { width, height } = pixels;
  switch (mask.kind) {
    case "grid":
      return gridSegments(pixels, mask.across, mask.down);
    case "superpixels":
      return superpixels(pixels, { count: mask.count });
    case "painted":
      // Painted on a picture of another size: nothing of it fits.
      return paintedSegments(
        pixels,
        mask.width === width && mask.height === height ? mask.labels : new Uint8Array(width * height),
      );
  }
}

/** Whether there is anything to compare: more than one part. */
export function hasParts(mask: MaskSettings): boolean {
  if (mask.kind === "grid") return mask.across * mask.down > 1;
  return mask.kind === "superpixels" || mask.labels.some((label) => label !== mask.labels[0]);
}

/** A mask for an address: "grid-7-7", "superpixels-40", "painted-28-28-…". */
export function maskText(mask: MaskSettings): string {
  switch (mask.kind) {
    case "grid":
      return `grid-${mask.across}-${mask.down}`;
    case "superpixels":
      return `superpixels-${mask.count}`;
    case "painted":
      return `painted-${mask.width}-${mask.height}-${packBytes(mask.labels)}`;
  }
}

/** What {@link maskText} wrote; undefined for anything else. */
export function maskIn(text: string | null): MaskSettings | undefined {
  const [kind, first = "", second = "", ...rest] = (text ?? "").split("-");
  const [one, other] = [Number(first), Number(second)];
  const whole = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 512;
  if (kind === "grid" && whole(one) && whole(other)) return { kind, across: one, down: other };
  if (kind === "superpixels" && whole(one)) return { kind, count: one };
  if (kind !== "painted" || !whole(one) || !whole(other)) return undefined;
  const labels = unpackBytes(rest.join("-"), one * other);
  return labels === undefined ? undefined : { kind, width: one, height: other, labels };
}
