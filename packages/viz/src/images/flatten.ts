import type { Color } from "../score-scale.ts";
import type { Size } from "./paint-panel.ts";
import type { Raster } from "./png.ts";

/** The colours that are seen where rasters of one size lie over each other on a ground of one colour, the first lowest. */
export function flatten({ width }: Size, ground: Color, rasters: readonly Raster[]): (x: number, y: number) => Color {
  return (x, y) => rasters.reduce((below, raster) => over(below, colorAt(raster, y * width + x)), ground);
}

/** Red, green, blue and opacity (0 to 1) of a pixel. */
type Paint = readonly [number, number, number, number];

function colorAt({ format, data, palette }: Raster, pixel: number): Paint {
  if (format === "grey") return [data[pixel]!, data[pixel]!, data[pixel]!, 1];
  const [from, at, opaque] =
    format === "palette" ? [palette!, 4 * data[pixel]!, false] : [data, (format === "rgb" ? 3 : 4) * pixel, format === "rgb"];
  return [from[at]!, from[at + 1]!, from[at + 2]!, opaque ? 1 : from[at + 3]! / 255];
}

function over(below: Color, [red, green, blue, opacity]: Paint): Color {
  const mix = (under: number, upper: number): number => Math.round(under + (upper - under) * opacity);
  return [mix(below[0], red), mix(below[1], green), mix(below[2], blue)];
}
